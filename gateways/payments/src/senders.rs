//! Networks that a gateway sends from, as its paper names them.

use std::net::IpAddr;

use kernel_base::{Error, Result, Words};

/// Networks that notifications are taken from; none = from anywhere, the signature decides alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Senders(Vec<(IpAddr, u8)>);

impl Senders {
    /// Reads addresses and networks (`113.160.92.202, 203.171.19.0/24`) apart by commas or spaces.
    ///
    /// # Errors
    /// `Invalid` naming what cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |part: &str| {
            let vi =
                format!("“{part}” không phải địa chỉ IP hoặc dải mạng, ví dụ 113.160.92.202 hoặc 203.171.19.0/24.");
            Error::refused("config", Words::new(vi, format!("“{part}” is no IP address or network.")))
        };
        let parts = text.split([',', ' ', ';']).map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let (address, bits) = part.split_once('/').map_or((part, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.parse().map_err(|_| wrong(part))?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(most), str::parse::<u8>).map_err(|_| wrong(part))?;
            if bits <= most { Ok((address, bits)) } else { Err(wrong(part)) }
        };
        parts.map(network).collect::<Result<Vec<_>>>().map(Self)
    }

    /// Whether a notification from this address is taken.
    pub(crate) fn allow(&self, sender: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Ok(sender) = sender.parse::<IpAddr>() else { return false };
        // An IPv4 address that came over an IPv6 socket.
        let sender = sender.to_canonical();
        self.0.iter().any(|(network, bits)| same(*network, sender, *bits))
    }
}

/// Whether the first bits of two addresses of one family are the same.
fn same(network: IpAddr, sender: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (network, sender) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            u32::from(a) & mask == u32::from(b) & mask
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            u128::from(a) & mask == u128::from(b) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_networks_send_and_none_named_is_anybody() {
        assert!(Senders::default().allow("local") && Senders::default().allow("203.0.113.7"));
        let senders = Senders::parse("113.160.92.202, 203.0.113.0/24 2001:db8::/32").unwrap();
        for good in ["113.160.92.202", "203.0.113.200", "::ffff:203.0.113.9", "2001:db8::1"] {
            assert!(senders.allow(good), "{good}");
        }
        for bad in ["113.160.92.203", "203.0.114.1", "2001:db9::1", "local", "", "203.0.113.1 "] {
            assert!(!senders.allow(bad), "{bad}");
        }
        assert!(Senders::parse("0.0.0.0/0").unwrap().allow("198.51.100.1"));
        for wrong in ["113.160.92", "203.0.113.0/33", "vnpay.vn", "1.2.3.4/x"] {
            assert!(Senders::parse(wrong).is_err(), "{wrong}");
        }
    }
}

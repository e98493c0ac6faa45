//! Typed, prefixed, time-ordered identifiers.

use serde::{Deserialize, Serialize};

/// A tenant, normally a province. First column of every key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Home(String);

impl Home {
    /// Letters, digits and `-`, 1 to 32 characters, e.g. `H47`.
    pub fn parse(text: &str) -> Option<Self> {
        let ok = (1..=32).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        ok.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// National identifier of an agency (mã định danh), dotted groups read right to left: `000.01.31.H47`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgencyId(String);

impl AgencyId {
    /// Four dotted groups: digits, digits, digits, then a letter and two digits.
    pub fn parse(text: &str) -> Option<Self> {
        let groups: Vec<&str> = text.split('.').collect();
        let [a, b, c, province] = groups.as_slice() else { return None };
        let digits = |g: &str| (2..=3).contains(&g.len()) && g.chars().all(|c| c.is_ascii_digit());
        let mut letters = province.chars();
        let province_ok = letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && province.len() == 3
            && letters.all(|c| c.is_ascii_digit());
        (digits(a) && digits(b) && digits(c) && province_ok).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AgencyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An identifier of one kind of thing: a prefix and a time-ordered random part.
pub trait TypedId: Sized {
    const PREFIX: &'static str;
    /// `part` is 32 lower-case hex digits of a version 7 UUID.
    fn from_part(part: &str) -> Self;
    fn parse(text: &str) -> Option<Self>;
    fn as_str(&self) -> &str;
}

/// The random part of an identifier: a version 7 UUID made of an instant and ten random bytes.
pub fn random_id_part(at: crate::Instant, random: [u8; 10]) -> String {
    let millis = u64::try_from(at.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().simple().to_string()
}

/// Defines a typed identifier: `typed_id!(/** A dossier. */ DossierId, "dos");`
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, $crate::__serde::Serialize, $crate::__serde::Deserialize)]
        #[serde(crate = "::kernel_base::__serde", transparent)]
        pub struct $name(String);

        impl $crate::TypedId for $name {
            const PREFIX: &'static str = $prefix;

            fn from_part(part: &str) -> Self {
                Self(format!(concat!($prefix, "_{}"), part))
            }

            fn parse(text: &str) -> Option<Self> {
                let part = text.strip_prefix(concat!($prefix, "_"))?;
                let ok = part.len() == 32 && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                ok.then(|| Self(text.to_owned()))
            }

            fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_id_has_four_dotted_groups_that_end_in_the_province() {
        assert!(AgencyId::parse("000.00.00.H47").is_some());
        assert!(AgencyId::parse("000.01.31.H47").is_some());
        for wrong in ["", "000.00.H47", "000.00.00.H4", "000.00.00.47H", "000.00.00.H47.1", "a.00.00.H47"] {
            assert!(AgencyId::parse(wrong).is_none(), "{wrong}");
        }
    }
}

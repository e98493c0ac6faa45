//! Encryption of a push message (RFC 8291 with the content coding aes128gcm of RFC 8188, one record).

use kernel_base::{Error, Result};
use ring::{
    aead::{self, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};

/// Length of the one record; RFC 8291 allows no more than 4096.
const RECORD: u32 = 4_096;
/// Bytes of text that fit: the record without the tag and the mark of the end.
pub(crate) const MOST: usize = RECORD as usize - 16 - 1 - 86;

/// The browser's side: its public key (65 bytes, uncompressed) and the secret it shares with us (16 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Browser {
    pub(crate) public_key: Vec<u8>,
    pub(crate) secret: Vec<u8>,
}

/// The body of the request to the push service.
pub(crate) fn encrypt(browser: &Browser, text: &[u8]) -> Result<Vec<u8>> {
    let random = SystemRandom::new();
    let broken = |_| Error::internal("push: no key could be made");
    let mut salt = [0; 16];
    random.fill(&mut salt).map_err(broken)?;
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).map_err(broken)?;
    let own_public = own.compute_public_key().map_err(broken)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, &browser.public_key);
    let shared = agreement::agree_ephemeral(own, &peer, <[u8]>::to_vec)
        .map_err(|_| Error::internal("push: the browser's key is no point of the curve"))?;
    seal(browser, own_public.as_ref(), &shared, &salt, text)
}

/// Everything after the agreement on a secret, so that the numbers of the RFC can be followed.
fn seal(browser: &Browser, own_public: &[u8], shared: &[u8], salt: &[u8; 16], text: &[u8]) -> Result<Vec<u8>> {
    if text.len() > MOST {
        return Err(Error::internal(format!("push: {} bytes are too many", text.len())));
    }
    let (key, nonce) = keys(browser, own_public, shared, salt);
    let broken = |_| Error::internal("push: cannot encrypt");
    let key = LessSafeKey::new(UnboundKey::new(&aead::AES_128_GCM, &key).map_err(broken)?);
    let mut sealed = text.to_vec();
    sealed.push(2); // The last record ends with 2 (RFC 8188, 2).
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed).map_err(broken)?;
    let mut body = Vec::with_capacity(86 + sealed.len());
    body.extend_from_slice(salt);
    body.extend_from_slice(&RECORD.to_be_bytes());
    body.push(u8::try_from(own_public.len()).unwrap_or(65));
    body.extend_from_slice(own_public);
    body.extend_from_slice(&sealed);
    Ok(body)
}

/// Key and nonce (RFC 8291, 3.4).
fn keys(browser: &Browser, own_public: &[u8], shared: &[u8], salt: &[u8]) -> ([u8; 16], [u8; 12]) {
    let first = mac(&browser.secret, &[shared]);
    let material = mac(&first, &[b"WebPush: info\0", &browser.public_key, own_public, &[1]]);
    let second = mac(salt, &[&material]);
    let key = mac(&second, &[b"Content-Encoding: aes128gcm\0", &[1]]);
    let nonce = mac(&second, &[b"Content-Encoding: nonce\0", &[1]]);
    (cut(&key), cut(&nonce))
}

/// One step of HKDF with SHA-256.
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    cut(context.sign().as_ref())
}

fn cut<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn browser() -> Browser {
        Browser {
            public_key: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            secret: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        }
    }

    /// The example of RFC 8291, section 5 and appendix A.
    #[test]
    fn the_numbers_are_those_of_the_rfc() {
        let own = bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let (key, nonce) = keys(&browser(), &own, &shared, &salt);
        assert_eq!((key.to_vec(), nonce.to_vec()), (bytes("oIhVW04MRdy2XN9CiKLxTg"), bytes("4h_95klXJ5E_qnoN")));
        let body = seal(&browser(), &own, &shared, &salt, b"When I grow up, I want to be a watermelon").unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(body), expected);
    }

    #[test]
    fn a_key_that_is_no_point_and_a_text_that_is_too_long_are_refused() {
        let wrong = Browser { public_key: vec![4; 65], ..browser() };
        assert!(encrypt(&wrong, b"x").is_err());
        assert!(encrypt(&browser(), &[0; MOST + 1]).is_err());
        let (one, other) = (encrypt(&browser(), b"x").unwrap(), encrypt(&browser(), b"x").unwrap());
        assert_ne!(one, other, "each message has its own key");
    }
}

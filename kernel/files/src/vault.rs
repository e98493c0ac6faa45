//! Sealing: every object under its own key, bound to its place, so that two swapped objects do not open.

use kernel_base::{Error, Home, Result};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

use crate::row::FileKey;

/// First bytes of every sealed object: format 1.
const MAGIC: &[u8; 4] = b"CDF1";

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::internal("no random bytes"))?;
    Ok(bytes)
}

pub(crate) fn new_key() -> Result<FileKey> {
    random().map(FileKey)
}

/// A place that says nothing about the file: `H47/3f/3f…`.
pub(crate) fn new_object(home: &Home) -> Result<String> {
    let name = hex::encode(random::<16>()?);
    Ok(format!("{home}/{}/{name}", name.get(..2).unwrap_or_default()))
}

fn cipher(key: &FileKey) -> Result<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, &key.0).map(LessSafeKey::new).map_err(|_| Error::internal("a key of a wrong length"))
}

/// The sealed form of `plain`: magic, nonce, ciphertext, tag.
pub(crate) fn seal(plain: &[u8], key: &FileKey, object: &str) -> Result<Vec<u8>> {
    let nonce = random::<NONCE_LEN>()?;
    let mut body = plain.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(object.as_bytes()), &mut body)
        .map_err(|_| Error::internal("sealing a file failed"))?;
    Ok([MAGIC.as_slice(), &nonce, &body].concat())
}

/// The bytes before sealing; `None` when the object is short, changed, of another place or under another key.
pub(crate) fn open(sealed: &[u8], key: &FileKey, object: &str) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.strip_prefix(MAGIC)?.split_first_chunk::<NONCE_LEN>()?;
    let mut body = body.to_vec();
    let opened =
        cipher(key).ok()?.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(object.as_bytes()), &mut body);
    let length = opened.ok()?.len();
    body.truncate(length);
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_opens_only_whole_in_its_place_and_under_its_key() {
        let key = new_key().unwrap();
        let sealed = seal(b"giay khai sinh", &key, "H47/aa/aa").unwrap();
        assert_eq!(open(&sealed, &key, "H47/aa/aa").as_deref(), Some(b"giay khai sinh".as_slice()));
        assert_eq!(open(&sealed, &key, "H47/bb/bb"), None, "another place");
        assert_eq!(open(&sealed, &new_key().unwrap(), "H47/aa/aa"), None, "another key");
        assert_eq!(open(&sealed[..sealed.len() - 1], &key, "H47/aa/aa"), None, "short");
        assert_eq!(open(b"CDF1", &key, "H47/aa/aa"), None, "empty");
        assert!(!sealed.windows(4).any(|w| w == b"giay"));
    }
}

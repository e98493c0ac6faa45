//! Signed daily roots for a second party, who can then show that history was not rewritten.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::civil::Date;
use kernel_base::{Error, Home, Instant, Result};
use kernel_db::{Db, Tx};
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{merkle::Frontier, seal, store};

/// The key that signs daily roots (Ed25519). Keep its text in a file only the server may read (mode 0600).
pub struct SigningKey(Ed25519KeyPair);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public_key().id())
    }
}

impl SigningKey {
    /// A new key and its secret text (base64 of PKCS #8), to be stored by the caller.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no random bytes.
    pub fn generate() -> Result<(Self, String)> {
        let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| Error::unavailable("the system gives no random bytes"))?;
        let text = STANDARD.encode(secret.as_ref());
        Ok((Self::load(&text)?, text))
    }

    /// Reads the secret text of [`SigningKey::generate`].
    ///
    /// # Errors
    /// `Internal` when it is not the text of a key.
    pub fn load(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| Error::internal("the signing key is not base64"))?;
        let pair = Ed25519KeyPair::from_pkcs8(&bytes);
        pair.map(Self).map_err(|_| Error::internal("the signing key is not an Ed25519 key in PKCS #8"))
    }

    /// Signs a text (Ed25519), base64. Begin the text with a line that says what it is, so that no signature of one
    /// thing is good for another.
    pub fn sign(&self, text: &str) -> String {
        STANDARD.encode(self.0.sign(text.as_bytes()).as_ref())
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey(hex::encode(self.0.public_key().as_ref()))
    }
}

/// The public half of a signing key; the second party and `verify` hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(String);

impl PublicKey {
    /// 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        crate::merkle::from_hex(&text).map(|_| Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text was signed with this key.
    pub fn signed(&self, text: &str, signature: &str) -> bool {
        let (Ok(key), Ok(signature)) = (hex::decode(&self.0), STANDARD.decode(signature)) else { return false };
        UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok()
    }

    /// First 16 hex digits of the key's SHA-256.
    pub fn id(&self) -> String {
        hex::encode(Sha256::digest(hex::decode(&self.0).unwrap_or_default())).chars().take(16).collect()
    }
}

/// A signed root of a day. Its JSON text is what the second party keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRoot {
    pub home: String,
    /// Day in Vietnam on which it was published.
    pub day: Date,
    /// Number of leaves.
    pub size: i64,
    /// 64 hex digits.
    pub root: String,
    pub published_at: Instant,
    pub key_id: String,
    /// 64 hex digits.
    pub public_key: String,
    /// Ed25519 over [`SignedRoot::signed_text`], base64.
    pub signature: String,
}

impl SignedRoot {
    /// What the signature covers: six lines, each ended by a line feed.
    pub fn signed_text(&self) -> String {
        let Self { home, day, size, root, published_at, .. } = self;
        format!("chuyendong daily root v1\n{home}\n{day}\n{size}\n{root}\n{published_at}\n")
    }

    /// Whether the signature is that of the public key named in it.
    pub fn signature_holds(&self) -> bool {
        let (Ok(key), Ok(signature)) = (hex::decode(&self.public_key), STANDARD.decode(&self.signature)) else {
            return false;
        };
        PublicKey(self.public_key.clone()).id() == self.key_id
            && UnparsedPublicKey::new(&ED25519, key).verify(self.signed_text().as_bytes(), &signature).is_ok()
    }

    /// Name of the file for the second party: `H47-2021-07-26.json`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.json", self.home, self.day)
    }

    /// The text for the second party.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").unwrap_or_default()
    }
}

/// Signs the root of the last seal for the day of the transaction (Vietnam). A day is signed once: a second call
/// answers with the same. Hand [`SignedRoot::to_json`] to the second party after the commit.
///
/// # Errors
/// Those of the database.
pub fn publish_daily_root(tx: &mut Tx<'_>, key: &SigningKey) -> Result<SignedRoot> {
    let day = tx.now().vietnam().date();
    if let Some(done) = store::daily_root(tx, day)? {
        return Ok(done);
    }
    let (size, root) = match seal::last_root(tx)? {
        Some(last) => (last.size, last.root),
        None => (0, hex::encode(Frontier::default().root())),
    };
    let public_key = key.public_key();
    let mut signed = SignedRoot {
        home: tx.home().to_string(),
        day,
        size,
        root,
        published_at: tx.now(),
        key_id: public_key.id(),
        public_key: public_key.as_str().to_owned(),
        signature: String::new(),
    };
    signed.signature = STANDARD.encode(key.0.sign(signed.signed_text().as_bytes()).as_ref());
    store::insert_daily_root(tx, &signed)?;
    Ok(signed)
}

/// Seals what waits, signs the root of the day and writes its file into the folder that the second party collects. A
/// file that is there already is left as it is; the folder is created.
///
/// # Errors
/// Those of the database; `Unavailable` when the file cannot be written.
pub fn hand_out_daily_root(db: &Db, home: &Home, key: &Arc<SigningKey>, folder: &Path) -> Result<PathBuf> {
    seal::seal_waiting(db, home)?;
    let key = Arc::clone(key);
    let signed = db.write_blocking(home, move |tx| publish_daily_root(tx, &key))?;
    let file = folder.join(signed.file_name());
    write_once(&file, &signed.to_json()).map_err(|e| Error::unavailable(format!("{}: {e}", file.display())))?;
    Ok(file)
}

/// A half-written file is never seen under its name.
fn write_once(file: &Path, text: &str) -> std::io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = file.with_extension("unfinished");
    let mut writer = fs::File::create(&unfinished)?;
    writer.write_all(text.as_bytes())?;
    writer.sync_all()?;
    fs::rename(&unfinished, file)
}

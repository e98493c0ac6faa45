//! Whom this installation trusts: root certificates, and the issuers' lists of revoked certificates.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use der::{Decode, Encode};
use kernel_base::{Error, Result};
use x509_cert::{Certificate, crl::CertificateList};

/// Trust anchors and revocation lists.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    pub(crate) anchors: Vec<Certificate>,
    pub(crate) lists: Vec<CertificateList>,
}

impl Trust {
    /// Reads one certificate or several of a PEM text, or one of DER bytes, as trust anchors.
    ///
    /// # Errors
    /// `Internal` for a text that holds no certificate.
    pub fn add_anchors(&mut self, bytes: &[u8]) -> Result<()> {
        for der in blocks(bytes) {
            let anchor = Certificate::from_der(&der).map_err(|e| Error::internal(format!("trust anchor: {e}")))?;
            self.anchors.push(anchor);
        }
        Ok(())
    }

    /// Reads a list of revoked certificates, PEM or DER. Whether it is believed is decided when it is used.
    ///
    /// # Errors
    /// `Internal` for bytes that are no such list.
    pub fn add_list(&mut self, bytes: &[u8]) -> Result<()> {
        for der in blocks(bytes) {
            let list = CertificateList::from_der(&der).map_err(|e| Error::internal(format!("revocation list: {e}")))?;
            self.lists.push(list);
        }
        Ok(())
    }

    /// Nothing is trusted: every signature ends as "unknown issuer".
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The lists that fit these certificates, DER, to be kept beside a signature.
    #[must_use]
    pub fn lists_for(&self, chain: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let issuers: Vec<_> = chain
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .map(|certificate| certificate.tbs_certificate().issuer().clone())
            .collect();
        let fitting = self.lists.iter().filter(|list| issuers.contains(&list.tbs_cert_list.issuer));
        fitting.filter_map(|list| list.to_der().ok()).collect()
    }

    /// Everything as one text, to be handed to the process that reads files of strangers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let anchors: Vec<String> = self.anchors.iter().filter_map(|a| a.to_der().ok()).map(hex::encode).collect();
        let lists: Vec<String> = self.lists.iter().filter_map(|l| l.to_der().ok()).map(hex::encode).collect();
        serde_json::to_vec(&(anchors, lists)).unwrap_or_default()
    }

    /// What [`Trust::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Internal` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let broken = |e: String| Error::internal(format!("trust: {e}"));
        let (anchors, lists): (Vec<String>, Vec<String>) =
            serde_json::from_slice(bytes).map_err(|e| broken(e.to_string()))?;
        let mut trust = Self::default();
        for text in anchors {
            trust.add_anchors(&hex::decode(text).map_err(|e| broken(e.to_string()))?)?;
        }
        for text in lists {
            trust.add_list(&hex::decode(text).map_err(|e| broken(e.to_string()))?)?;
        }
        Ok(trust)
    }
}

/// The DER values of a PEM text, or the bytes themselves when they are no PEM.
fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("-----BEGIN") {
        return vec![bytes.to_vec()];
    }
    let bodies = text.split("-----BEGIN").skip(1).filter_map(|block| {
        let (_, body) = block.split_once("-----")?;
        let (body, _) = body.split_once("-----END")?;
        let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        Some(BASE64_STANDARD.decode(body).unwrap_or_default())
    });
    bodies.collect()
}

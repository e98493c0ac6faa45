//! Reads a CMS object strictly: whatever could be changed without breaking the signature must stand as the rules say.

use cms::{
    cert::CertificateChoices,
    content_info::{CmsVersion, ContentInfo},
    revocation::RevocationInfoChoice,
    signed_data::{SignedData, SignerIdentifier, SignerInfo},
};
use der::{Decode, Encode, asn1::ObjectIdentifier};
use x509_cert::{Certificate, crl::CertificateList, ext::pkix::SubjectKeyIdentifier};

use crate::{
    algorithm::{self, Hash},
    asn1,
    outcome::Fault,
};

/// Largest CMS object, in bytes.
const LARGEST: usize = 1_000_000;
/// Most certificates and lists that may travel with a signature.
const MOST: usize = 32;

/// A signed object with one signer.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) lists: Vec<CertificateList>,
    pub(crate) signer: SignerInfo,
    /// Content inside, of a time-stamp token.
    pub(crate) content: Option<Vec<u8>>,
    leaf: usize,
}

impl Signed {
    /// Reads an object whose content is of this kind.
    ///
    /// # Errors
    /// `Format` for anything that is not exactly one signature as RFC 5652 writes it in DER.
    pub(crate) fn read(bytes: &[u8], kind: ObjectIdentifier) -> Result<Self, Fault> {
        if bytes.len() > LARGEST {
            return Err(Fault::Format);
        }
        let info = ContentInfo::from_der(bytes).map_err(asn1::malformed)?;
        if info.content_type != asn1::ID_SIGNED_DATA {
            return Err(Fault::Format);
        }
        let data: SignedData = info.content.decode_as().map_err(asn1::malformed)?;
        let [signer] = data.signer_infos.0.as_slice() else { return Err(Fault::Format) };
        let signer = signer.clone();
        must_be_canonical(&data, &signer, kind)?;
        let content = data.encap_content_info.econtent.as_ref().map(asn1::bytes_of).transpose()?;
        let certificates = certificates(&data)?;
        let lists = lists(&data)?;
        let leaf = certificates.iter().position(|c| is_of(c, &signer.sid)).ok_or(Fault::Format)?;
        Ok(Self { certificates, lists, signer, content, leaf })
    }

    /// The signer's certificate.
    ///
    /// # Errors
    /// Never, but without a way to panic.
    pub(crate) fn leaf(&self) -> Result<&Certificate, Fault> {
        self.certificates.get(self.leaf).ok_or(Fault::Format)
    }

    /// Checks digest of the content, bound certificate, and the signature over the signed attributes.
    ///
    /// # Errors
    /// `Altered` when something does not fit.
    pub(crate) fn must_sign(&self, content: &[&[u8]], kind: ObjectIdentifier) -> Result<(), Fault> {
        let hash = Hash::of(&self.signer.digest_alg)?;
        let attributes = self.signer.signed_attrs.as_ref().ok_or(Fault::Format)?;
        let stated = asn1::single(attributes, asn1::CONTENT_TYPE)?.ok_or(Fault::Format)?;
        if stated.decode_as::<ObjectIdentifier>().map_err(asn1::malformed)? != kind {
            return Err(Fault::Format);
        }
        let digest = asn1::single(attributes, asn1::MESSAGE_DIGEST)?.ok_or(Fault::Format)?;
        if asn1::bytes_of(digest)? != hash.digest(content) {
            return Err(Fault::Altered);
        }
        let leaf = self.leaf()?;
        if let Some(bound) = asn1::single(attributes, asn1::SIGNING_CERTIFICATE_V2)? {
            let (algorithm, expected) = asn1::certificate_hash(bound)?;
            let own = leaf.to_der().map_err(asn1::malformed)?;
            if Hash::of(&algorithm)?.digest(&[&own]) != expected {
                return Err(Fault::Altered);
            }
        }
        let message = attributes.to_der().map_err(asn1::malformed)?;
        let key = leaf.tbs_certificate().subject_public_key_info();
        algorithm::verify(key, &self.signer.signature_algorithm, Some(hash), &message, self.signer.signature.as_bytes())
    }
}

/// Versions and algorithm lists are outside what is signed: they must say what RFC 5652 derives.
fn must_be_canonical(data: &SignedData, signer: &SignerInfo, kind: ObjectIdentifier) -> Result<(), Fault> {
    let by_name = matches!(signer.sid, SignerIdentifier::IssuerAndSerialNumber(_));
    let plain = kind == asn1::ID_DATA && by_name;
    let versions = data.version == if plain { CmsVersion::V1 } else { CmsVersion::V3 }
        && signer.version == if by_name { CmsVersion::V1 } else { CmsVersion::V3 };
    let content = data.encap_content_info.econtent_type == kind
        && data.encap_content_info.econtent.is_some() == (kind != asn1::ID_DATA);
    let digests = matches!(data.digest_algorithms.as_slice(), [one] if one.oid == signer.digest_alg.oid
        && Hash::of(one).is_ok());
    let beside = signer.unsigned_attrs.iter().flat_map(|a| a.iter()).all(|a| a.oid == asn1::TIME_STAMP_TOKEN);
    if versions && content && digests && beside { Ok(()) } else { Err(Fault::Format) }
}

fn certificates(data: &SignedData) -> Result<Vec<Certificate>, Fault> {
    let all = data.certificates.as_ref().map_or(&[][..], |set| set.0.as_slice());
    if all.len() > MOST {
        return Err(Fault::Format);
    }
    all.iter()
        .map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Ok(certificate.clone()),
            CertificateChoices::Other(_) => Err(Fault::Format),
        })
        .collect()
}

fn lists(data: &SignedData) -> Result<Vec<CertificateList>, Fault> {
    let all = data.crls.as_ref().map_or(&[][..], |set| set.0.as_slice());
    if all.len() > MOST {
        return Err(Fault::Format);
    }
    all.iter()
        .map(|choice| match choice {
            RevocationInfoChoice::Crl(list) => Ok(list.clone()),
            RevocationInfoChoice::Other(_) => Err(Fault::Format),
        })
        .collect()
}

fn is_of(certificate: &Certificate, sid: &SignerIdentifier) -> bool {
    let tbs = certificate.tbs_certificate();
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            *tbs.issuer() == named.issuer && *tbs.serial_number() == named.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            tbs.get_extension::<SubjectKeyIdentifier>().is_ok_and(|found| found.is_some_and(|(_, own)| own == *named))
        }
    }
}

//! Makes the CMS object of a PAdES signature: detached, with the signer's certificate bound into what is signed.

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    revocation::{RevocationInfoChoice, RevocationInfoChoices},
    signed_data::{CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use der::{Any, Decode, Encode, asn1::OctetString, asn1::SetOfVec};
use kernel_base::{Error, Result};
use x509_cert::{Certificate, attr::Attributes, crl::CertificateList};

use crate::{
    algorithm::{self, Hash},
    asn1,
    outcome::Fault,
};

/// What one key has to sign, and what will travel with the signature.
#[derive(Debug, Clone)]
pub struct ToSign {
    attributes: Attributes,
    chain: Vec<Certificate>,
}

impl ToSign {
    /// For the bytes that a signature covers; `chain` begins with the signer's certificate, all DER.
    ///
    /// # Errors
    /// `Internal` when the chain is empty or broken.
    pub fn new(covered_sha256: &[u8; 32], chain: &[Vec<u8>]) -> Result<Self> {
        let chain: Vec<Certificate> =
            chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>().map_err(broken)?;
        let own = chain.first().ok_or_else(|| Error::internal("signing without a certificate"))?;
        let own_hash = Hash::Sha256.digest(&[&own.to_der().map_err(broken)?]);
        let attributes = signed_attributes(covered_sha256, &own_hash).map_err(faulty)?;
        Ok(Self { attributes, chain })
    }

    /// The bytes that the key signs (with SHA-256): the signed attributes.
    ///
    /// # Errors
    /// `Internal` when they cannot be encoded.
    pub fn message(&self) -> Result<Vec<u8>> {
        self.attributes.to_der().map_err(broken)
    }

    /// SHA-256 of [`ToSign::message`], for a signing service that takes digests.
    ///
    /// # Errors
    /// As [`ToSign::message`].
    pub fn digest(&self) -> Result<[u8; 32]> {
        let digest = Hash::Sha256.digest(&[&self.message()?]);
        digest.try_into().map_err(|_| Error::internal("a digest of another length"))
    }

    /// Checks the raw signature with the certificate: a service that answers with garbage is found before anything is
    /// written.
    ///
    /// # Errors
    /// `Unavailable` when it does not fit.
    pub fn accepts(&self, signature: &[u8]) -> Result<()> {
        let own = self.chain.first().ok_or_else(|| Error::internal("signing without a certificate"))?;
        let key = own.tbs_certificate().subject_public_key_info();
        let algorithm = algorithm::made_by(key).map_err(faulty)?;
        algorithm::verify(key, &algorithm, None, &self.message()?, signature)
            .map_err(|_| Error::unavailable("the signing service answered with a signature that does not fit"))
    }

    /// The CMS object with certificates, revocation lists and the time-stamp token (all DER).
    ///
    /// # Errors
    /// `Internal` when a part is broken.
    pub fn assemble(&self, signature: &[u8], lists: &[Vec<u8>], token: Option<&[u8]>) -> Result<Vec<u8>> {
        let data = self.signed_data(signature, lists, token).map_err(faulty)?;
        let content = Any::encode_from(&data).map_err(broken)?;
        ContentInfo { content_type: asn1::ID_SIGNED_DATA, content }.to_der().map_err(broken)
    }

    fn signed_data(&self, signature: &[u8], lists: &[Vec<u8>], token: Option<&[u8]>) -> Result<SignedData, Fault> {
        let own = self.chain.first().ok_or(Fault::Format)?.tbs_certificate();
        let unsigned = token.map(|token| {
            let token = asn1::attribute(asn1::TIME_STAMP_TOKEN, Any::from_der(token).map_err(asn1::malformed)?)?;
            SetOfVec::try_from(vec![token]).map_err(asn1::malformed)
        });
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: own.issuer().clone(),
                serial_number: own.serial_number().clone(),
            }),
            digest_alg: algorithm::sha256(),
            signed_attrs: Some(self.attributes.clone()),
            signature_algorithm: algorithm::made_by(own.subject_public_key_info())?,
            signature: OctetString::new(signature).map_err(asn1::malformed)?,
            unsigned_attrs: unsigned.transpose()?,
        };
        let certificates: Vec<_> = self.chain.iter().cloned().map(CertificateChoices::Certificate).collect();
        Ok(SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![algorithm::sha256()]).map_err(asn1::malformed)?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: asn1::ID_DATA, econtent: None },
            certificates: Some(CertificateSet::try_from(certificates).map_err(asn1::malformed)?),
            crls: revocation(lists)?,
            signer_infos: SignerInfos::try_from(vec![signer]).map_err(asn1::malformed)?,
        })
    }
}

fn revocation(lists: &[Vec<u8>]) -> Result<Option<RevocationInfoChoices>, Fault> {
    if lists.is_empty() {
        return Ok(None);
    }
    let parsed: Vec<_> = lists
        .iter()
        .map(|der| CertificateList::from_der(der).map(RevocationInfoChoice::Crl))
        .collect::<Result<_, _>>()
        .map_err(asn1::malformed)?;
    RevocationInfoChoices::try_from(parsed).map(Some).map_err(asn1::malformed)
}

/// Content type, digest of the content, and the certificate by its hash (ESS, so that it cannot be exchanged).
fn signed_attributes(covered: &[u8; 32], certificate: &[u8]) -> Result<Attributes, Fault> {
    let kind = Any::encode_from(&asn1::ID_DATA).map_err(asn1::malformed)?;
    let attributes = vec![
        asn1::attribute(asn1::CONTENT_TYPE, kind)?,
        asn1::attribute(asn1::MESSAGE_DIGEST, asn1::octets(covered)?)?,
        asn1::attribute(asn1::SIGNING_CERTIFICATE_V2, asn1::signing_certificate_v2(certificate)?)?,
    ];
    SetOfVec::try_from(attributes).map_err(asn1::malformed)
}

fn broken(error: der::Error) -> Error {
    Error::internal(format!("making a signature: {error}"))
}

fn faulty(fault: Fault) -> Error {
    Error::internal(format!("making a signature: {fault:?}"))
}

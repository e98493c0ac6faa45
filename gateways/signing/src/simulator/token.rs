//! The time-stamp authority: makes RFC 3161 answers.

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use der::{
    Any, Decode, Encode, Tag,
    asn1::{ObjectIdentifier, OctetString, SetOfVec},
};
use kernel_base::{Error, Instant, Result};
use ring::digest;
use spki::AlgorithmIdentifierOwned;
use x509_cert::{
    Certificate,
    attr::{Attribute, Attributes},
};

use super::authority::{Authority, Holder};

const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");

/// Answers a DER `TimeStampReq` with a DER `TimeStampResp`.
pub(crate) fn answer(authority: &mut Authority, request: &[u8], now: Instant) -> Result<Vec<u8>> {
    let serial = authority.next_serial();
    build(authority.stamping(), request, now, serial).map_err(|e| Error::internal(format!("time stamp: {e}")))?
}

type Made = std::result::Result<Result<Vec<u8>>, der::Error>;

fn build(holder: &Holder, request: &[u8], now: Instant, serial: u64) -> Made {
    let parts = Vec::<Any>::from_der(request)?;
    let imprint = parts.get(1).cloned().unwrap_or_else(Any::null);
    let nonce = parts.iter().skip(2).find(|part| der::Tagged::tag(*part) == Tag::Integer);
    let local = now.timestamp().strftime("%Y%m%d%H%M%SZ").to_string();
    let mut info = vec![
        Any::encode_from(&1_u8)?,
        Any::encode_from(&POLICY)?,
        imprint,
        Any::encode_from(&serial)?,
        Any::new(Tag::GeneralizedTime, local.into_bytes())?,
    ];
    info.extend(nonce.cloned());
    let info = info.to_der()?;
    let chain: Vec<Certificate> =
        holder.chain().iter().map(|der| Certificate::from_der(der)).collect::<std::result::Result<_, _>>()?;
    let Some(own) = chain.first() else { return Ok(Err(Error::internal("no certificate"))) };
    let attributes = attributes(&info, &own.to_der()?)?;
    let signature = match holder.sign(&attributes.to_der()?) {
        Ok(signature) => signature,
        Err(error) => return Ok(Err(error)),
    };
    let token = token(info, own, &chain, attributes, &signature)?;
    let status = Any::encode_from(&vec![Any::encode_from(&0_u8)?])?;
    Ok(Ok(vec![status, Any::encode_from(&token)?].to_der()?))
}

fn token(
    info: Vec<u8>,
    own: &Certificate,
    chain: &[Certificate],
    attributes: Attributes,
    signature: &[u8],
) -> std::result::Result<ContentInfo, der::Error> {
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: own.tbs_certificate().issuer().clone(),
            serial_number: own.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: algorithm(SHA256),
        signed_attrs: Some(attributes),
        signature_algorithm: algorithm(ECDSA_SHA256),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates: Vec<_> = chain.iter().cloned().map(CertificateChoices::Certificate).collect();
    let data = SignedData {
        version: CmsVersion::V3,
        digest_algorithms: SetOfVec::try_from(vec![algorithm(SHA256)])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: TST_INFO,
            econtent: Some(Any::encode_from(&OctetString::new(info)?)?),
        },
        certificates: Some(CertificateSet::try_from(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    Ok(ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? })
}

fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

fn attributes(info: &[u8], certificate: &[u8]) -> std::result::Result<Attributes, der::Error> {
    let octets = |bytes: &[u8]| -> std::result::Result<Any, der::Error> {
        Any::encode_from(&OctetString::new(digest::digest(&digest::SHA256, bytes).as_ref())?)
    };
    let wrapped = |inner: Any| Any::encode_from(&vec![inner]);
    let bound = wrapped(wrapped(wrapped(octets(certificate)?)?)?)?;
    let one = |oid, value| -> std::result::Result<Attribute, der::Error> {
        Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
    };
    SetOfVec::try_from(vec![
        one(CONTENT_TYPE, Any::encode_from(&TST_INFO)?)?,
        one(DIGEST, octets(info)?)?,
        one(CERTIFICATE, bound)?,
    ])
}

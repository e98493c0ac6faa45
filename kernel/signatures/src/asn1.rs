//! The few ASN.1 values that the types of the crates do not cover.

use const_oid::ObjectIdentifier;
use der::{
    Any, Decode, Encode,
    asn1::{OctetString, SetOfVec},
};
use kernel_base::Instant;
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::{Attribute, Attributes};

use crate::outcome::Fault;

pub(crate) const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const ID_TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
pub(crate) const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub(crate) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
pub(crate) const TIME_STAMP_TOKEN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// Broken ASN.1 is a malformed signature.
pub(crate) fn malformed(_: der::Error) -> Fault {
    Fault::Format
}

pub(crate) fn octets(bytes: &[u8]) -> Result<Any, Fault> {
    OctetString::new(bytes).and_then(|text| Any::encode_from(&text)).map_err(malformed)
}

/// A SEQUENCE of values that are encoded already.
pub(crate) fn sequence(parts: &[Any]) -> Result<Any, Fault> {
    Any::encode_from(&parts.to_vec()).map_err(malformed)
}

/// An attribute with one value.
pub(crate) fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, Fault> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value]).map_err(malformed)? })
}

/// The only value of the only attribute of this kind.
///
/// # Errors
/// `Format` when it is there twice or with several values.
pub(crate) fn single(attributes: &Attributes, oid: ObjectIdentifier) -> Result<Option<&Any>, Fault> {
    let mut found = attributes.iter().filter(|a| a.oid == oid);
    let Some(first) = found.next() else { return Ok(None) };
    match (found.next(), first.values.as_slice()) {
        (None, [only]) => Ok(Some(only)),
        _ => Err(Fault::Format),
    }
}

/// `SigningCertificateV2` (RFC 5035) that names one certificate by its SHA-256.
pub(crate) fn signing_certificate_v2(certificate_sha256: &[u8]) -> Result<Any, Fault> {
    let id = sequence(&[octets(certificate_sha256)?])?;
    sequence(&[sequence(&[id])?])
}

/// Digest algorithm and hash of the first certificate named by `SigningCertificateV2`.
pub(crate) fn certificate_hash(value: &Any) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), Fault> {
    let parts = |any: &Any| any.decode_as::<Vec<Any>>().map_err(malformed);
    let list = parts(value)?.into_iter().next().ok_or(Fault::Format)?;
    let id = parts(&list)?.into_iter().next().ok_or(Fault::Format)?;
    let mut fields = parts(&id)?.into_iter();
    let first = fields.next().ok_or(Fault::Format)?;
    if let Ok(hash) = bytes_of(&first) {
        return Ok((crate::algorithm::sha256(), hash));
    }
    let algorithm = AlgorithmIdentifierOwned::from_der(&first.to_der().map_err(malformed)?).map_err(malformed)?;
    Ok((algorithm, bytes_of(&fields.next().ok_or(Fault::Format)?)?))
}

pub(crate) fn bytes_of(any: &Any) -> Result<Vec<u8>, Fault> {
    any.decode_as::<OctetString>().map(|text| text.as_bytes().to_vec()).map_err(malformed)
}

/// `20210726021530Z`, with or without a fraction of a second.
pub(crate) fn generalized_time(value: &[u8]) -> Result<Instant, Fault> {
    let text = std::str::from_utf8(value).map_err(|_| Fault::Format)?;
    let (whole, fraction) = text.strip_suffix('Z').and_then(|t| t.split_at_checked(14)).ok_or(Fault::Format)?;
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let millis = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => 0,
        Some(part) if (1..=9).contains(&part.len()) && digits(part) => {
            format!("{part:0<3}").get(..3).and_then(|p| p.parse::<i64>().ok()).ok_or(Fault::Format)?
        }
        _ => return Err(Fault::Format),
    };
    if !digits(whole) {
        return Err(Fault::Format);
    }
    let part = |from: usize, to: usize| whole.get(from..to).unwrap_or_default();
    let (day, time) = ((part(0, 4), part(4, 6), part(6, 8)), (part(8, 10), part(10, 12), part(12, 14)));
    let text = format!("{}-{}-{}T{}:{}:{}.000Z", day.0, day.1, day.2, time.0, time.1, time.2);
    Instant::parse(&text).map(|at| at.plus_millis(millis)).ok_or(Fault::Format)
}

/// An instant of a certificate.
pub(crate) fn instant(time: x509_cert::time::Time) -> Instant {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 1000);
    Instant::from_millis(seconds.saturating_mul(1000))
}

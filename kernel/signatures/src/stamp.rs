//! Time stamps (RFC 3161): the request, what the answer must say, and the check of a token.

use der::{
    Any, Decode, Encode, Tag, Tagged,
    asn1::{Int, ObjectIdentifier},
};
use kernel_base::{Error, Instant, Result};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{Certificate, crl::CertificateList};

use crate::{
    algorithm::{self, Hash},
    asn1,
    chain::{self, Chain, Use},
    cms_read::Signed,
    outcome::Fault,
    trust::Trust,
};

/// A DER `TimeStampReq` for the bytes of a signature; asks for the certificates of the authority.
///
/// # Errors
/// `Internal` when it cannot be encoded.
pub fn request(signature: &[u8], nonce: u64) -> Result<Vec<u8>> {
    build(signature, nonce).map_err(|fault| Error::internal(format!("time-stamp request: {fault:?}")))
}

fn build(signature: &[u8], nonce: u64) -> Result<Vec<u8>, Fault> {
    let encode = |value: Result<Any, der::Error>| value.map_err(asn1::malformed);
    let imprint = asn1::sequence(&[
        encode(Any::encode_from(&algorithm::sha256()))?,
        asn1::octets(&Hash::Sha256.digest(&[signature]))?,
    ])?;
    asn1::sequence(&[
        encode(Any::encode_from(&1_u8))?,
        imprint,
        encode(Any::encode_from(&nonce))?,
        encode(Any::encode_from(&true))?,
    ])?
    .to_der()
    .map_err(asn1::malformed)
}

/// The token inside a DER `TimeStampResp`, when it answers this very request.
///
/// # Errors
/// `Unavailable` when the authority refused, or answered something else: nothing is stamped, ask again.
pub fn token_of(response: &[u8], signature: &[u8], nonce: u64) -> Result<Vec<u8>> {
    let wrong = |what: &str| Error::unavailable(format!("the time-stamp authority: {what}"));
    let parts = Vec::<Any>::from_der(response).map_err(|_| wrong("no answer of RFC 3161"))?;
    let status = parts.first().and_then(|s| s.decode_as::<Vec<Any>>().ok()).unwrap_or_default();
    let granted = status.first().and_then(|s| s.decode_as::<u8>().ok()).is_some_and(|s| s <= 1);
    let token = match parts.get(1) {
        Some(token) if granted => token.to_der().map_err(|_| wrong("a broken token"))?,
        _ => return Err(wrong("refused")),
    };
    let read = Signed::read(&token, asn1::ID_TST_INFO).and_then(|signed| Info::of(&signed));
    let info = read.map_err(|fault| wrong(&format!("a token that is {fault:?}")))?;
    if info.imprint != info.hash.digest(&[signature]) || info.nonce != Some(nonce) {
        return Err(wrong("a token for something else"));
    }
    Ok(token)
}

/// What a token states.
#[derive(Debug)]
struct Info {
    hash: Hash,
    imprint: Vec<u8>,
    at: Instant,
    nonce: Option<u64>,
}

impl Info {
    fn of(signed: &Signed) -> Result<Self, Fault> {
        let content = signed.content.as_deref().ok_or(Fault::Format)?;
        let parts = Vec::<Any>::from_der(content).map_err(asn1::malformed)?;
        let [version, policy, imprint, _serial, time, ..] = parts.as_slice() else { return Err(Fault::Format) };
        let version: u8 = version.decode_as().map_err(asn1::malformed)?;
        policy.decode_as::<ObjectIdentifier>().map_err(asn1::malformed)?;
        let imprint: Vec<Any> = imprint.decode_as().map_err(asn1::malformed)?;
        let [algorithm, digest] = imprint.as_slice() else { return Err(Fault::Format) };
        let algorithm = algorithm.to_der().map_err(asn1::malformed)?;
        let algorithm = AlgorithmIdentifierOwned::from_der(&algorithm).map_err(asn1::malformed)?;
        if version != 1 || time.tag() != Tag::GeneralizedTime {
            return Err(Fault::Format);
        }
        // After the time: accuracy (SEQUENCE), ordering (BOOLEAN), nonce (INTEGER), [0] tsa, [1] extensions.
        let nonce = parts.iter().skip(5).find(|part| part.tag() == Tag::Integer);
        Ok(Self {
            hash: Hash::of(&algorithm)?,
            imprint: asn1::bytes_of(digest)?,
            at: asn1::generalized_time(time.value())?,
            nonce: nonce.and_then(number),
        })
    }
}

fn number(any: &Any) -> Option<u64> {
    let bytes = any.decode_as::<Int>().ok()?;
    let mut value = 0_u64;
    for byte in bytes.as_bytes().iter().skip_while(|b| **b == 0) {
        value = value.checked_mul(256)?.checked_add(u64::from(*byte))?;
    }
    Some(value)
}

/// Checks a token over the bytes that it stamps and says when they existed.
///
/// # Errors
/// `Altered` when it does not belong to these bytes, else what is wrong with the authority's signature or certificate.
pub(crate) fn verify(
    token: &[u8],
    stamped: &[&[u8]],
    trust: &Trust,
    given: &[Certificate],
    lists: &[CertificateList],
) -> Result<Instant, Fault> {
    let signed = Signed::read(token, asn1::ID_TST_INFO)?;
    let info = Info::of(&signed)?;
    if info.imprint != info.hash.digest(stamped) {
        return Err(Fault::Altered);
    }
    let content = signed.content.as_deref().unwrap_or_default();
    signed.must_sign(&[content], asn1::ID_TST_INFO)?;
    let certificates: Vec<Certificate> = signed.certificates.iter().chain(given).cloned().collect();
    let lists: Vec<CertificateList> = signed.lists.iter().chain(lists).cloned().collect();
    let chain = Chain { trust, given: &certificates, lists: &lists, at: info.at, proven: true };
    chain.walk(signed.leaf()?, Use::TimeStamping)?;
    chain::must_all_fit(trust, &signed.certificates, &signed.lists)?;
    Ok(info.at)
}

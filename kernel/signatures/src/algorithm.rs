//! Digests and signatures by their object identifiers; everything cryptographic is ring.

use const_oid::ObjectIdentifier;
use der::{Decode, Encode};
use ring::{digest, signature};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::outcome::Fault;

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

/// A digest that still counts as safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// # Errors
    /// `WeakAlgorithm` for MD5, SHA-1 and everything unknown; `Format` for parameters that do not belong there.
    pub(crate) fn of(algorithm: &AlgorithmIdentifierOwned) -> Result<Self, Fault> {
        no_parameters(algorithm)?;
        match algorithm.oid {
            SHA256 => Ok(Self::Sha256),
            SHA384 => Ok(Self::Sha384),
            SHA512 => Ok(Self::Sha512),
            _ => Err(Fault::WeakAlgorithm),
        }
    }

    pub(crate) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        let mut context = digest::Context::new(algorithm);
        for part in parts {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    }
}

/// Absent or NULL: a changed byte here must not go unseen.
fn no_parameters(algorithm: &AlgorithmIdentifierOwned) -> Result<(), Fault> {
    match &algorithm.parameters {
        None => Ok(()),
        Some(any) if any.is_null() => Ok(()),
        Some(_) => Err(Fault::Format),
    }
}

/// Checks a signature over `message`. `hash` is the digest that the signer names beside the algorithm.
///
/// # Errors
/// `Altered` when it does not fit, `WeakAlgorithm` when we do not know how, `Format` for broken parameters.
pub(crate) fn verify(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    hash: Option<Hash>,
    message: &[u8],
    value: &[u8],
) -> Result<(), Fault> {
    let scheme = scheme(key, algorithm, hash)?;
    let raw = key.subject_public_key.as_bytes().ok_or(Fault::Format)?;
    signature::UnparsedPublicKey::new(scheme, raw).verify(message, value).map_err(|_| Fault::Altered)
}

fn scheme(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    hash: Option<Hash>,
) -> Result<&'static dyn signature::VerificationAlgorithm, Fault> {
    if key.algorithm.oid == EC_KEY {
        return elliptic(key, algorithm, hash);
    }
    if key.algorithm.oid != RSA {
        return Err(Fault::WeakAlgorithm);
    }
    if algorithm.oid == RSA_PSS {
        return pss(algorithm, hash);
    }
    no_parameters(algorithm)?;
    let named = match algorithm.oid {
        RSA_SHA256 => Hash::Sha256,
        RSA_SHA384 => Hash::Sha384,
        RSA_SHA512 => Hash::Sha512,
        RSA => hash.ok_or(Fault::Format)?,
        _ => return Err(Fault::WeakAlgorithm),
    };
    must_agree(named, hash)?;
    Ok(match named {
        Hash::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
    })
}

fn must_agree(named: Hash, hash: Option<Hash>) -> Result<(), Fault> {
    if hash.is_some_and(|hash| hash != named) { Err(Fault::Format) } else { Ok(()) }
}

fn elliptic(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    hash: Option<Hash>,
) -> Result<&'static dyn signature::VerificationAlgorithm, Fault> {
    if algorithm.parameters.is_some() {
        return Err(Fault::Format);
    }
    let curve = key.algorithm.parameters.as_ref().and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
    let named = match algorithm.oid {
        ECDSA_SHA256 => Hash::Sha256,
        ECDSA_SHA384 => Hash::Sha384,
        _ => return Err(Fault::WeakAlgorithm),
    };
    must_agree(named, hash)?;
    match (curve, named) {
        (Some(P256), Hash::Sha256) => Ok(&signature::ECDSA_P256_SHA256_ASN1),
        (Some(P256), Hash::Sha384) => Ok(&signature::ECDSA_P256_SHA384_ASN1),
        (Some(P384), Hash::Sha256) => Ok(&signature::ECDSA_P384_SHA256_ASN1),
        (Some(P384), Hash::Sha384) => Ok(&signature::ECDSA_P384_SHA384_ASN1),
        _ => Err(Fault::WeakAlgorithm),
    }
}

/// RSASSA-PSS with one digest for message and mask and a salt as long as the digest: what ring checks.
fn pss(
    algorithm: &AlgorithmIdentifierOwned,
    hash: Option<Hash>,
) -> Result<&'static dyn signature::VerificationAlgorithm, Fault> {
    let parameters = algorithm.parameters.as_ref().ok_or(Fault::WeakAlgorithm)?.to_der().map_err(|_| Fault::Format)?;
    let parts = Vec::<der::Any>::from_der(&parameters).map_err(|_| Fault::Format)?;
    let [digest, mask, salt] = parts.as_slice() else { return Err(Fault::WeakAlgorithm) };
    let inner = |any: &der::Any| AlgorithmIdentifierOwned::from_der(any.value()).map_err(|_| Fault::Format);
    let (digest, mask) = (inner(digest)?, inner(mask)?);
    let named = Hash::of(&digest)?;
    must_agree(named, hash)?;
    let masked = mask.parameters.as_ref().and_then(|p| p.to_der().ok()).ok_or(Fault::Format)?;
    let masked = AlgorithmIdentifierOwned::from_der(&masked).map_err(|_| Fault::Format)?;
    let salt = u8::from_der(salt.value()).map_err(|_| Fault::Format)?;
    if mask.oid != MGF1 || Hash::of(&masked)? != named {
        return Err(Fault::WeakAlgorithm);
    }
    match (named, salt) {
        (Hash::Sha256, 32) => Ok(&signature::RSA_PSS_2048_8192_SHA256),
        (Hash::Sha384, 48) => Ok(&signature::RSA_PSS_2048_8192_SHA384),
        (Hash::Sha512, 64) => Ok(&signature::RSA_PSS_2048_8192_SHA512),
        _ => Err(Fault::WeakAlgorithm),
    }
}

/// The signature algorithm that a key of ours makes with SHA-256.
///
/// # Errors
/// `WeakAlgorithm` for a key that is neither RSA nor elliptic.
pub(crate) fn made_by(key: &SubjectPublicKeyInfoOwned) -> Result<AlgorithmIdentifierOwned, Fault> {
    match key.algorithm.oid {
        RSA => Ok(AlgorithmIdentifierOwned { oid: RSA_SHA256, parameters: Some(der::Any::null()) }),
        EC_KEY => Ok(AlgorithmIdentifierOwned { oid: ECDSA_SHA256, parameters: None }),
        _ => Err(Fault::WeakAlgorithm),
    }
}

pub(crate) fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA256, parameters: None }
}

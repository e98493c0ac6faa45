//! From a certificate up to a trust anchor: names, signatures, validity, what each may be used for, revocation.

use der::{Encode, asn1::ObjectIdentifier};
use kernel_base::Instant;
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::{
    Certificate,
    crl::CertificateList,
    ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage},
};

use crate::{algorithm, asn1, outcome::Fault, trust::Trust};

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const SERVER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
/// Longest way from a certificate to the anchor.
const LONGEST: usize = 8;

/// What the certificate at the beginning was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Signing,
    TimeStamping,
}

/// What a chain was looked at with.
#[derive(Debug)]
pub(crate) struct Chain<'a> {
    pub(crate) trust: &'a Trust,
    /// Certificates that came with the signature.
    pub(crate) given: &'a [Certificate],
    /// Revocation lists that came with the signature.
    pub(crate) lists: &'a [CertificateList],
    /// When the certificate was used.
    pub(crate) at: Instant,
    /// Whether a trusted time stamp proves `at`; without it a revocation counts whenever it was.
    pub(crate) proven: bool,
}

impl Chain<'_> {
    /// Walks from `leaf` to an anchor. Answers whether revocation could be looked up for every certificate.
    ///
    /// # Errors
    /// The first fault on the way, the certificate's own before those of its issuers.
    pub(crate) fn walk(&self, leaf: &Certificate, what: Use) -> Result<bool, Fault> {
        must_be_for(leaf, what)?;
        let mut known = true;
        let mut current = leaf;
        for depth in 0..LONGEST {
            if self.trust.anchors.contains(current) {
                self.must_be_in_force(current)?;
                return Ok(known);
            }
            let issuer = self.issuer_of(current)?;
            self.must_be_in_force(current)?;
            must_be_authority(issuer, depth)?;
            known &= self.must_not_be_revoked(current, issuer)?;
            current = issuer;
        }
        Err(Fault::UnknownIssuer)
    }

    /// The issuer whose key fits. A name that fits with a signature that does not is a changed certificate.
    fn issuer_of(&self, certificate: &Certificate) -> Result<&Certificate, Fault> {
        let name = certificate.tbs_certificate().issuer();
        let mut candidates =
            self.trust.anchors.iter().chain(self.given).filter(|c| c.tbs_certificate().subject() == name).peekable();
        if candidates.peek().is_none() {
            return Err(Fault::UnknownIssuer);
        }
        let mut fault = Fault::UnknownIssuer;
        for candidate in candidates {
            match signed_by(certificate, candidate.tbs_certificate().subject_public_key_info()) {
                Ok(()) => return Ok(candidate),
                Err(found) => fault = found,
            }
        }
        Err(fault)
    }

    fn must_be_in_force(&self, certificate: &Certificate) -> Result<(), Fault> {
        let validity = certificate.tbs_certificate().validity();
        let (from, until) = (asn1::instant(validity.not_before), asn1::instant(validity.not_after));
        if from <= self.at && self.at <= until { Ok(()) } else { Err(Fault::Expired) }
    }

    /// Whether a list of the issuer was known.
    fn must_not_be_revoked(&self, certificate: &Certificate, issuer: &Certificate) -> Result<bool, Fault> {
        let tbs = certificate.tbs_certificate();
        let key = issuer.tbs_certificate().subject_public_key_info();
        let mut known = false;
        for list in self.trust.lists.iter().chain(self.lists) {
            let content = &list.tbs_cert_list;
            if content.issuer != *tbs.issuer() || list_signed_by(list, key).is_err() {
                continue;
            }
            known = true;
            for entry in content.revoked_certificates.iter().flatten() {
                let before = !self.proven || asn1::instant(entry.revocation_date) <= self.at;
                if entry.serial_number == *tbs.serial_number() && before {
                    return Err(Fault::Revoked);
                }
            }
        }
        Ok(known)
    }
}

/// Every certificate and list that came with a signature fits its issuer, as far as the issuer is known: nothing that
/// travels beside the signature may have been changed.
///
/// # Errors
/// `Altered` for one that does not.
pub(crate) fn must_all_fit(trust: &Trust, given: &[Certificate], lists: &[CertificateList]) -> Result<(), Fault> {
    let named = |name: &x509_cert::name::Name| -> Vec<&Certificate> {
        trust.anchors.iter().chain(given).filter(|c| c.tbs_certificate().subject() == name).collect()
    };
    for certificate in given {
        let issuers = named(certificate.tbs_certificate().issuer());
        let fits = |c: &&Certificate| signed_by(certificate, c.tbs_certificate().subject_public_key_info()).is_ok();
        if !issuers.is_empty() && !issuers.iter().any(fits) {
            return Err(Fault::Altered);
        }
    }
    for list in lists {
        let issuers = named(&list.tbs_cert_list.issuer);
        let fits = |c: &&Certificate| list_signed_by(list, c.tbs_certificate().subject_public_key_info()).is_ok();
        if !issuers.iter().any(fits) {
            return Err(Fault::Altered);
        }
    }
    Ok(())
}

fn signed_by(certificate: &Certificate, key: &SubjectPublicKeyInfoOwned) -> Result<(), Fault> {
    let tbs = certificate.tbs_certificate();
    if tbs.signature() != certificate.signature_algorithm() {
        return Err(Fault::Altered);
    }
    let message = tbs.to_der().map_err(asn1::malformed)?;
    let value = certificate.signature().as_bytes().ok_or(Fault::Format)?;
    algorithm::verify(key, certificate.signature_algorithm(), None, &message, value)
}

fn list_signed_by(list: &CertificateList, key: &SubjectPublicKeyInfoOwned) -> Result<(), Fault> {
    if list.tbs_cert_list.signature != list.signature_algorithm {
        return Err(Fault::Altered);
    }
    let message = list.tbs_cert_list.to_der().map_err(asn1::malformed)?;
    let value = list.signature.as_bytes().ok_or(Fault::Format)?;
    algorithm::verify(key, &list.signature_algorithm, None, &message, value)
}

fn must_be_authority(issuer: &Certificate, depth: usize) -> Result<(), Fault> {
    let tbs = issuer.tbs_certificate();
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(asn1::malformed)?;
    let long_enough = |c: &BasicConstraints| c.path_len_constraint.is_none_or(|most| depth <= usize::from(most));
    let may_certify = match tbs.get_extension::<KeyUsage>().map_err(asn1::malformed)? {
        Some((_, usage)) => usage.key_cert_sign(),
        None => true,
    };
    match constraints {
        Some((_, c)) if c.ca && long_enough(&c) && may_certify => Ok(()),
        _ => Err(Fault::UnknownIssuer),
    }
}

fn must_be_for(leaf: &Certificate, what: Use) -> Result<(), Fault> {
    let tbs = leaf.tbs_certificate();
    if tbs.get_extension::<BasicConstraints>().map_err(asn1::malformed)?.is_some_and(|(_, c)| c.ca) {
        return Err(Fault::WrongUse);
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(asn1::malformed)?;
    if usage.is_some_and(|(_, u)| !u.digital_signature() && !u.non_repudiation()) {
        return Err(Fault::WrongUse);
    }
    let extended = tbs.get_extension::<ExtendedKeyUsage>().map_err(asn1::malformed)?.map(|(_, e)| e.0);
    let fits = match (what, extended) {
        (Use::TimeStamping, Some(uses)) => uses.contains(&TIME_STAMPING),
        (Use::TimeStamping, None) => false,
        (Use::Signing, Some(uses)) => !uses.iter().all(|u| *u == SERVER || *u == TIME_STAMPING),
        (Use::Signing, None) => true,
    };
    if fits { Ok(()) } else { Err(Fault::WrongUse) }
}

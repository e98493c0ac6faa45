//! Checks every signature of a PDF.

use kernel_base::Instant;
use x509_cert::Certificate;

use crate::{
    MAX_FILE, asn1,
    chain::{self, Chain, Use},
    cms_read::Signed,
    outcome::{DocumentCheck, Fault, SignatureCheck, Verdict},
    pdf_read::{self, Found, Kind, Place},
    revisions, stamp,
    trust::Trust,
};

/// Says of a PDF whether every signature is valid; bytes of strangers are expected. `now` counts for signatures
/// without a time stamp. Call it in a process with limits when the bytes are not ours.
#[must_use]
pub fn check(bytes: &[u8], trust: &Trust, now: Instant) -> DocumentCheck {
    if bytes.len() > MAX_FILE {
        return DocumentCheck::unreadable();
    }
    let Some(document) = pdf_read::load(bytes) else { return DocumentCheck::unreadable() };
    let found = match pdf_read::signatures(&document, bytes) {
        Ok(found) => found,
        Err(fault) => return DocumentCheck { verdict: Verdict::Invalid(fault), signatures: Vec::new() },
    };
    let last = found.iter().filter_map(|f| f.place.as_ref().ok()).map(|place| place.end).max();
    let mut first_fault = None;
    let mut signatures = Vec::new();
    for one in &found {
        let mut result = SignatureCheck::default();
        let outcome = look(one, bytes, trust, now, &mut result).and_then(|place| {
            if place.end == bytes.len() {
                Ok(())
            } else if Some(place.end) == last {
                // Something stands after the last signature.
                Err(Fault::Altered)
            } else {
                revisions::only_signatures_added(bytes.get(..place.end).unwrap_or_default(), &document)
            }
        });
        result.fault = outcome.err();
        first_fault = first_fault.or(result.fault);
        if one.kind != Kind::DocumentStamp {
            signatures.push(result);
        }
    }
    let verdict = match first_fault {
        Some(fault) => Verdict::Invalid(fault),
        None if signatures.is_empty() => Verdict::NoSignature,
        None => Verdict::Valid,
    };
    DocumentCheck { verdict, signatures }
}

/// Everything about one signature but what was appended later.
fn look<'a>(
    found: &'a Found,
    bytes: &[u8],
    trust: &Trust,
    now: Instant,
    result: &mut SignatureCheck,
) -> Result<&'a Place, Fault> {
    let place = found.place.as_ref().map_err(|fault| *fault)?;
    let before = bytes.get(..place.from).ok_or(Fault::Format)?;
    let after = bytes.get(place.to..place.end).ok_or(Fault::Format)?;
    match found.kind {
        Kind::Other => return Err(Fault::Format),
        Kind::DocumentStamp => {
            stamp::verify(&place.cms, &[before, after], trust, &[], &[])?;
            return Ok(place);
        }
        Kind::Signature => {}
    }
    let signed = Signed::read(&place.cms, asn1::ID_DATA)?;
    let leaf = signed.leaf()?;
    describe(leaf, result);
    signed.must_sign(&[before, after], asn1::ID_DATA)?;
    let stamped = stamped_at(&signed, trust)?;
    result.stamped_at = stamped;
    let chain = Chain {
        trust,
        given: &signed.certificates,
        lists: &signed.lists,
        at: stamped.unwrap_or(now),
        proven: stamped.is_some(),
    };
    result.revocation_known = chain.walk(leaf, Use::Signing)?;
    chain::must_all_fit(trust, &signed.certificates, &signed.lists)?;
    Ok(place)
}

fn stamped_at(signed: &Signed, trust: &Trust) -> Result<Option<Instant>, Fault> {
    let Some(beside) = &signed.signer.unsigned_attrs else { return Ok(None) };
    let Some(token) = asn1::single(beside, asn1::TIME_STAMP_TOKEN)? else { return Err(Fault::Format) };
    let token = der::Encode::to_der(token).map_err(asn1::malformed)?;
    let value = signed.signer.signature.as_bytes();
    stamp::verify(&token, &[value], trust, &signed.certificates, &signed.lists).map(Some)
}

fn describe(leaf: &Certificate, result: &mut SignatureCheck) {
    let tbs = leaf.tbs_certificate();
    let text = |name: der::Result<Option<x509_cert::ext::pkix::name::DirectoryString>>| {
        name.ok().flatten().map(|n| kernel_base::text::clean_line(&n.value())).unwrap_or_default()
    };
    result.signer = text(tbs.subject().common_name());
    result.organisation = text(tbs.subject().organization());
    result.issuer = text(tbs.issuer().common_name());
    result.serial = hex::encode(tbs.serial_number().as_bytes());
}

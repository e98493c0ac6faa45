//! What was appended after a signature: a further signature is fine, everything else is a change of the document.

use std::collections::HashSet;

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::{outcome::Fault, pdf_read};

/// Compares the file as it was signed with the file as it is.
///
/// # Errors
/// `Altered` when anything but signature fields, their widgets and what belongs to checking them was added.
pub(crate) fn only_signatures_added(signed: &[u8], whole: &Document) -> Result<(), Fault> {
    let before = pdf_read::load(signed).ok_or(Fault::Altered)?;
    let root = |document: &Document| document.trailer.get(b"Root").and_then(Object::as_reference).ok();
    let catalog = root(&before).ok_or(Fault::Altered)?;
    if root(whole) != Some(catalog) {
        return Err(Fault::Altered);
    }
    let pages: HashSet<ObjectId> = before.page_iter().collect();
    let form = before.get_dictionary(catalog).ok().and_then(|c| c.get(b"AcroForm").and_then(Object::as_reference).ok());
    for (id, old) in &before.objects {
        if is_container(old) {
            continue;
        }
        let new = whole.objects.get(id).ok_or(Fault::Altered)?;
        if old == new {
            continue;
        }
        let (Object::Dictionary(old), Object::Dictionary(new)) = (old, new) else { return Err(Fault::Altered) };
        let allowed: &[&[u8]] = if *id == catalog {
            &[b"AcroForm", b"DSS", b"Extensions", b"Perms"]
        } else if pages.contains(id) {
            must_extend(whole, old, new, b"Annots")?;
            &[b"Annots", b"Tabs"]
        } else if Some(*id) == form {
            must_extend(whole, old, new, b"Fields")?;
            &[b"Fields", b"SigFlags"]
        } else {
            return Err(Fault::Altered);
        };
        if !same_but(old, new, allowed) {
            return Err(Fault::Altered);
        }
    }
    Ok(())
}

/// Tables and packed objects of the file itself.
fn is_container(object: &Object) -> bool {
    let Object::Stream(stream) = object else { return false };
    let kind = stream.dict.get(b"Type").and_then(Object::as_name).unwrap_or_default();
    kind == b"XRef" || kind == b"ObjStm"
}

fn same_but(old: &Dictionary, new: &Dictionary, allowed: &[&[u8]]) -> bool {
    let kept = |a: &Dictionary, b: &Dictionary| {
        a.iter().all(|(key, value)| allowed.contains(&key.as_slice()) || b.get(key).is_ok_and(|other| other == value))
    };
    kept(old, new) && kept(new, old)
}

/// The list begins with what it was; what came after are signature fields without extent or with a place of their own.
fn must_extend(whole: &Document, old: &Dictionary, new: &Dictionary, key: &[u8]) -> Result<(), Fault> {
    let list = |dictionary: &Dictionary| -> Vec<Object> {
        let found = dictionary.get(key).and_then(|object| whole.dereference(object));
        found.ok().and_then(|(_, object)| object.as_array().ok()).cloned().unwrap_or_default()
    };
    let (old, new) = (list(old), list(new));
    let added = new.strip_prefix(old.as_slice()).ok_or(Fault::Altered)?;
    let is_field = |object: &Object| {
        let Ok((_, Object::Dictionary(field))) = whole.dereference(object) else { return false };
        field.get(b"FT").and_then(Object::as_name).is_ok_and(|kind| kind == b"Sig")
    };
    if added.iter().all(is_field) { Ok(()) } else { Err(Fault::Altered) }
}

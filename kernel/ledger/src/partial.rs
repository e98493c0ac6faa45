//! Some events of the tree and just enough hashes beside them, so that anyone can compute the root of the whole tree.

use std::collections::BTreeMap;

use kernel_base::{Error, Result};
use kernel_db::Tx;

use crate::{
    merkle::{self, Hash},
    seal, store,
};

/// Where the events of a subject stand in the tree: sequence number → leaf.
///
/// # Errors
/// Those of the database.
pub fn leaves_of(tx: &mut Tx<'_>, subject: &str) -> Result<BTreeMap<i64, u64>> {
    let rows = store::leaves_of(tx, subject)?;
    Ok(rows.into_iter().map(|(seq, index)| (seq, index.cast_unsigned())).collect())
}

/// Hashes of the subtrees that hold none of `leaves`, from the left, for a tree of `size` leaves. `leaves` is sorted.
///
/// # Errors
/// `Internal` when leaves are missing.
pub fn beside(tx: &mut Tx<'_>, size: u64, leaves: &[u64]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if size > 0 {
        collect(tx, 0, size, leaves, &mut found)?;
    }
    Ok(found)
}

fn collect(tx: &mut Tx<'_>, start: u64, end: u64, leaves: &[u64], found: &mut Vec<String>) -> Result<()> {
    let from = leaves.partition_point(|leaf| *leaf < start);
    let until = leaves.partition_point(|leaf| *leaf < end);
    if from == until {
        found.push(hex::encode(seal::range(tx, start, end)?));
        return Ok(());
    }
    if end - start == 1 {
        return Ok(());
    }
    let middle = start + merkle::split(end - start);
    collect(tx, start, middle, leaves, found)?;
    collect(tx, middle, end, leaves, found)
}

/// The root of a tree of `size` leaves from some of its events and the hashes beside them; `None` when they do not fit.
pub fn root_of(size: u64, events: &BTreeMap<u64, Hash>, beside: &[String]) -> Option<String> {
    let mut rest = beside.iter();
    let root = fold(0, size, events, &mut rest)?;
    rest.next().is_none().then(|| hex::encode(root))
}

fn fold(start: u64, end: u64, events: &BTreeMap<u64, Hash>, beside: &mut std::slice::Iter<'_, String>) -> Option<Hash> {
    if end <= start {
        return None;
    }
    if events.range(start..end).next().is_none() {
        return merkle::from_hex(beside.next()?);
    }
    if end - start == 1 {
        return events.get(&start).map(|data| merkle::leaf(data));
    }
    let middle = start + merkle::split(end - start);
    let left = fold(start, middle, events, beside)?;
    let right = fold(middle, end, events, beside)?;
    Some(merkle::node(&left, &right))
}

/// The last signed root of the home, of a day not after `day`.
///
/// # Errors
/// Those of the database.
pub fn signed_root(tx: &mut Tx<'_>, day: jiff::civil::Date) -> Result<Option<crate::SignedRoot>> {
    let all = store::daily_roots(tx)?;
    let found = all.into_iter().rfind(|root| root.day <= day);
    match found {
        Some(root) if root.size < 0 => Err(Error::internal("daily_roots: a negative size")),
        other => Ok(other),
    }
}

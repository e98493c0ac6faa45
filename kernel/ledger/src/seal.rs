//! Sealing: waiting events become leaves of the home's Merkle tree.

use kernel_base::{Error, Home, Instant, Result};
use kernel_db::{Db, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    merkle::{self, Frontier, Hash, Proof},
    store,
};

/// Events sealed at once, so that the writer is free again after some milliseconds.
const BATCH: i64 = 500;

/// Perfect subtrees from this level on (2^8 leaves) are stored; smaller ones are computed from their leaves.
pub(crate) const STORED_LEVEL: u32 = 8;

/// The root of the tree after a seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Number of leaves.
    pub size: i64,
    /// 64 hex digits.
    pub root: String,
    pub sealed_at: Instant,
}

/// Seals up to 500 waiting events; `None` when none waits. Call it until then.
///
/// # Errors
/// `Stale` when another process sealed at the same time; `Internal` when the stored right edge is broken.
pub fn seal(tx: &mut Tx<'_>) -> Result<Option<Root>> {
    let tree = store::tree(tx)?;
    let version = tree.as_ref().map(|(_, _, version)| *version);
    let mut frontier = match tree {
        Some((size, nodes, _)) => frontier(size, &nodes)?,
        None => Frontier::default(),
    };
    let waiting = store::unsealed(tx, BATCH)?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let first = frontier.size();
    let mut completed = Vec::new();
    for (subject, seq, hash) in &waiting {
        let data = merkle::from_hex(hash)
            .ok_or_else(|| Error::internal(format!("events {subject}/{seq}: the hash is not 64 hex digits")))?;
        completed.extend(frontier.push(merkle::leaf(&data)).into_iter().filter(|done| done.level >= STORED_LEVEL));
    }
    // The tree first: a process that lost the race stops here, before the work.
    let edge: Vec<String> = frontier.nodes().iter().map(hex::encode).collect();
    store::save_tree(tx, frontier.size().cast_signed(), &edge, version)?;
    for (index, (subject, seq, hash)) in (first..).zip(&waiting) {
        store::insert_leaf(tx, index.cast_signed(), subject, *seq, hash)?;
    }
    for done in &completed {
        store::insert_tree_node(tx, done)?;
    }
    let root = Root { size: frontier.size().cast_signed(), root: hex::encode(frontier.root()), sealed_at: tx.now() };
    store::insert_root(tx, root.size, &root.root)?;
    Ok(Some(root))
}

/// Seals everything that waits, in several transactions. How many events the tree grew by.
///
/// # Errors
/// As [`seal`]; what was sealed before the error stays sealed.
pub fn seal_waiting(db: &Db, home: &Home) -> Result<i64> {
    let before = db.read_blocking(home, last_root)?.map_or(0, |root| root.size);
    let mut after = before;
    while let Some(root) = db.write_blocking(home, seal)? {
        after = root.size;
    }
    Ok(after - before)
}

fn frontier(size: i64, nodes: &[String]) -> Result<Frontier> {
    let nodes: Option<Vec<Hash>> = nodes.iter().map(|text| merkle::from_hex(text)).collect();
    nodes
        .and_then(|nodes| Frontier::new(size.cast_unsigned(), nodes))
        .ok_or_else(|| Error::internal("trees: the stored right edge does not fit the size; run verify"))
}

/// The root of the last seal.
///
/// # Errors
/// Those of the database.
pub fn last_root(tx: &mut Tx<'_>) -> Result<Option<Root>> {
    let row = store::last_root(tx)?;
    Ok(row.map(|(size, root, sealed_at)| Root { size, root, sealed_at }))
}

/// Shows that an event is in the tree of the last seal; `None` when it is unknown or not sealed yet.
/// Check it with [`merkle::proves`].
///
/// # Errors
/// `Internal` when leaves are missing.
pub fn inclusion_proof(tx: &mut Tx<'_>, subject: &str, seq: i64) -> Result<Option<(Proof, Root)>> {
    let (Some(root), Some(index)) = (last_root(tx)?, store::leaf_index(tx, subject, seq)?) else { return Ok(None) };
    let index = index.cast_unsigned();
    let size = root.size.cast_unsigned();
    let (mut start, mut end) = (0, size);
    let mut from_the_top = Vec::new();
    while end - start > 1 {
        let middle = start + merkle::split(end - start);
        let beside = if index < middle { (middle, end) } else { (start, middle) };
        from_the_top.push(hex::encode(range(tx, beside.0, beside.1)?));
        if index < middle {
            end = middle;
        } else {
            start = middle;
        }
    }
    from_the_top.reverse();
    Ok(Some((Proof { leaf_index: index, size, path: from_the_top }, root)))
}

/// Root of the leaves from `start` on, `end` excluded; a subtree of the tree.
pub(crate) fn range(tx: &mut Tx<'_>, start: u64, end: u64) -> Result<Hash> {
    let width = end - start;
    if width < 1 << STORED_LEVEL {
        return small_range(tx, start, end);
    }
    if width.is_power_of_two() {
        let (level, position) = (width.trailing_zeros(), start / width);
        let stored = store::tree_node(tx, i64::from(level), position.cast_signed())?;
        return stored
            .and_then(|text| merkle::from_hex(&text))
            .ok_or_else(|| Error::internal(format!("tree_nodes {level}/{position} is missing; run verify")));
    }
    let middle = start + merkle::split(width);
    Ok(merkle::node(&range(tx, start, middle)?, &range(tx, middle, end)?))
}

fn small_range(tx: &mut Tx<'_>, start: u64, end: u64) -> Result<Hash> {
    let mut tree = Frontier::default();
    for text in store::leaf_hashes(tx, start.cast_signed(), end.cast_signed())? {
        let data = merkle::from_hex(&text).ok_or_else(|| Error::internal("leaves: a hash is not 64 hex digits"))?;
        tree.push(merkle::leaf(&data));
    }
    if tree.size() != end - start {
        return Err(Error::internal(format!("leaves: some of {start}..{end} are missing; run verify")));
    }
    Ok(tree.root())
}

//! The Merkle tree of RFC 6962 (Certificate Transparency), section 2.1: pure functions over hashes.
//!
//! Leaf: SHA-256(0x00, data); node: SHA-256(0x01, left, right); a tree of n leaves splits at the largest power of two
//! below n. The data of a leaf is the 32 bytes of an event's hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// 32 bytes of SHA-256.
pub type Hash = [u8; 32];

/// Hash of a leaf holding `data`.
pub fn leaf(data: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(data);
    hasher.finalize().into()
}

/// Hash of a node above two others.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The largest power of two below `n`; `n` is at least 2.
pub(crate) fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// A perfect subtree that a new leaf has completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// The subtree has 2^level leaves.
    pub level: u32,
    /// Counts the subtrees of this level from the left, from 0.
    pub position: u64,
    pub hash: Hash,
}

/// The right edge of a growing tree: the roots of its perfect subtrees, the largest first.
/// Enough to add leaves and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

impl Frontier {
    /// `None` when the number of nodes is not that of a tree of `size` leaves.
    pub fn new(size: u64, nodes: Vec<Hash>) -> Option<Self> {
        (nodes.len() == size.count_ones() as usize).then_some(Self { size, nodes })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Adds a leaf; the perfect subtrees of two leaves and more that it completes, the smallest first.
    pub fn push(&mut self, leaf: Hash) -> Vec<Completed> {
        let index = self.size;
        let mut completed = Vec::new();
        let mut hash = leaf;
        for level in 1..=index.trailing_ones() {
            let Some(left) = self.nodes.pop() else { break };
            hash = node(&left, &hash);
            completed.push(Completed { level, position: index >> level, hash });
        }
        self.nodes.push(hash);
        self.size += 1;
        completed
    }

    /// Root of the tree; of the empty tree it is SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let mut from_the_right = self.nodes.iter().rev();
        let Some(last) = from_the_right.next() else { return Sha256::digest([]).into() };
        from_the_right.fold(*last, |right, left| node(left, &right))
    }
}

/// Shows that one event is in the tree with a known root, to someone who has neither the tree nor the other events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub leaf_index: u64,
    /// Leaves of the tree the proof is for.
    pub size: u64,
    /// Hashes beside the way from the leaf to the root, hex, the leaf's neighbour first.
    pub path: Vec<String>,
}

/// Checks a proof (RFC 9162, section 2.1.3.2): `data` is the event's hash, `root` that of a tree of `proof.size` leaves.
pub fn proves(proof: &Proof, data: &Hash, root: &Hash) -> bool {
    if proof.leaf_index >= proof.size {
        return false;
    }
    let (mut at, mut last) = (proof.leaf_index, proof.size - 1);
    let mut hash = leaf(data);
    for step in &proof.path {
        let Some(beside) = from_hex(step) else { return false };
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(&beside, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, &beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// 64 hex digits as bytes.
pub fn from_hex(text: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962, word for word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => leaf(one),
            many => {
                let k = split(many.len() as u64) as usize;
                node(&naive_root(&many[..k]), &naive_root(&many[k..]))
            }
        }
    }

    fn naive_path(index: usize, leaves: &[Hash]) -> Vec<String> {
        if leaves.len() < 2 {
            return Vec::new();
        }
        let k = split(leaves.len() as u64) as usize;
        let (mut path, beside) = if index < k {
            (naive_path(index, &leaves[..k]), naive_root(&leaves[k..]))
        } else {
            (naive_path(index - k, &leaves[k..]), naive_root(&leaves[..k]))
        };
        path.push(hex::encode(beside));
        path
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| Sha256::digest(n.to_string()).into()).collect()
    }

    #[test]
    fn the_empty_tree_and_the_first_leaf_have_the_roots_of_the_standard() {
        let mut tree = Frontier::default();
        assert_eq!(hex::encode(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        // Test vector of Certificate Transparency: one leaf of no bytes.
        tree.push(leaf(&[]));
        assert_eq!(hex::encode(tree.root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn the_frontier_has_the_root_of_the_naive_tree_at_every_size() {
        let all = leaves(300);
        let mut tree = Frontier::default();
        for size in 0..all.len() {
            assert_eq!(tree.root(), naive_root(&all[..size]), "{size}");
            for done in tree.push(leaf(&all[size])) {
                let width = 1usize << done.level;
                let start = done.position as usize * width;
                assert_eq!(done.hash, naive_root(&all[start..start + width]), "{size} {done:?}");
            }
        }
    }

    #[test]
    fn a_frontier_with_a_wrong_number_of_nodes_is_refused() {
        assert!(Frontier::new(3, vec![[0; 32]]).is_none());
        assert!(Frontier::new(3, vec![[0; 32]; 2]).is_some());
    }

    proptest! {
        #[test]
        fn a_proof_of_any_leaf_holds_and_a_changed_one_does_not(count in 1usize..200, pick in any::<prop::sample::Index>(), bit in 0usize..256) {
            let all = leaves(count);
            let index = pick.index(count);
            let root = naive_root(&all);
            let proof = Proof { leaf_index: index as u64, size: count as u64, path: naive_path(index, &all) };
            prop_assert!(proves(&proof, &all[index], &root));

            let mut other = all[index];
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!proves(&proof, &other, &root));
            let mut shorter = proof.clone();
            if shorter.path.pop().is_some() {
                prop_assert!(!proves(&shorter, &all[index], &root));
            }
            let mut longer = proof.clone();
            longer.path.push(hex::encode(root));
            prop_assert!(!proves(&longer, &all[index], &root));
            let elsewhere = Proof { leaf_index: proof.leaf_index + 1, ..proof };
            prop_assert!(!proves(&elsewhere, &all[index], &root));
        }
    }
}

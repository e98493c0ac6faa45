//! All SQL of the system.

pub(crate) mod erasures;
mod reuses;

pub(crate) use erasures::Erasure;
pub(crate) use reuses::{
    ReuseRow, choose, erase_choices, hand_over_reuses, insert_reuse, reuses_of, withdraw_reuse, withdrawn,
};

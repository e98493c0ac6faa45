//! Forms that were read before. A form depends on its definition alone, so that remembering it changes nothing but
//! the time; the definition itself is compared, not only its hash.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{OnceLock, PoisonError, RwLock},
};

use serde_json::Value;

use crate::Form;

/// More forms than a province has in use; beyond it the memory starts afresh.
const MOST: usize = 1_000;

fn memory() -> &'static RwLock<HashMap<u64, Form>> {
    static MEMORY: OnceLock<RwLock<HashMap<u64, Form>>> = OnceLock::new();
    MEMORY.get_or_init(RwLock::default)
}

fn hash(schema: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    schema.hash(&mut hasher);
    hasher.finish()
}

pub(crate) fn recall(schema: &Value) -> Option<Form> {
    let known = memory().read().unwrap_or_else(PoisonError::into_inner);
    known.get(&hash(schema)).filter(|form| form.schema() == schema).cloned()
}

pub(crate) fn keep(form: &Form) {
    let mut known = memory().write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(hash(form.schema()), form.clone());
}

//! What is kept of a person: given out, and erased where the law allows it. Each system answers for its own tables.

use std::sync::Arc;

use jiff::civil::Date;
use kernel_base::{Result, Words};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::Value;

/// What one system keeps of a person, for the person.
#[derive(Debug, Clone, Default)]
pub struct OwnData {
    /// Machine-readable, for the export.
    pub data: Value,
    /// Stored files that belong to it: identifier and name in the export.
    pub files: Vec<(String, String)>,
    /// How many records there are.
    pub count: usize,
}

/// Something that may not be erased yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptByLaw {
    /// `Hồ sơ 000.12.33.H47-210726-0001`
    pub what: Words,
    /// In plain words: why.
    pub why: Words,
    /// Last day on which it is kept; `None` = until it has ended.
    pub until: Option<Date>,
}

/// A system that keeps data of people.
pub trait PersonalData: Send + Sync {
    /// Name of this part for people, e.g. "Hồ sơ".
    fn name(&self) -> Words;

    /// Word of this part in the export, e.g. `dossiers`.
    fn code(&self) -> &'static str;

    /// Everything that is kept of the person.
    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData>;

    /// What may not be erased today.
    fn kept_by_law(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<Vec<KeptByLaw>>;

    /// Erases everything else, with the files; how many records. Runs again later for what was kept.
    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize>;
}

/// Every system that keeps data of people, in the order of erasing: the account comes last.
#[derive(Clone, Default)]
pub struct PersonalDataHolders(pub Vec<Arc<dyn PersonalData>>);

impl std::fmt::Debug for PersonalDataHolders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|holder| holder.code())).finish()
    }
}

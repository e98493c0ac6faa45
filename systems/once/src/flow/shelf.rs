//! The person's store (kho dữ liệu điện tử): papers and results of earlier dossiers with their validity. Nothing is
//! copied: it is read from the dossiers, and points at the stored files.

use jiff::civil::Date;
use kernel_base::{Instant, Result};
use kernel_db::Tx;
use kernel_org::Actor;

use super::prefill::{citizen, earlier};
use crate::model::{valid_until, vocabulary};

/// A paper or result in the store.
#[derive(Debug, Clone)]
pub(crate) struct Shelved {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) sha256: String,
    /// Code of the dossier it stands in.
    pub(crate) source: String,
    pub(crate) at: Instant,
    pub(crate) valid_until: Option<Date>,
    pub(crate) result: bool,
    /// What its validity rests on; empty when its kind is not known.
    pub(crate) rule: &'static str,
    /// It can still be used.
    pub(crate) good: bool,
}

/// Everything in the person's store, newest first.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn shelf(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Shelved>> {
    citizen(actor)?;
    let today = tx.now().vietnam().date();
    let vocabulary = vocabulary()?;
    let mut found = Vec::new();
    for dossier in earlier(tx, actor)? {
        let results = dossier.result.iter().map(|paper| (paper, true));
        for (paper, result) in results.chain(dossier.papers.iter().map(|paper| (paper, false))) {
            let last = valid_until(vocabulary, &dossier, paper, result);
            found.push(Shelved {
                name: paper.name.clone(),
                file: paper.file.clone(),
                sha256: paper.sha256.clone(),
                source: dossier.code.to_string(),
                at: paper.at,
                valid_until: last,
                rule: vocabulary.rule_of(&paper.paper),
                result,
                good: last.is_none_or(|last| last >= today),
            });
        }
    }
    Ok(found)
}

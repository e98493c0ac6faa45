//! Many dossiers at once; each is its own success or its own sentence.

use kernel_base::{Error, Kind, Result};
use kernel_db::Tx;
use kernel_org::Actor;
use serde::Serialize;

use super::{accept, forward};
use crate::{
    model::{Accept, Forward},
    store,
};

/// What became of one dossier of a batch.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub code: String,
    pub status: Option<String>,
    /// Vietnamese sentence when it could not be done.
    pub error: Option<String>,
}

/// Most dossiers in one batch, so that the writer is held for milliseconds only.
pub(crate) const MOST: usize = 50;

/// Accepts each dossier; one that cannot be accepted does not stop the others.
///
/// # Errors
/// `Invalid` for more than 50; others only from the database.
pub fn accept_many(tx: &mut Tx<'_>, actor: &Actor, codes: &[String]) -> Result<Vec<Outcome>> {
    each(codes, |code| accept(tx, actor, code, &Accept::default()).map(|d| d.state.word().to_owned()))
}

/// Forwards each dossier along its main way.
///
/// # Errors
/// As [`accept_many`].
pub fn forward_many(tx: &mut Tx<'_>, actor: &Actor, codes: &[String]) -> Result<Vec<Outcome>> {
    each(codes, |code| forward(tx, actor, code, &Forward::default()).map(|d| d.state.word().to_owned()))
}

pub(super) fn each(codes: &[String], mut act: impl FnMut(&str) -> Result<String>) -> Result<Vec<Outcome>> {
    if codes.len() > MOST {
        return Err(Error::refused(
            "too_many",
            ("Hãy chọn tối đa 50 hồ sơ mỗi lần.", "Choose at most 50 dossiers at a time."),
        ));
    }
    let mut outcomes = Vec::with_capacity(codes.len());
    for code in codes {
        let (status, error) = match act(code) {
            Ok(status) => (Some(status), None),
            Err(e) if matches!(e.kind, Kind::Stale | Kind::Internal | Kind::Unavailable) => return Err(e),
            Err(e) if kernel_db::constraint(&e).is_some() => return Err(e),
            Err(e) => (None, Some(e.words.vi)),
        };
        outcomes.push(Outcome { code: code.clone(), status, error });
    }
    Ok(outcomes)
}

/// Counters of an agency's open work.
pub(crate) fn counts(tx: &mut Tx<'_>, agency: &kernel_base::AgencyId) -> Result<Vec<(String, i64)>> {
    store::counts_of(tx, agency)
}

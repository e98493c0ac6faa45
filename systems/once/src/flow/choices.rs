//! Consents: seen, withdrawn, given back. And who read what.

use kernel_base::{Error, Instant, Result, TypedId, Words};
use kernel_contract::OriginKind;
use kernel_db::Tx;
use kernel_org::{
    AccountId, Actor,
    reads::{NATIONAL_PORTAL, ReadFilter, ReadRow, reads_of},
};
use serde_json::json;

use super::prefill::{citizen, record};
use crate::{
    account,
    store::{self, ReuseRow},
};

/// Sources a person can withdraw, and which are.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn sources(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<(OriginKind, bool)>> {
    let withdrawn = store::withdrawn(tx, citizen(actor)?.account.as_str())?;
    let kinds = [OriginKind::SignOn, OriginKind::EarlierDossier, OriginKind::Store];
    Ok(kinds.into_iter().map(|kind| (kind, withdrawn.contains(&kind))).collect())
}

/// Withdraws a source, or gives it back. From the next request on nothing is offered from it.
///
/// # Errors
/// `Invalid` for what is no source; `Unauthenticated` for who is not a citizen.
pub(crate) fn choose_source(tx: &mut Tx<'_>, actor: &Actor, source: &str, withdrawn: bool) -> Result<()> {
    let account = citizen(actor)?.account.clone();
    let kind = OriginKind::parse(source).filter(|kind| *kind != OriginKind::Typed).ok_or_else(no_such_source)?;
    store::choose(tx, account.as_str(), kind, withdrawn)?;
    let word = if withdrawn { "source.withdrawn" } else { "source.given" };
    record(tx, actor, word, json!({ "source": kind.as_str() }))
}

fn no_such_source() -> Error {
    Error::not_found("source_not_found", ("Không có nguồn dữ liệu này.", "There is no such source."))
}

/// The person's recorded re-uses.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn reuses(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<ReuseRow>> {
    store::reuses_of(tx, citizen(actor)?.account.as_str())
}

/// Withdraws one recorded re-use; past uses remain in the log.
///
/// # Errors
/// `NotFound` for another person's; withdrawing twice is no error.
pub(crate) fn withdraw_reuse(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<()> {
    let account = citizen(actor)?.account.clone();
    if store::withdraw_reuse(tx, account.as_str(), id)? {
        return record(tx, actor, "reuse.withdrawn", json!({ "reuse": id }));
    }
    let known = store::reuses_of(tx, account.as_str())?.iter().any(|reuse| reuse.id == id);
    if known { Ok(()) } else { Err(no_such_source()) }
}

/// A read, in words.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) row: ReadRow,
    pub(crate) reader: String,
    pub(crate) agency: String,
    pub(crate) why: Words,
    /// Which data, in words.
    pub(crate) shown: Vec<Words>,
}

/// Who read the person's data, newest first, and how many reads there are.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn who_read(tx: &mut Tx<'_>, actor: &Actor, filter: &ReadFilter) -> Result<(Vec<Seen>, i64)> {
    let account = citizen(actor)?.account.clone();
    let (rows, all) = reads_of(tx, account.as_str(), filter)?;
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        let at: Instant = row.at;
        let reader = match row.reader.split_once(':') {
            Some(("officer", id)) => kernel_org::officer_name(tx, id)?.unwrap_or_default(),
            Some(("account", id)) => account::name_of(tx, id)?,
            Some(("system", NATIONAL_PORTAL)) => "Cổng Dịch vụ công quốc gia".to_owned(),
            _ => String::new(),
        };
        let agency = match kernel_base::AgencyId::parse(&row.agency) {
            Some(id) => kernel_org::agency(tx, &id, at)?.map_or_else(|| id.to_string(), |agency| agency.name),
            None => String::new(),
        };
        let why = row.purpose.map(|purpose| purpose.words()).unwrap_or_default();
        let shown = row.fields.iter().map(|field| field.words()).collect();
        seen.push(Seen { row, reader, agency, why, shown });
    }
    Ok((seen, all))
}

/// Gives the recorded re-uses and withdrawn sources of one account to another, when two accounts of one person become
/// one. A source that either withdrew stays withdrawn.
///
/// # Errors
/// Those of the database.
pub fn hand_over(tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
    for source in store::withdrawn(tx, from.as_str())? {
        store::choose(tx, to.as_str(), source, true)?;
    }
    store::hand_over_reuses(tx, from.as_str(), to.as_str())
}

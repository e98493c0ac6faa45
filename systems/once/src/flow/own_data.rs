//! What is kept of a person: counted, given out, erased.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::{Error, Result, TypedId, Words, typed_id};
use kernel_contract::{EarlierDossiers, KeptByLaw, OwnData, PersonalData, PersonalDataHolders};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor, CitizenActor};
use serde_json::{Value, json};

use super::prefill::{citizen, in_person, record};
use crate::{
    account,
    store::{self, Erasure},
};

typed_id!(
    /// A request to erase.
    ErasureId, "eras"
);

/// One part of a person's data.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) code: &'static str,
    pub(crate) name: Words,
    pub(crate) own: OwnData,
}

/// Everything that every system keeps of the person.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn own_data(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Part>> {
    citizen(actor)?;
    let holders = tx.port::<PersonalDataHolders>()?;
    let part = |holder: &std::sync::Arc<dyn PersonalData>| {
        Ok(Part { code: holder.code(), name: holder.name(), own: holder.own_data(tx, actor)? })
    };
    holders.0.iter().map(part).collect()
}

/// What the law keeps, in plain words, before anything is erased.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn kept_by_law(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<KeptByLaw>> {
    citizen(actor)?;
    let holders = tx.port::<PersonalDataHolders>()?;
    let mut kept = Vec::new();
    for holder in &holders.0 {
        kept.extend(holder.kept_by_law(tx, actor)?);
    }
    Ok(kept)
}

/// How an erasure ended.
#[derive(Debug, Clone)]
pub(crate) struct Erased {
    pub(crate) records: usize,
    pub(crate) kept: Vec<KeptByLaw>,
}

/// Erases everything the law lets go, the account last. While a dossier is worked on the account stays open; what is
/// archived is erased by [`finish_erasures`] when its time is over. The erasure is an event.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen; `Conflict` while a dossier is still worked on.
pub(crate) fn erase(tx: &mut Tx<'_>, actor: &Actor) -> Result<Erased> {
    let account = in_person(actor)?.account.clone();
    let kept = kept_by_law(tx, actor)?;
    if let Some(running) = kept.iter().find(|one| one.until.is_none()) {
        return Err(still_running(running));
    }
    let records = erase_now(tx, actor)?;
    let id: ErasureId = tx.new_id();
    let now = tx.now();
    let erasure = Erasure {
        id: id.to_string(),
        account: account.to_string(),
        asked_at: now,
        erased: i64::try_from(records).unwrap_or(i64::MAX),
        next_on: next_on(&kept),
        done_at: kept.is_empty().then_some(now),
        kept: kept_json(&kept),
        version: 1,
    };
    store::erasures::insert(tx, &erasure)?;
    let body = json!({ "erasure": erasure.id, "records": records, "kept": kept.len() });
    record(tx, actor, "own_data.erased", body)?;
    Ok(Erased { records, kept })
}

fn still_running(running: &KeptByLaw) -> Error {
    Error::conflict(
        "dossier_running",
        Words::new(
            format!("{} đang được giải quyết nên chưa xóa được. {}", running.what.vi, running.why.vi),
            format!("{} is still worked on, so nothing was erased. {}", running.what.en, running.why.en),
        ),
    )
}

fn erase_now(tx: &mut Tx<'_>, actor: &Actor) -> Result<usize> {
    let words = words_of(tx, actor)?;
    let holders = tx.port::<PersonalDataHolders>()?;
    let mut records = 0;
    for holder in &holders.0 {
        records += holder.erase(tx, actor)?;
    }
    let id = citizen(actor)?.account.clone();
    records += usize::from(account::erase(tx, actor, &id, &words)?);
    for word in words.iter().filter(|word| word.len() >= 4) {
        kernel_jobs::forget(tx, word)?;
    }
    kernel_jobs::forget(tx, id.as_str())?;
    Ok(records)
}

/// Words that stand for this person alone in stored answers and jobs: codes of dossiers, numbers, contacts.
fn words_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<String>> {
    let mut words = BTreeSet::new();
    words.extend(account::contacts(tx, &citizen(actor)?.account)?);
    for dossier in tx.port::<dyn EarlierDossiers>()?.earlier(tx, actor, 1_000)? {
        words.insert(dossier.code.to_string());
        let answers = dossier.form.as_object().cloned().unwrap_or_default();
        let numbers = answers.iter().filter(|(name, _)| name.contains("identity") || name.contains("phone"));
        words.extend(numbers.filter_map(|(_, value)| value.as_str().map(str::to_owned)));
    }
    Ok(words.into_iter().collect())
}

fn next_on(kept: &[KeptByLaw]) -> String {
    let first = kept.iter().filter_map(|one| one.until).min();
    first.map(|day| day.saturating_add(jiff::Span::new().days(1)).to_string()).unwrap_or_default()
}

fn kept_json(kept: &[KeptByLaw]) -> Value {
    kept.iter()
        .map(|one| json!({ "what": one.what, "why": one.why, "until": one.until.map(|d: Date| d.to_string()) }))
        .collect()
}

/// Goes on with erasures whose archive periods are over. For a nightly job.
///
/// # Errors
/// Only those of the database.
pub fn finish_erasures(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let today = tx.now().vietnam().date().to_string();
    let due = store::erasures::due(tx, &today, most)?;
    for mut erasure in due.clone() {
        let Some(account) = <AccountId as TypedId>::parse(&erasure.account) else { continue };
        // The person cannot sign in any more: the request speaks for him.
        let person = Actor::Citizen(CitizenActor::own(account, tx.new_id(), String::new()));
        let records = erase_now(tx, &person)?;
        let kept = kept_by_law(tx, &person)?;
        erasure.erased += i64::try_from(records).unwrap_or(i64::MAX);
        erasure.next_on = next_on(&kept);
        erasure.done_at = kept.is_empty().then(|| tx.now());
        erasure.kept = kept_json(&kept);
        store::erasures::save(tx, &erasure)?;
        record(
            tx,
            &person,
            "own_data.erased",
            json!({ "erasure": erasure.id, "records": records, "kept": kept.len() }),
        )?;
    }
    Ok(due.len())
}

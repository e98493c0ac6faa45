//! Compares what belongs to a dossier (fees, apologies, supplement requests, hand-over) with its events.

use kernel_base::{Instant, Result, Words};
use kernel_db::Tx;
use kernel_documents::Document;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use crate::{model::Dossier, store};

/// Table and sentence of each row that says something else than the events.
pub(crate) fn compare(tx: &mut Tx<'_>, d: &Dossier, history: &[Event]) -> Result<Vec<(&'static str, Words)>> {
    let checks = [
        ("dossier_fees", fees_match(&store::fees_of(tx, &d.id)?, history)),
        ("apologies", apologies_match(&store::apologies_of(tx, &d.id)?, history)),
        ("supplement_requests", supplements_match(&store::supplements_of(tx, &d.id)?, history)),
        ("slips", slips_match(tx, d, history)?),
        ("handovers", handover_matches(store::handover_of(tx, &d.id)?.map(|h| h.given_at), history)),
    ];
    let mut found = signatures_match(tx, d, history)?;
    found.extend(
        checks.iter().filter(|(_, matches)| !matches).map(|(table, _)| (*table, Finding::changed(table, "").what)),
    );
    Ok(found)
}

/// Each signed document stands with the file and the hash that its event names, and the other way round.
fn signatures_match(tx: &mut Tx<'_>, d: &Dossier, history: &[Event]) -> Result<Vec<(&'static str, Words)>> {
    let events: Vec<&Event> = of_kind(history, "dossier.signed").collect();
    let mut found = Vec::new();
    let mut signed = 0;
    for document in kernel_signatures::queue::of_subject(tx, &d.subject())? {
        let Some(sha256) = document.signed_sha256.clone() else { continue };
        signed += 1;
        let event =
            events.iter().find(|e| e.body["document"].as_str() == Some(kernel_base::TypedId::as_str(&document.id)));
        let same = event.is_some_and(|e| {
            e.body["sha256"].as_str() == Some(&sha256)
                && e.body["file"].as_str() == document.signed_file.as_deref()
                && e.body["source"].as_str() == Some(&document.sha256)
        });
        let file = document.signed_file.as_deref().and_then(<kernel_files::FileId as kernel_base::TypedId>::parse);
        let stored = match file {
            Some(file) => kernel_files::get(tx, &file)?.is_some_and(|row| row.sha256 == sha256),
            None => false,
        };
        if !same || !stored {
            let words = Words::new(
                format!("văn bản đã ký “{}” khác với mã băm ghi trong chuỗi sự kiện", document.title),
                format!("the signed document \"{}\" differs from the hash in the chain of events", document.title),
            );
            found.push(("signing_documents", words));
        }
    }
    if signed != events.len() {
        let words = Words::new("văn bản đã ký bị thêm hoặc xóa", "a signed document was added or removed");
        found.push(("signing_documents", words));
    }
    Ok(found)
}

fn of_kind<'a>(history: &'a [Event], kind: &'a str) -> impl Iterator<Item = &'a Event> {
    history.iter().filter(move |event| event.kind == kind)
}

/// Each fee that was asked stands with its amount, and is paid exactly when an event says so.
fn fees_match(rows: &[crate::model::FeeRow], history: &[Event]) -> bool {
    let lines = |kind| of_kind(history, kind).flat_map(|e| e.body["fees"].as_array().cloned().unwrap_or_default());
    let mut asked: Vec<Value> = lines("dossier.fee_requested").filter(|l| l["amount"] != 0).collect();
    let mut stored: Vec<Value> = rows.iter().map(|r| json!({ "fee": r.fee, "amount": r.amount })).collect();
    let key = |line: &Value| line.to_string();
    asked.sort_by_key(key);
    stored.sort_by_key(key);
    let paid = |row: &&crate::model::FeeRow| {
        of_kind(history, "dossier.fee_paid").any(|event| {
            let line = event.body["fees"].as_array().and_then(|lines| lines.iter().find(|l| l["fee"] == row.fee));
            // Older events name one receipt for all lines.
            let receipt = line.and_then(|l| l["receipt"].as_str()).or_else(|| event.body["receipt"].as_str());
            line.is_some() && Some(event.at) == row.paid_at && receipt == row.receipt.as_deref()
        })
    };
    let settled = rows.iter().filter(|r| r.paid_at.is_some());
    let count = settled.clone().count();
    asked == stored && settled.filter(paid).count() == count && lines("dossier.fee_paid").count() == count
}

/// Each slip belongs to an event of the chain, and a receipt promises what was promised.
fn slips_match(tx: &mut Tx<'_>, d: &Dossier, history: &[Event]) -> Result<bool> {
    let settlement = kernel_obligations::of_subject(tx, &d.subject())?;
    let promised = settlement.iter().rev().find(|o| o.kind == "dossier.settlement").map(|o| o.first_promise);
    let slips = store::slips_of(tx, &d.id)?;
    let same = |slip: &crate::model::SlipRow| {
        let event = history.iter().find(|event| event.seq == slip.event_seq);
        let printed = match serde_json::from_value(slip.content.clone()) {
            Ok(Document::Receipt(receipt)) => receipt.promised_at == promised && receipt.check.hash == slip.hash,
            Ok(_) => true,
            // Emptied with its dossier, by the right of its owner.
            Err(_) => slip.content == json!({}),
        };
        printed && event.is_some_and(|event| event.hash == slip.hash && event.at == slip.made_at)
    };
    Ok(slips.iter().all(same))
}

fn apologies_match(rows: &[crate::model::Apology], history: &[Event]) -> bool {
    let approved: Vec<_> = rows.iter().filter(|row| row.approved_at.is_some()).collect();
    let events: Vec<_> = of_kind(history, "dossier.apologised").collect();
    let same = |row: &&crate::model::Apology| {
        events.iter().any(|event| {
            event.body["apology"].as_str() == Some(kernel_base::TypedId::as_str(&row.id))
                && Some(event.at) == row.approved_at
                && instant(&event.body["new_appointment"]) == Some(row.new_appointment)
                && event.body["reason"].as_str() == Some(row.reason.as_str())
        })
    };
    approved.len() == events.len() && approved.iter().all(same)
}

fn supplements_match(rows: &[crate::model::SupplementRow], history: &[Event]) -> bool {
    let asked: Vec<_> = of_kind(history, "dossier.supplement_requested").collect();
    let answered: Vec<_> = of_kind(history, "dossier.supplemented").collect();
    let same = |row: &crate::model::SupplementRow| {
        let id = kernel_base::TypedId::as_str(&row.id);
        let question = asked.iter().any(|event| {
            event.body["request"].as_str() == Some(id)
                && event.at == row.asked_at
                && event.body.get("items").cloned().unwrap_or_else(|| json!([])) == json!(row.items)
                && instant(&event.body["reply_by"]) == Some(row.reply_by)
        });
        let answer = answered.iter().find(|event| event.body["request"].as_str() == Some(id)).map(|event| event.at);
        question && answer == row.answered_at
    };
    rows.len() == asked.len() && rows.iter().all(same)
}

fn handover_matches(given_at: Option<Instant>, history: &[Event]) -> bool {
    of_kind(history, "dossier.handed_over").last().map(|event| event.at) == given_at
}

fn instant(value: &Value) -> Option<Instant> {
    value.as_str().and_then(Instant::parse)
}

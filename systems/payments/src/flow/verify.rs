//! Recomputes what each dossier owed and paid from its events and names each row that says something else.

use std::collections::BTreeMap;

use kernel_base::{Result, TypedId, Words};
use kernel_contract::DossierId;
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::Value;

use crate::{model::subject, store};

/// Dossiers listed at a time.
const PAGE: i64 = 500;

/// What is wrong with the payments of all dossiers and with the reconciliations.
///
/// # Errors
/// Only those of the database.
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut after = String::new();
    loop {
        let page = store::paying_dossiers_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.to_string();
        for dossier in &page {
            let told = fold(&kernel_ledger::history(tx, &subject(dossier))?);
            findings.extend(differences(&told, &stored(tx, dossier)?));
        }
    }
    findings.extend(removed(tx)?);
    findings.extend(gaps(tx)?);
    findings.extend(super::verify_day::verify(tx)?);
    Ok(findings)
}

/// Rows of one dossier as comparable facts: (table, identifier) → facts.
type Facts = BTreeMap<(&'static str, String), String>;

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// What the events alone say of one dossier's payments.
#[derive(Debug, Default)]
struct Told {
    obligations: BTreeMap<String, (String, i64, String)>,
    attempts: BTreeMap<String, (i64, String, String, i64)>,
    receipts: BTreeMap<String, (String, i64, bool)>,
    refunds: BTreeMap<String, (String, i64, String)>,
}

/// Runs over the events of one chain.
fn fold(history: &[Event]) -> Facts {
    let mut told = Told::default();
    for event in history {
        told.take(event);
    }
    told.facts()
}

impl Told {
    fn take(&mut self, event: &Event) {
        let body = &event.body;
        match event.kind.as_str() {
            "payment.asked" => {
                let facts = (text(body, "fee"), number(body, "amount"), text(body, "state"));
                self.obligations.insert(text(body, "obligation"), facts);
            }
            "payment.cancelled" => {
                for id in body["obligations"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    self.obligation_is(id, "cancelled");
                }
            }
            "payment.started" => {
                let facts = (number(body, "amount"), "created".to_owned(), String::new(), 0);
                self.attempts.insert(text(body, "attempt"), facts);
            }
            "payment.moved" => {
                let state = text(body, "state");
                self.attempts.entry(text(body, "attempt")).and_modify(|a| a.1 = state);
            }
            "payment.confirmed" => {
                let at = event.at.to_string();
                self.attempts.entry(text(body, "attempt")).and_modify(|a| (a.1, a.2) = ("confirmed".to_owned(), at));
                for line in body["settled"].as_array().into_iter().flatten() {
                    self.obligation_is(&text(line, "obligation"), "paid");
                }
            }
            "payment.receipt_issued" => {
                let facts = (text(body, "number"), number(body, "amount"), false);
                self.receipts.insert(text(body, "receipt"), facts);
            }
            "payment.receipt_cancelled" => {
                self.receipts.entry(text(body, "receipt")).and_modify(|r| r.2 = true);
            }
            _ => self.refund(event),
        }
    }

    fn refund(&mut self, event: &Event) {
        let (body, id) = (&event.body, text(&event.body, "refund"));
        let state = match event.kind.as_str() {
            "payment.refund_asked" => {
                let (attempt, amount) = (text(body, "attempt"), number(body, "amount"));
                self.attempts.entry(attempt.clone()).and_modify(|a| a.3 += amount);
                self.refunds.insert(id, (attempt, amount, "asked".to_owned()));
                return;
            }
            "payment.refund_approved" => "approved",
            "payment.refund_declined" => "declined",
            "payment.refunded" => "done",
            _ => return,
        };
        let Some(refund) = self.refunds.get_mut(&id) else { return };
        state.clone_into(&mut refund.2);
        let attempt = refund.0.clone();
        if state == "declined" {
            let amount = refund.1;
            self.attempts.entry(attempt.clone()).and_modify(|a| a.3 -= amount);
        }
        let done = |r: &&(String, i64, String)| r.0 == attempt && r.2 == "done";
        let back: i64 = self.refunds.values().filter(done).map(|r| r.1).sum();
        self.attempts.entry(attempt).and_modify(|a| {
            if back == a.0 {
                "refunded".clone_into(&mut a.1);
            }
        });
    }

    fn obligation_is(&mut self, id: &str, state: &str) {
        self.obligations.entry(id.to_owned()).and_modify(|o| state.clone_into(&mut o.2));
    }

    fn facts(self) -> Facts {
        let mut facts = Facts::new();
        for (id, it) in self.obligations {
            facts.insert(("fee_obligations", id), format!("{it:?}"));
        }
        for (id, it) in self.attempts {
            facts.insert(("payment_attempts", id), format!("{it:?}"));
        }
        for (id, it) in self.receipts {
            facts.insert(("fee_receipts", id), format!("{it:?}"));
        }
        for (id, it) in self.refunds {
            facts.insert(("fee_refunds", id), format!("{it:?}"));
        }
        facts
    }
}

fn stored(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Facts> {
    let mut told = Told::default();
    for o in store::obligations_of(tx, dossier)? {
        told.obligations.insert(o.id.to_string(), (o.fee, o.amount, o.state.as_str().to_owned()));
    }
    for a in store::attempts_of(tx, dossier)? {
        let at = a.confirmed_at.map(|at| at.to_string()).unwrap_or_default();
        told.attempts.insert(a.id.to_string(), (a.amount, a.state.as_str().to_owned(), at, a.refund_total));
    }
    for r in store::receipts_of(tx, dossier)? {
        told.receipts.insert(r.id.to_string(), (r.full_number(), r.amount, r.cancelled_at.is_some()));
    }
    for r in store::refunds_of(tx, dossier)? {
        told.refunds.insert(r.id.to_string(), (r.attempt.to_string(), r.amount, r.state.as_str().to_owned()));
    }
    Ok(told.facts())
}

fn differences(told: &Facts, stored: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((table, id), facts) in stored {
        if told.get(&(*table, id.clone())) != Some(facts) {
            found.push(Finding::changed(table, id));
        }
    }
    for (table, id) in told.keys().filter(|key| !stored.contains_key(*key)) {
        let what =
            Words::new("có trong chuỗi sự kiện nhưng dòng đã bị xóa", "is in the chain, but the row was removed");
        found.push(Finding { table, row: id.clone(), what });
    }
    found
}

/// Chains of payments whose dossier owes nothing any more in the tables.
fn removed(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for chain in kernel_ledger::subjects(tx, "payment:")? {
        let dossier = chain.strip_prefix("payment:").and_then(<DossierId as TypedId>::parse);
        let there = match &dossier {
            Some(dossier) => !store::obligations_of(tx, dossier)?.is_empty(),
            None => false,
        };
        if !there {
            let what = Words::new("chuỗi thanh toán không còn dòng nào", "a chain of payments without any row");
            found.push(Finding { table: "fee_obligations", row: chain, what });
        }
    }
    Ok(found)
}

/// Series of receipts with a gap.
fn gaps(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let wrong = |(row, last, found, highest): (String, i64, i64, i64)| {
        let what = Words::new(
            format!("đã cấp đến số {last} nhưng có {found} biên lai, số lớn nhất {highest}"),
            format!("numbers up to {last} were given, but there are {found} receipts, the highest is {highest}"),
        );
        (last != found || last != highest).then_some(Finding { table: "fee_receipts", row, what })
    };
    Ok(store::numbered(tx)?.into_iter().filter_map(wrong).collect())
}

//! First pass: every event's hash, the chain of each subject, its head, and the personal data beside it.

use std::collections::{HashMap, HashSet};

use kernel_base::{Instant, Result, Words};
use kernel_db::{Row, Tx};
use serde_json::Value;

use super::{Finding, Report};
use crate::{Hashed, append::SKEW_MILLIS, event_hash, personal::ERASED, personal_hash, store};

/// Most notices kept.
const NOTICES: usize = 100;

#[derive(Debug, Default)]
struct Place {
    subject: String,
    seq: i64,
    hash: String,
    at: Option<Instant>,
    head: Option<(i64, String, String)>,
    at_text: String,
}

/// What the events say of personal data.
#[derive(Debug, Default)]
struct Vouched {
    hashes: HashMap<String, String>,
    erased: HashSet<String>,
}

pub(super) fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let mut before = Place::default();
    let mut vouched = Vouched::default();
    loop {
        let page = store::verify::events_after(tx, &before.subject, before.seq)?;
        for row in &page {
            event(tx, row, &mut before, &mut vouched, report)?;
        }
        if (page.len() as i64) < store::verify::PAGE {
            break;
        }
    }
    end_of_subject(&before, report);
    for (subject, seq) in store::verify::heads_without_event(tx)? {
        report.add(
            "events",
            format!("{subject}/{seq}"),
            "Sự kiện cuối cùng của chuỗi này đã bị xóa.",
            "The last event of this chain was deleted.",
        );
    }
    personal(tx, &vouched, report)
}

/// One event as text, as its hash covers it.
struct Stored {
    seq: i64,
    kind: String,
    at: String,
    actor: String,
    body: String,
    kept: String,
    prev: String,
    hash: String,
}

impl Stored {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            seq: row.get("seq")?,
            kind: row.get("kind")?,
            at: row.get("at")?,
            actor: row.get("actor")?,
            body: row.get("body")?,
            kept: row.get("kept")?,
            prev: row.get("prev")?,
            hash: row.get("hash")?,
        })
    }

    fn computed_hash(&self, home: &str, subject: &str) -> String {
        let Self { seq, kind, at, actor, body, kept, prev, .. } = self;
        event_hash(&Hashed { home, subject, seq: *seq, kind, at, actor, body, kept, prev })
    }
}

fn event(tx: &Tx<'_>, row: &Row, before: &mut Place, vouched: &mut Vouched, report: &mut Report) -> Result<()> {
    let subject: String = row.get("subject")?;
    let event = Stored::read(row)?;
    report.events += 1;
    if subject != before.subject {
        end_of_subject(before, report);
        report.subjects += 1;
        *before = Place { subject, head: head(row)?, ..Place::default() };
    }
    if event.computed_hash(tx.home().as_str(), &before.subject) != event.hash {
        report.add(
            "events",
            format!("{}/{}", before.subject, event.seq),
            "Nội dung sự kiện đã bị sửa: không khớp với mã băm của nó.",
            "The event was altered: it does not match its hash.",
        );
    }
    let instant = Instant::parse(&event.at);
    place(before, &event, instant, report);
    if event.body.contains("\"personal_id\"") || event.kind == ERASED {
        let name = format!("{}/{}", before.subject, event.seq);
        match serde_json::from_str::<Value>(&event.body) {
            Ok(body) => collect(&body, &event.kind, &name, vouched, report),
            Err(_) => report.add("events", name, "Nội dung sự kiện không phải JSON.", "The event's body is not JSON."),
        }
    }
    (before.seq, before.hash, before.at, before.at_text) = (event.seq, event.hash, instant, event.at);
    Ok(())
}

/// Whether the event follows on the one before it: by number, by hash, and by time.
fn place(before: &Place, event: &Stored, at: Option<Instant>, report: &mut Report) {
    let name = format!("{}/{}", before.subject, event.seq);
    for missing in before.seq + 1..event.seq.min(before.seq + 100) {
        let row = format!("{}/{missing}", before.subject);
        report.add("events", row, "Sự kiện này đã bị xóa.", "This event was deleted.");
    }
    if event.seq == before.seq + 1 && event.prev != before.hash {
        report.add(
            "events",
            &name,
            "Chuỗi bị đứt: sự kiện không nối tiếp sự kiện trước nó.",
            "The chain is broken: the event does not follow on the one before it.",
        );
    }
    let went_back = before.at.zip(at).is_some_and(|(b, a)| a.as_millis() + SKEW_MILLIS < b.as_millis());
    if went_back && report.notices.len() < NOTICES {
        let what = Words::new(
            "Đồng hồ máy chủ đã bị lùi: sự kiện ghi sau lại có thời điểm sớm hơn sự kiện trước nó.",
            "The server's clock went back: the event is stamped earlier than the one before it.",
        );
        report.notices.push(Finding { table: "events", row: name, what });
    }
}

fn head(row: &Row) -> Result<Option<(i64, String, String)>> {
    let seq: Option<i64> = row.get("head_seq")?;
    let hash: Option<String> = row.get("head_hash")?;
    let at: Option<String> = row.get("head_at")?;
    Ok(seq.zip(hash).zip(at).map(|((seq, hash), at)| (seq, hash, at)))
}

fn end_of_subject(last: &Place, report: &mut Report) {
    if last.subject.is_empty() {
        return;
    }
    match &last.head {
        // A head that is further than the last event is reported as a deleted event.
        Some((seq, hash, at)) if *seq > last.seq || (*seq == last.seq && *hash == last.hash && *at == last.at_text) => {
        }
        Some(_) => report.add(
            "subjects",
            &last.subject,
            "Đầu chuỗi không phải là sự kiện cuối cùng của chuỗi.",
            "The head is not the last event of the chain.",
        ),
        None => report.add("subjects", &last.subject, "Đầu chuỗi đã bị xóa.", "The head of the chain was deleted."),
    }
}

/// Finds `{"personal_id": .., "personal": ..}` anywhere in a body.
fn collect(body: &Value, kind: &str, event: &str, vouched: &mut Vouched, report: &mut Report) {
    match body {
        Value::Object(map) => {
            if let (Some(Value::String(id)), Some(Value::String(hash))) = (map.get("personal_id"), map.get("personal"))
            {
                let known = vouched.hashes.entry(id.clone()).or_insert_with(|| hash.clone());
                if known != hash {
                    report.add(
                        "events",
                        event,
                        "Hai sự kiện ghi hai mã băm khác nhau cho cùng một dữ liệu cá nhân.",
                        "Two events give different hashes for the same personal data.",
                    );
                }
            }
            if kind == ERASED {
                let ids = map.get("erased").and_then(Value::as_array);
                vouched.erased.extend(ids.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            }
            map.values().for_each(|inner| collect(inner, "", event, vouched, report));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, "", event, vouched, report)),
        _ => {}
    }
}

fn personal(tx: &mut Tx<'_>, vouched: &Vouched, report: &mut Report) -> Result<()> {
    let mut missing: HashSet<&str> = vouched.hashes.keys().map(String::as_str).collect();
    let mut last = String::new();
    loop {
        let page = store::verify::personal_after(tx, &last)?;
        for kept in &page {
            missing.remove(kept.id.as_str());
            one_personal(&kept.id, kept.salt.as_deref(), kept.data.as_deref(), vouched, report);
        }
        let full = page.len() as i64 == store::verify::PAGE;
        match page.into_iter().last() {
            Some(kept) if full => last = kept.id,
            _ => break,
        }
    }
    let mut missing: Vec<&str> = missing.into_iter().collect();
    missing.sort_unstable();
    for id in missing {
        report.add(
            "personal_data",
            id,
            "Dữ liệu cá nhân mà một sự kiện làm chứng đã bị xóa cả dòng.",
            "Personal data that an event vouches for is gone with its row.",
        );
    }
    Ok(())
}

fn one_personal(id: &str, salt: Option<&str>, data: Option<&str>, vouched: &Vouched, report: &mut Report) {
    report.personal += 1;
    let erased = vouched.erased.contains(id);
    match (vouched.hashes.get(id), salt, data) {
        (None, _, _) => report.personal_unbound += 1,
        (Some(hash), Some(salt), Some(data)) if !erased && personal_hash(salt, data) == *hash => {}
        (Some(_), _, Some(_)) if erased => report.add(
            "personal_data",
            id,
            "Dữ liệu cá nhân đã xóa theo sự kiện nhưng vẫn còn.",
            "Personal data erased by an event is there again.",
        ),
        (Some(_), _, None) if erased => {}
        (Some(_), _, None) => report.add(
            "personal_data",
            id,
            "Dữ liệu cá nhân đã mất mà không có sự kiện xóa.",
            "Personal data is gone without an event of erasure.",
        ),
        (Some(_), _, Some(_)) => report.add(
            "personal_data",
            id,
            "Dữ liệu cá nhân đã bị sửa: không khớp với mã băm trong sự kiện.",
            "Personal data was altered: it does not match the hash in the event.",
        ),
    }
}

//! Reading a public file and computing everything in it again. Needs no database and no network.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
    sync::Arc,
};

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Words};
use kernel_calendar::Calendar;
use kernel_contract::Span;
use kernel_ledger::{Event, PublicKey, SignedRoot, Told, canonical, told_hash};
use kernel_obligations::{CalendarVersionId, Ladder, PinnedRules, calendars, fold};
use serde_json::Value;

use super::{FORMAT, Fact, Facts, Header, Line, Published, Row, Tree, link, signed_text, tally};
use crate::scoreboard::model::Figures;

/// Minutes after which an event must be in the tree: it is sealed within one, and a root is signed after that.
const SEALED_AFTER: i64 = 10;

/// Something in the file that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Number of the line, from 1.
    pub line: usize,
    /// What it is about: an obligation, a figure, the signature.
    pub about: String,
    pub what: Words,
}

/// What came of the check.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub rows: usize,
    pub events: usize,
    pub figures: usize,
    pub findings: Vec<Finding>,
    pub cannot_prove: Vec<Words>,
    /// The signed root that the events lead to; compare it with the one the second party has of that day.
    pub root: Option<SignedRoot>,
    /// Identifier and public key that signed; compare them with those the second party has.
    pub key: Option<(String, String)>,
}

#[derive(Default)]
struct Check {
    report: Report,
    header: Option<Header>,
    rules: PinnedRules,
    counted: BTreeMap<(String, AgencyId), Figures>,
    published: BTreeMap<(String, AgencyId), usize>,
    leaves: BTreeMap<u64, kernel_ledger::merkle::Hash>,
    rows: BTreeSet<String>,
    /// Events without a leaf: number of the line, obligation, instant.
    unsealed: Vec<(usize, String, Instant)>,
    /// Events that the root does not cover.
    newer: usize,
    /// Counted without rows, because they are secret.
    secret: i64,
    signed: bool,
}

/// Computes instants from events, facts from instants, figures from facts, the root from hashes, and checks chain and
/// signature. Everything that does not hold is named.
///
/// # Errors
/// When the text cannot be read at all.
pub fn check(file: impl BufRead) -> std::io::Result<Report> {
    let mut check = Check::default();
    let mut chain = String::new();
    let mut number = 0;
    for text in file.lines() {
        number += 1;
        let text = text?;
        let before = chain.clone();
        match split(&text) {
            Some((stored, inner)) => {
                if link(&before, inner) != stored {
                    let about = about(inner);
                    check.fault(
                        number,
                        &about,
                        "dòng này đã bị sửa, hoặc dòng trước nó bị bỏ",
                        "this line was altered, or one before it left out",
                    );
                }
                stored.clone_into(&mut chain);
                check.line(number, inner, &before);
            }
            None => check.fault(number, "", "không đọc được dòng này", "this line cannot be read"),
        }
    }
    check.finish(number);
    Ok(check.report)
}

/// `{"chain":"…","is":…}` as the chain and the text it covers.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("{\"chain\":\"")?;
    let (chain, rest) = rest.split_at_checked(64)?;
    let inner = rest.strip_prefix("\",\"is\":")?.strip_suffix('}')?;
    Some((chain, inner))
}

/// What a line is about, as far as it can be read.
fn about(inner: &str) -> String {
    let value: Value = serde_json::from_str(inner).unwrap_or_default();
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text("line").as_str() {
        "row" => text("id"),
        "secret" | "figures" => format!("{} {}", text("kind"), text("agency")),
        other => other.to_owned(),
    }
}

impl Check {
    fn fault(&mut self, line: usize, about: &str, vi: &str, en: &str) {
        self.report.findings.push(Finding { line, about: about.to_owned(), what: Words::new(vi, en) });
    }

    fn line(&mut self, number: usize, inner: &str, before: &str) {
        match serde_json::from_str(inner) {
            Ok(Line::Header(header)) => self.read_header(number, header),
            Ok(Line::Calendar { id, agency, valid_from, body }) => {
                self.calendar(number, id, &agency, valid_from, body);
            }
            Ok(Line::Ladder { id, body }) => match serde_json::from_value::<Ladder>(body) {
                Ok(ladder) => drop(self.rules.ladders.insert(id, Arc::new(ladder))),
                Err(_) => self.fault(
                    number,
                    &id.to_string(),
                    "không đọc được bậc thang nhắc việc",
                    "the ladder cannot be read",
                ),
            },
            Ok(Line::Row(row)) => self.row(number, &row),
            Ok(Line::Secret(published)) => self.secret(&published),
            Ok(Line::Figures(published)) => self.figures(number, &published),
            Ok(Line::Tree(tree)) => self.tree(number, &tree),
            Ok(Line::Signature { key_id, public_key, signature }) => {
                self.signature(number, &key_id, &public_key, &signature, before);
            }
            Err(error) => {
                let what = format!("không đọc được: {error}");
                self.fault(number, &about(inner), &what, &format!("cannot be read: {error}"));
            }
        }
    }

    fn home(&self) -> &str {
        self.header.as_ref().map_or("", |header| &header.home)
    }

    fn calendar(&mut self, number: usize, id: CalendarVersionId, agency: &str, valid_from: Date, body: Value) {
        if calendars::version_id(self.home(), agency, valid_from, &canonical(&body)) != id {
            let words = ("lịch làm việc không khớp với mã của nó", "the calendar is not the one of its identifier");
            self.fault(number, &id.to_string(), words.0, words.1);
        }
        match serde_json::from_value::<Calendar>(body) {
            Ok(calendar) => drop(self.rules.calendars.insert(id, Arc::new(calendar))),
            Err(_) => {
                self.fault(number, &id.to_string(), "không đọc được lịch làm việc", "the calendar cannot be read");
            }
        }
    }

    fn read_header(&mut self, number: usize, header: Header) {
        if header.format != FORMAT {
            self.fault(number, &header.format, "không phải tệp công khai loại này", "not a public file of this kind");
        }
        let whole = header.period.span();
        if header.span.from != whole.from || header.span.until > whole.until {
            self.fault(number, "span", "khoảng thời gian không khớp với kỳ", "the span does not fit the period");
        }
        self.header = Some(header);
    }

    fn span(&self) -> Option<Span> {
        self.header.as_ref().map(|h| h.span)
    }

    fn row(&mut self, number: usize, row: &Row) {
        self.report.rows += 1;
        self.report.events += row.events.len();
        let Some(span) = self.span() else {
            return self.fault(number, &row.id, "thiếu dòng đầu của tệp", "the first line of the file is missing");
        };
        if !self.rows.insert(row.id.clone()) {
            self.fault(number, &row.id, "việc này có hai dòng", "there are two rows of it");
        }
        let events: Vec<Event> = row
            .events
            .iter()
            .map(|fact| Event {
                subject: row.id.clone(),
                seq: fact.seq,
                kind: fact.kind.clone(),
                at: fact.at,
                actor: String::new(),
                body: fact.body.clone(),
                kept: Value::Null,
                prev: String::new(),
                hash: String::new(),
            })
            .collect();
        if events.iter().any(|e| e.at >= span.until)
            || events.windows(2).any(|w| w.first().map(|e| e.seq) >= w.last().map(|e| e.seq))
        {
            self.fault(number, &row.id, "sự kiện không theo thứ tự", "the events are out of order");
        }
        let folded = fold(&events, &self.rules);
        for (seq, fault) in &folded.faults {
            let what = format!("sự kiện {seq}: tính lại khác với tệp ({fault})");
            self.fault(number, &row.id, &what, &format!("event {seq}: recomputed otherwise ({fault})"));
        }
        match folded.obligations.as_slice() {
            [one] if one.id.to_string() == row.id => {
                for (field, stored, computed) in different(&row.facts, &Facts::of(one)) {
                    let what = format!("{field}: tệp ghi {stored}, tính lại được {computed}");
                    self.fault(
                        number,
                        &row.id,
                        &what,
                        &format!("{field}: the file says {stored}, recomputed {computed}"),
                    );
                }
                tally(&mut self.counted, one, span);
            }
            _ => self.fault(
                number,
                &row.id,
                "các sự kiện không mở đúng một nghĩa vụ này",
                "the events do not open exactly this obligation",
            ),
        }
        for fact in &row.events {
            self.leaf(number, &row.id, fact);
        }
    }

    /// The leaf of an event is computed from what the file tells of it: nobody moves an instant without moving the root.
    fn leaf(&mut self, number: usize, about: &str, fact: &Fact) {
        let Some(leaf) = fact.leaf else { return self.unsealed.push((number, about.to_owned(), fact.at)) };
        let (at, body) = (fact.at.to_string(), canonical(&fact.body));
        let (seq, kind, rest) = (fact.seq, fact.kind.as_str(), fact.rest.as_str());
        let hash = told_hash(&Told { home: self.home(), seq, kind, at: &at, body: &body, rest });
        let hash = kernel_ledger::merkle::from_hex(&hash);
        if hash.is_none_or(|hash| self.leaves.insert(leaf, hash).is_some()) {
            self.fault(number, about, "hai sự kiện cùng một lá của cây", "two events have one leaf of the tree");
        }
    }

    /// Nobody can count these again: they are added, and the report says how many they are.
    fn secret(&mut self, published: &Published) {
        let figures = &published.figures;
        self.secret += figures.answered() + figures.settled.ended + figures.now.open;
        self.counted.entry((published.kind.clone(), published.agency.clone())).or_default().add(figures);
    }

    fn figures(&mut self, number: usize, published: &Published) {
        self.report.figures += 1;
        let key = (published.kind.clone(), published.agency.clone());
        self.published.insert(key.clone(), number);
        let counted = self.counted.get(&key).copied().unwrap_or_default();
        let name = format!("{} {} ({})", published.kind, published.name, published.agency);
        for (field, stored, computed) in different(&published.figures, &counted) {
            let what = format!("{field}: công bố {stored}, tính lại được {computed}");
            self.fault(number, &name, &what, &format!("{field}: published {stored}, recomputed {computed}"));
        }
    }

    fn tree(&mut self, number: usize, tree: &Tree) {
        let Some(root) = &tree.root else {
            let words = ("Chưa có mã gốc đã ký khi lập tệp.", "There was no signed root when the file was made.");
            return self.report.cannot_prove.push(words.into());
        };
        if !root.signature_holds() {
            self.fault(number, "root", "chữ ký của mã gốc sai", "the signature of the root does not hold");
        }
        let size = root.size.cast_unsigned();
        if self.leaves.keys().next_back().is_some_and(|last| *last >= size) {
            self.fault(number, "tree", "lá nằm ngoài cây đã ký", "a leaf is beyond the signed tree");
        }
        for (line, about, at) in std::mem::take(&mut self.unsealed) {
            if at.plus_minutes(SEALED_AFTER) < root.published_at {
                let words =
                    ("sự kiện có trước mã gốc mà không ở trong cây", "an event older than the root is not in the tree");
                self.fault(line, &about, words.0, words.1);
            }
            self.newer += 1;
        }
        let computed = kernel_ledger::partial::root_of(size, &self.leaves, &tree.beside);
        if computed.as_deref() != Some(root.root.as_str()) {
            self.fault(
                number,
                "tree",
                "mã băm của sự kiện không dẫn tới mã gốc đã ký",
                "the hashes of the events do not lead to the signed root",
            );
        }
        self.report.key = Some((root.key_id.clone(), root.public_key.clone()));
        self.report.root = Some(root.clone());
    }

    fn signature(&mut self, number: usize, key_id: &str, public_key: &str, signature: &str, before: &str) {
        self.signed = true;
        let Some(header) = &self.header else { return };
        let text = signed_text(&header.home, header.period, before);
        let key = PublicKey::parse(public_key);
        if !key.as_ref().is_some_and(|k| k.id() == key_id && k.signed(&text, signature)) {
            self.fault(number, "signature", "chữ ký của tệp sai", "the signature of the file does not hold");
        }
        if let Some((_, root_key)) = &self.report.key
            && root_key != public_key
        {
            self.fault(
                number,
                "signature",
                "tệp và mã gốc do hai khóa khác nhau ký",
                "file and root were signed with different keys",
            );
        }
        self.report.key = Some((key_id.to_owned(), public_key.to_owned()));
    }

    fn finish(&mut self, last: usize) {
        if !self.signed {
            self.fault(last, "signature", "tệp không có chữ ký ở cuối", "the file has no signature at its end");
        }
        let missing: Vec<String> = self
            .counted
            .iter()
            .filter(|(key, figures)| !self.published.contains_key(*key) && !figures.is_empty())
            .map(|((kind, agency), _)| format!("{kind} {agency}"))
            .collect();
        for name in missing {
            self.fault(
                last,
                &name,
                "thiếu dòng số liệu của cơ quan này",
                "the line of figures of this agency is missing",
            );
        }
        let n = self.newer + self.unsealed.len();
        if n > 0 {
            self.report.cannot_prove.push(Words::new(
                format!("{n} sự kiện mới hơn mã gốc đã ký: chỉ có chữ ký của tệp bảo đảm."),
                format!("{n} events are newer than the signed root: only the signature of the file vouches for them."),
            ));
        }
        if self.secret > 0 {
            let n = self.secret;
            self.report.cannot_prove.push(Words::new(
                format!("{n} việc mật chỉ có số đếm, không có dòng: chỉ có chữ ký của tệp bảo đảm."),
                format!("{n} secret ones are counted without a row: only the signature of the file vouches for them."),
            ));
        }
        self.report.cannot_prove.push(Words::new(
            "Ai đã làm và lời văn tự do không có trong tệp; mã băm của sự kiện bao gồm chúng, lệnh verify trên máy chủ kiểm tra.",
            "Who acted and free text are not in the file; the hashes of the events cover them, and verify on the server checks that.",
        ));
        self.report.cannot_prove.push(Words::new(
            "Các sự kiện trong tệp gắn với mã gốc đã ký, nhưng tệp không tự chứng minh là không thiếu việc nào: phần còn lại của cây chỉ là mã băm. Lệnh verify trên máy chủ kiểm tra toàn bộ.",
            "The events of the file are bound to the signed root, but the file does not prove by itself that none is left out: the rest of the tree is hashes only. Verify on the server checks the whole.",
        ));
    }
}

/// Fields that differ: name, first, second.
fn different<T: serde::Serialize>(stored: &T, computed: &T) -> Vec<(String, String, String)> {
    let (a, b) = (serde_json::to_value(stored), serde_json::to_value(computed));
    let mut found = Vec::new();
    if let (Ok(a), Ok(b)) = (a, b) {
        compare("", &a, &b, &mut found);
    }
    found
}

fn compare(path: &str, a: &Value, b: &Value, found: &mut Vec<(String, String, String)>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for (name, value) in x {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, value, y.get(name).unwrap_or(&Value::Null), found);
            }
        }
        _ if a == b => {}
        _ => found.push((path.to_owned(), a.to_string(), b.to_string())),
    }
}

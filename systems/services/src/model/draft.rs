//! A draft (hồ sơ nháp): what a citizen has filled in so far. Pure: merging of fields, state of its tasks.

use std::collections::{BTreeMap, BTreeSet};

use kernel_base::{AgencyId, FieldError, Instant, Words, typed_id};
use kernel_contract::{Paper, Provenance, Receipt};
use kernel_forms::{Facts, FieldKind, Form, PageState};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

typed_id!(
    /// A draft (hồ sơ nháp).
    DraftId, "drf"
);

/// A draft is kept so many days after its last change.
pub(crate) const KEPT_DAYS: i64 = 30;
/// Most files of one paper.
pub(crate) const MOST_FILES: usize = 40;

/// What a citizen has filled in so far. Personal data.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) id: DraftId,
    pub(crate) account: String,
    /// Mandate by which it was begun for the account; empty = by its own holder.
    pub(crate) mandate: String,
    pub(crate) procedure: String,
    pub(crate) case: String,
    pub(crate) agency: AgencyId,
    /// Answers so far, cleaned; what cannot be understood stays as typed.
    pub(crate) answers: Map<String, Value>,
    pub(crate) saved: BTreeMap<String, Saved>,
    pub(crate) papers: Vec<DraftFile>,
    /// Source of each field that was filled in beforehand.
    pub(crate) origins: Provenance,
    pub(crate) prefill: PrefillState,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
    pub(crate) expires_at: Instant,
    pub(crate) version: i64,
}

/// What the person answered to the offer to fill in what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrefillState {
    /// Not asked yet.
    Open,
    Accepted,
    Declined,
}

impl PrefillState {
    /// The word of the column.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Accepted, Self::Declined].into_iter().find(|state| state.word() == word)
    }
}

/// When and where a field was last saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    pub(crate) at: Instant,
    /// Which session wrote it: the beginning of a hash, to tell devices apart and nothing else.
    pub(crate) device: String,
    /// What stood there before, to know whether another device only sent back what it had been shown.
    #[serde(default)]
    pub(crate) before: Option<Value>,
}

/// A file of a paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DraftFile {
    /// Code of the paper in the procedure.
    pub(crate) paper: String,
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) pages: i64,
    pub(crate) size: i64,
    /// Remarks such as "ảnh hơi mờ": the file is taken all the same.
    #[serde(default)]
    pub(crate) warnings: Vec<Words>,
    /// Taken from an earlier dossier of the person, not uploaded again.
    #[serde(default)]
    pub(crate) reused: Option<ReusedFrom>,
    /// What the signatures inside are worth; `None` when it carries none.
    #[serde(default)]
    pub(crate) signature: Option<SignatureNote>,
}

/// Whether the signatures of an uploaded PDF are valid, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SignatureNote {
    pub(crate) valid: bool,
    #[schema(value_type = Object)]
    pub(crate) words: Words,
}

/// Where a file was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReusedFrom {
    /// Code of the dossier.
    pub(crate) source: String,
    /// It was the result of that dossier.
    pub(crate) result: bool,
}

/// Fields sent by a page or by the script that saves while typing.
#[derive(Debug, Clone)]
pub(crate) struct FieldChange<'a> {
    pub(crate) form: &'a Form,
    /// Name and value as posted.
    pub(crate) posted: &'a [(String, String)],
    /// A whole page: a field of it that was not posted is empty.
    pub(crate) page: Option<&'a str>,
    pub(crate) device: &'a str,
    pub(crate) at: Instant,
    /// When the page was made that the fields come from; `None` = not known.
    pub(crate) seen: Option<Instant>,
}

/// A field that another device changed meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clash {
    pub(crate) title: Words,
    /// When the other device saved it.
    pub(crate) at: Instant,
    /// True: the value sent now stands; false: it was not touched here, the other device's value stays.
    pub(crate) overwritten: bool,
}

impl Draft {
    pub(crate) fn is_submitted(&self) -> bool {
        self.receipt.is_some()
    }

    pub(crate) fn answers_value(&self) -> Value {
        Value::Object(self.answers.clone())
    }

    pub(crate) fn files_of<'a>(&'a self, paper: &'a str) -> impl Iterator<Item = &'a DraftFile> {
        self.papers.iter().filter(move |file| file.paper == paper)
    }

    /// Puts the sent fields in place. The last write of a field wins; a field that was only sent back as it had been
    /// shown does not undo what another device wrote meanwhile.
    pub(crate) fn put_fields(&mut self, change: &FieldChange<'_>) -> Vec<Clash> {
        let names: BTreeSet<String> = match change.page {
            Some(page) => change.form.page(page).map(|p| p.fields.iter().cloned().collect()).unwrap_or_default(),
            None => change.posted.iter().map(|(name, _)| top(name).to_owned()).collect(),
        };
        let mut clashes = Vec::new();
        for name in names {
            let Some(field) = change.form.field(&name) else { continue };
            let new = self.sent_value(change, &name);
            let old = self.answers.get(&name).cloned();
            if new == old {
                continue;
            }
            let other = self
                .saved
                .get(&name)
                .filter(|saved| saved.device != change.device && change.seen.is_some_and(|seen| saved.at > seen));
            if let Some(other) = other {
                let untouched = new == other.before;
                clashes.push(Clash { title: field.title.clone(), at: other.at, overwritten: !untouched });
                if untouched {
                    continue;
                }
            }
            self.saved.insert(name.clone(), Saved { at: change.at, device: change.device.to_owned(), before: old });
            match new {
                Some(value) => drop(self.answers.insert(name, value)),
                None => drop(self.answers.remove(&name)),
            }
        }
        clashes
    }

    /// The value of one field as it stands after the change.
    fn sent_value(&self, change: &FieldChange<'_>, name: &str) -> Option<Value> {
        let page = change.form.page_of(name)?.id.clone();
        let mine = |posted: &&(String, String)| top(&posted.0) == name || is_button(&posted.0);
        let sent: Vec<(String, String)> = change.posted.iter().filter(mine).cloned().collect();
        let fields = if change.page.is_some() { sent } else { self.with_stored(change.form, name, sent) };
        change.form.from_fields(&page, &fields).get(name).cloned()
    }

    /// What was sent, on top of the stored parts of the same field that were not sent (other boxes of a date, other
    /// lines of a list).
    fn with_stored(&self, form: &Form, name: &str, sent: Vec<(String, String)>) -> Vec<(String, String)> {
        let Some(value) = self.answers.get(name) else { return sent };
        let mut fields = Vec::new();
        flatten(form, name, value, &mut fields);
        fields.retain(|(stored, _)| sent.iter().all(|(name, _)| name != stored));
        fields.extend(sent);
        fields
    }

    /// Where a page of questions stands.
    pub(crate) fn page_state(&self, form: &Form, page: &str, facts: &Facts<'_>) -> PageState {
        form.page_state(page, &self.answers_value(), facts)
    }

    /// Every fault that stands between the draft and its submission: answers and papers at once.
    pub(crate) fn faults(&self, form: &Form, papers: &[Paper], facts: &Facts<'_>) -> Vec<FieldError> {
        let mut faults = form.accept(&self.answers_value(), facts).err().unwrap_or_default();
        let missing = papers.iter().filter(|p| p.required && self.files_of(&p.code).next().is_none());
        faults.extend(missing.map(missing_paper));
        faults
    }
}

fn missing_paper(paper: &Paper) -> FieldError {
    let words = Words::new(
        format!("Thiếu “{}”. Hãy chụp ảnh hoặc chọn tệp của giấy tờ này.", paper.name.vi),
        format!("“{}” is missing. Photograph it or choose a file.", paper.name.en),
    );
    FieldError::new(format!("papers.{}", paper.code), "required", words)
}

/// The field a posted name belongs to: `birth_date.day` is `birth_date`.
fn top(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn is_button(name: &str) -> bool {
    name == "add" || name == "remove"
}

/// A stored value as a page would post it.
fn flatten(form: &Form, name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    let kind = form.field(name).map(|field| &field.kind);
    match (kind, value) {
        (Some(FieldKind::Group(group)), Value::Array(lines)) => {
            for (index, line) in lines.iter().enumerate() {
                for inner in &group.fields {
                    let Some(value) = line.get(&inner.name) else { continue };
                    flatten_one(&inner.kind, &format!("{name}.{index}.{}", inner.name), value, out);
                }
            }
        }
        (Some(kind), value) => flatten_one(kind, name, value, out),
        (None, _) => {}
    }
}

fn flatten_one(kind: &FieldKind, path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => return,
        value => value.to_string(),
    };
    if !matches!(kind, FieldKind::Date { .. } | FieldKind::PartialDate { .. }) {
        out.push((path.to_owned(), text));
        return;
    }
    let parts: Vec<&str> = if text.contains('/') { text.split('/').collect() } else { text.split('-').rev().collect() };
    let (day, month, year) = match *parts.as_slice() {
        [year] => ("", "", year),
        [month, year] => ("", month, year),
        [day, month, year] => (day, month, year),
        _ => return out.push((path.to_owned(), text.clone())),
    };
    for (part, value) in [("day", day), ("month", month), ("year", year)] {
        out.push((format!("{path}.{part}"), value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> Form {
        Form::parse(&json!({
            "type": "object",
            "properties": {
                "name": { "type": "string", "title": "Họ và tên", "x-title-en": "Full name", "x-type": "name", "maxLength": 200 },
                "birth_date": { "type": "string", "title": "Ngày sinh", "x-title-en": "Birth date", "x-type": "date" },
                "witnesses": { "type": "array", "title": "Người làm chứng", "x-title-en": "Witnesses", "maxItems": 3,
                    "items": { "type": "object", "x-order": ["name", "phone"], "properties": {
                        "name": { "type": "string", "title": "Họ tên", "x-title-en": "Name", "x-type": "name", "maxLength": 200 },
                        "phone": { "type": "string", "title": "Điện thoại", "x-title-en": "Phone", "x-type": "phone" } } } }
            },
            "required": ["name"],
            "examples": [{ "name": "Lê Minh Họa" }],
            "x-pages": [
                { "id": "one", "title": "Một", "title_en": "One", "fields": ["name", "birth_date"] },
                { "id": "two", "title": "Hai", "title_en": "Two", "fields": ["witnesses"] }
            ]
        }))
        .unwrap()
    }

    fn draft() -> Draft {
        let now = Instant::from_millis(0);
        Draft {
            id: <DraftId as kernel_base::TypedId>::from_part(&"0".repeat(32)),
            account: "acc".to_owned(),
            mandate: String::new(),
            procedure: "1.001193".to_owned(),
            case: "a".to_owned(),
            agency: AgencyId::parse("000.01.31.H47").unwrap(),
            answers: Map::new(),
            saved: BTreeMap::new(),
            papers: Vec::new(),
            origins: Provenance::new(),
            prefill: PrefillState::Open,
            receipt: None,
            created_at: now,
            updated_at: now,
            expires_at: now,
            version: 1,
        }
    }

    fn posted(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    fn put(
        draft: &mut Draft,
        page: Option<&str>,
        device: &str,
        (at, seen): (i64, i64),
        fields: &[(&str, &str)],
    ) -> Vec<Clash> {
        let (form, fields) = (form(), posted(fields));
        draft.put_fields(&FieldChange {
            form: &form,
            posted: &fields,
            page,
            device,
            at: Instant::from_millis(at),
            seen: Some(Instant::from_millis(seen)),
        })
    }

    #[test]
    fn one_box_of_a_date_saved_while_typing_keeps_the_other_boxes() {
        let mut draft = draft();
        put(&mut draft, None, "a", (1, 0), &[("birth_date.day", "26")]);
        put(&mut draft, None, "a", (2, 0), &[("birth_date.month", "7")]);
        put(&mut draft, None, "a", (3, 0), &[("birth_date.year", "2021")]);
        assert_eq!(draft.answers["birth_date"], "2021-07-26");
        put(&mut draft, None, "a", (4, 0), &[("birth_date.day", "27")]);
        assert_eq!(draft.answers["birth_date"], "2021-07-27");
    }

    #[test]
    fn one_field_of_a_list_saved_while_typing_keeps_the_other_lines() {
        let mut draft = draft();
        put(
            &mut draft,
            Some("two"),
            "a",
            (1, 0),
            &[("witnesses.0.name", "Lê Minh Họa"), ("witnesses.1.name", "Trần Thí Dụ")],
        );
        put(&mut draft, None, "a", (2, 0), &[("witnesses.1.phone", "0905 123 456")]);
        assert_eq!(draft.answers["witnesses"][0]["name"], "Lê Minh Họa");
        assert_eq!(draft.answers["witnesses"][1]["name"], "Trần Thí Dụ");
        assert!(draft.answers["witnesses"][1]["phone"].is_string());
    }

    #[test]
    fn a_page_empties_the_fields_it_was_sent_without_and_no_others() {
        let mut draft = draft();
        put(&mut draft, Some("one"), "a", (1, 0), &[("name", "Lê Minh Họa"), ("birth_date", "26/07/2021")]);
        put(&mut draft, Some("two"), "a", (2, 0), &[("witnesses.0.name", "Trần Thí Dụ")]);
        put(&mut draft, Some("one"), "a", (3, 0), &[("name", "Lê Minh Họa")]);
        assert_eq!(draft.answers.keys().collect::<Vec<_>>(), ["name", "witnesses"]);
    }

    #[test]
    fn the_last_write_of_a_field_wins_and_the_clash_is_told() {
        let mut draft = draft();
        put(&mut draft, Some("one"), "a", (1, 0), &[("name", "Lê Minh Họa")]);
        put(&mut draft, None, "b", (5, 2), &[("name", "Lê Minh Hoàng")]);
        let clashes = put(&mut draft, Some("one"), "a", (9, 2), &[("name", "Lê Minh Hòa")]);
        assert_eq!(draft.answers["name"], "Lê Minh Hòa");
        assert_eq!((clashes.len(), clashes[0].overwritten), (1, true));
    }

    #[test]
    fn a_page_opened_before_does_not_undo_what_another_device_wrote() {
        let mut draft = draft();
        put(&mut draft, Some("one"), "a", (1, 0), &[("name", "Lê Minh Họa")]);
        put(&mut draft, None, "b", (5, 2), &[("name", "Lê Minh Hoàng")]);
        // Device a still shows the old name and adds the date only.
        let clashes =
            put(&mut draft, Some("one"), "a", (9, 2), &[("name", "Lê Minh Họa"), ("birth_date", "26/07/2021")]);
        assert_eq!(draft.answers["name"], "Lê Minh Hoàng");
        assert_eq!(draft.answers["birth_date"], "2021-07-26");
        assert_eq!((clashes.len(), clashes[0].overwritten), (1, false));
    }

    #[test]
    fn answers_and_papers_are_faulted_in_one_go() {
        let draft = draft();
        let paper = Paper {
            code: "slip".to_owned(),
            name: Words::new("Giấy chứng sinh", "Birth slip"),
            plain: Words::default(),
            required: true,
            originals: 1,
            copies: 0,
            replaceable_by: None,
        };
        let facts = Facts::on(jiff::civil::date(2021, 7, 26));
        let faults = draft.faults(&form(), &[paper], &facts);
        assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["name", "papers.slip"]);
    }
}

//! The typed model of a form.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use kernel_base::Words;
use serde_json::{Map, Value};

/// A parsed form; cheap to clone.
#[derive(Debug, Clone)]
pub struct Form(pub(crate) Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) schema: Value,
    pub(crate) validator: jsonschema::Validator,
    pub(crate) pages: Vec<Page>,
    /// In the order of asking.
    pub(crate) fields: Vec<Field>,
    /// Where each field stands, by its name.
    pub(crate) standing: HashMap<String, Standing>,
    pub(crate) applicant: BTreeMap<String, String>,
}

/// Positions of a field in [`Parts::fields`] and of its page in [`Parts::pages`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) field: usize,
    pub(crate) page: Option<usize>,
}

/// Where each field stands; looked up for every answer, many times in each check.
pub(crate) fn standing(fields: &[Field], pages: &[Page]) -> HashMap<String, Standing> {
    let stands = |(at, field): (usize, &Field)| {
        let page = pages.iter().position(|page| page.fields.contains(&field.name));
        (field.name.clone(), Standing { field: at, page })
    };
    fields.iter().enumerate().map(stands).collect()
}

/// A page of questions that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub id: String,
    pub title: Words,
    /// Names of its fields, in order.
    pub fields: Vec<String>,
    /// Asked only then.
    pub when: Option<When>,
}

/// How far a person has come with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    NotStarted,
    Started,
    Complete,
}

/// Shown only when another field has one of some values.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    pub field: String,
    pub equals: Vec<Value>,
}

impl When {
    pub fn holds(&self, answers: &Map<String, Value>) -> bool {
        answers.get(&self.field).is_some_and(|value| self.equals.contains(value))
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub title: Words,
    pub hint: Words,
    pub kind: FieldKind,
    /// Must be answered whenever it is shown.
    pub required: bool,
    /// Some `if`/`then` may require it.
    pub sometimes_required: bool,
    /// Longest text accepted, in letters.
    pub max_length: usize,
    pub when: Option<When>,
}

impl Field {
    /// Whether the label may say that the question can be left out.
    pub fn optional(&self) -> bool {
        !self.required && !self.sometimes_required
    }
}

/// What is asked (`x-type`); decides the control, the checks and the way it is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    Name,
    /// `YYYY-MM-DD`; `past`: not after today, less than 130 years ago.
    Date {
        past: bool,
    },
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    PartialDate {
        past: bool,
    },
    /// Twelve digits; the nine of the old identity card only where the schema's pattern lets them through.
    IdentityNumber {
        old_card: bool,
    },
    /// Ten digits from 0 (mobile), or eleven from 02 (fixed line).
    Phone,
    Email,
    /// Code of a commune, five digits.
    Commune,
    Address,
    Text,
    LongText,
    Choice(Vec<Choice>),
    Integer,
    /// Whole đồng.
    Money,
    /// A JSON boolean.
    YesNo,
    /// Enterprise code or tax code: ten digits, or ten and three.
    BusinessCode,
    Group(Group),
}

/// One answer of a closed question.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub value: Value,
    pub title: Words,
}

/// A repeated set of questions: witnesses, children, lines of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub fields: Vec<Field>,
    pub min: usize,
    pub max: usize,
}

impl Form {
    /// The schema as it was written.
    pub fn schema(&self) -> &Value {
        &self.0.schema
    }

    /// `examples[0]`: a complete valid answer.
    pub fn example(&self) -> Option<&Value> {
        self.0.schema.get("examples")?.get(0)
    }

    pub fn pages(&self) -> &[Page] {
        &self.0.pages
    }

    pub fn page(&self, id: &str) -> Option<&Page> {
        self.0.pages.iter().find(|page| page.id == id)
    }

    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.0.standing.get(name).and_then(|standing| self.0.fields.get(standing.field))
    }

    /// The sentence the person stands for when submitting (`x-declaration`).
    pub fn declaration(&self) -> Option<Words> {
        let text = |key: &str| self.0.schema.get(key).and_then(Value::as_str).unwrap_or_default();
        let words = Words::new(text("x-declaration"), text("x-declaration-en"));
        (!words.vi.is_empty()).then_some(words)
    }

    /// Number of copies asked for (`x-copies`), which a fee per copy is multiplied by.
    pub fn copies(&self, answers: &Value) -> Option<u64> {
        answers.get(self.0.schema.get("x-copies")?.as_str()?)?.as_u64()
    }

    /// The form itself asks how many copies are wanted: no number said beside it counts.
    pub fn asks_copies(&self) -> bool {
        self.0.schema.get("x-copies").is_some()
    }

    /// Role of the applicant (`name`, `identity_number`, `phone`, ...) → name of the field that asks for it.
    pub fn applicant(&self) -> &BTreeMap<String, String> {
        &self.0.applicant
    }

    /// The page a field stands on; `path` may be dotted (`witnesses.0.name`).
    pub fn page_of(&self, path: &str) -> Option<&Page> {
        let top = path.split('.').next().unwrap_or_default();
        self.0.standing.get(top).and_then(|standing| self.0.pages.get(standing.page?))
    }

    /// The pages that are asked, given the answers so far.
    pub fn visible_pages(&self, answers: &Value) -> Vec<&Page> {
        let shown = self.shown(answers);
        self.0.pages.iter().filter(|page| page.when.as_ref().is_none_or(|when| when.holds(&shown))).collect()
    }

    /// The answers without what is hidden (`x-when`, `when` of a page), empty or null. Hiding one field can hide
    /// another, so this runs until nothing changes.
    pub(crate) fn shown(&self, answers: &Value) -> Map<String, Value> {
        let Some(all) = answers.as_object() else { return Map::new() };
        let mut shown: Map<String, Value> =
            all.iter().filter_map(|(name, value)| Some((name.clone(), self.without_blanks(name, value)?))).collect();
        loop {
            let hidden: Vec<String> = shown.keys().filter(|name| !self.is_asked(name, &shown)).cloned().collect();
            if hidden.is_empty() {
                return shown;
            }
            for name in hidden {
                shown.remove(&name);
            }
        }
    }

    /// Whether a known field is asked; unknown names count as asked, so that they are reported.
    pub(crate) fn is_asked(&self, name: &str, shown: &Map<String, Value>) -> bool {
        let Some(standing) = self.0.standing.get(name) else { return true };
        let holds = |when: &Option<When>| when.as_ref().is_none_or(|when| when.holds(shown));
        let page = standing.page.and_then(|at| self.0.pages.get(at));
        page.is_none_or(|page| holds(&page.when))
            && self.0.fields.get(standing.field).is_none_or(|field| holds(&field.when))
    }

    fn without_blanks(&self, name: &str, value: &Value) -> Option<Value> {
        let Some(Field { kind: FieldKind::Group(group), .. }) = self.field(name) else { return not_blank(value) };
        let Value::Array(items) = value else { return not_blank(value) };
        let items: Vec<Value> = items.iter().filter_map(|item| group.shown(item)).collect();
        (!items.is_empty()).then_some(Value::Array(items))
    }
}

impl Group {
    /// An item without its hidden and blank fields; `None` when nothing is left.
    fn shown(&self, item: &Value) -> Option<Value> {
        let Value::Object(item) = item else { return not_blank(item) };
        let mut shown: Map<String, Value> =
            item.iter().filter_map(|(name, value)| Some((name.clone(), not_blank(value)?))).collect();
        for _ in 0..=self.fields.len() {
            let asked = shown.clone();
            shown.retain(|name, _| {
                let field = self.fields.iter().find(|field| &field.name == name);
                field.and_then(|field| field.when.as_ref()).is_none_or(|when| when.holds(&asked))
            });
        }
        (!shown.is_empty()).then_some(Value::Object(shown))
    }
}

fn not_blank(value: &Value) -> Option<Value> {
    let blank = match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    (!blank).then(|| value.clone())
}

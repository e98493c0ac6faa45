//! All faults of an answer at once: one sentence per field, hidden fields aside.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jsonschema::error::ValidationErrorKind as Keyword;
use kernel_base::{FieldError, text, vietnam_date};
use serde_json::{Map, Value};

use crate::say::{self, Fault};
use crate::values;
use crate::{Facts, Field, FieldKind, Form, Group, PageState};

/// Longest answers taken, in bytes of text.
const MOST_BYTES: usize = 1_000_000;
/// An answer is an object of lists of objects.
const MOST_DEPTH: usize = 8;
/// Nobody is older; a year typed wrong is.
const OLDEST_YEARS: i16 = 130;

impl Form {
    /// Cleans, leaves out what is hidden, and checks: the one door for answers from outside.
    ///
    /// # Errors
    /// Every fault, in the order of the form.
    pub fn accept(&self, raw: &Value, facts: &Facts<'_>) -> Result<Value, Vec<FieldError>> {
        if let Some(fault) = measure(raw) {
            return Err(vec![fault.at("")]);
        }
        let clean = self.clean(raw);
        if !clean.is_object() {
            return Err(vec![say::not_an_object().at("")]);
        }
        let shown = Value::Object(self.shown(&clean));
        let faults = self.check_shown(&shown, Some(facts));
        if faults.is_empty() { Ok(shown) } else { Err(faults) }
    }

    /// Every fault of cleaned answers, in the order of the form; at most one per field.
    pub fn validate(&self, answers: &Value, facts: &Facts<'_>) -> Vec<FieldError> {
        self.check(answers, Some(facts))
    }

    /// The faults of one page.
    pub fn validate_page(&self, page_id: &str, answers: &Value, facts: &Facts<'_>) -> Vec<FieldError> {
        let on_page = |fault: &FieldError| self.page_of(&fault.field).is_none_or(|page| page.id == page_id);
        self.check(answers, Some(facts)).into_iter().filter(on_page).collect()
    }

    /// How far the person has come with a page.
    pub fn page_state(&self, page_id: &str, answers: &Value, facts: &Facts<'_>) -> PageState {
        let Some(page) = self.page(page_id) else { return PageState::NotStarted };
        let shown = self.shown(answers);
        let answered = page.fields.iter().any(|name| shown.contains_key(name));
        match self.validate_page(page_id, answers, facts).is_empty() {
            // A page of optional questions does not stop anybody, also untouched.
            true if answered || self.nothing_needed(page) => PageState::Complete,
            true => PageState::NotStarted,
            false if answered => PageState::Started,
            false => PageState::NotStarted,
        }
    }

    fn nothing_needed(&self, page: &crate::Page) -> bool {
        page.fields.iter().filter_map(|name| self.field(name)).all(Field::optional)
    }

    /// Without facts only what does not depend on the day is checked.
    pub(crate) fn check(&self, answers: &Value, facts: Option<&Facts<'_>>) -> Vec<FieldError> {
        if let Some(fault) = measure(answers) {
            return vec![fault.at("")];
        }
        if !answers.is_object() {
            return vec![say::not_an_object().at("")];
        }
        self.check_shown(&Value::Object(self.shown(answers)), facts)
    }

    /// Checks the answers that are asked.
    fn check_shown(&self, answers: &Value, facts: Option<&Facts<'_>>) -> Vec<FieldError> {
        let Some(shown) = answers.as_object() else { return vec![say::not_an_object().at("")] };
        let mut faults = Faults::default();
        for field in &self.0.fields {
            match shown.get(&field.name) {
                Some(value) => check_value(field, value, &field.name, facts, &mut faults),
                None if field.required && self.is_asked(&field.name, shown) => {
                    faults.add(&field.name, say::required(field));
                }
                None => {}
            }
        }
        for name in shown.keys().filter(|name| self.field(name).is_none()) {
            faults.add(name, say::unknown_field(name));
        }
        self.check_keywords(answers, shown, &mut faults);
        let mut list = faults.list;
        list.sort_by_key(|fault| self.order(&fault.field));
        list
    }

    /// The generic keywords of the schema, in our sentences.
    fn check_keywords(&self, answers: &Value, shown: &Map<String, Value>, faults: &mut Faults) {
        if self.0.validator.is_valid(answers) {
            return;
        }
        for error in self.0.validator.iter_errors(answers) {
            let mut path: Vec<String> = error.instance_path().as_str().split('/').skip(1).map(str::to_owned).collect();
            if let Keyword::Required { property } = error.kind() {
                path.extend(property.as_str().map(str::to_owned));
            }
            let hidden = path.first().is_some_and(|top| !self.is_asked(top, shown));
            let Some(field) = self.field_at(&path).filter(|_| !hidden) else { continue };
            if is_hidden_in_group(self, &path, shown) {
                continue;
            }
            if let Some(fault) = in_words(field, error.kind()) {
                faults.add(&path.join("."), fault);
            }
        }
    }

    /// The field at `name` or `group.0.name`.
    fn field_at(&self, path: &[String]) -> Option<&Field> {
        let field = self.field(path.first()?)?;
        match (&field.kind, path) {
            (FieldKind::Group(group), [_, _, name, ..]) => group.fields.iter().find(|inner| &inner.name == name),
            _ => Some(field),
        }
    }

    /// Position of a dotted path in the order of asking; what the form does not know comes last.
    fn order(&self, path: &str) -> (usize, usize, usize) {
        let mut parts = path.split('.');
        let top = parts.next().unwrap_or_default();
        let item = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        let Some(first) = self.0.standing.get(top).map(|standing| standing.field) else { return (usize::MAX, 0, 0) };
        let inner = match (self.0.fields.get(first).map(|field| &field.kind), parts.next()) {
            (Some(FieldKind::Group(group)), Some(name)) => group.fields.iter().position(|field| field.name == name),
            _ => None,
        };
        (first, item, inner.map_or(0, |position| position + 1))
    }
}

/// Faults with at most one per path: the first, which is the most exact, stays.
#[derive(Debug, Default)]
struct Faults {
    list: Vec<FieldError>,
    paths: BTreeSet<String>,
}

impl Faults {
    fn add(&mut self, path: &str, fault: Fault) {
        if self.paths.insert(path.to_owned()) {
            self.list.push(fault.at(path));
        }
    }
}

fn is_hidden_in_group(form: &Form, path: &[String], shown: &Map<String, Value>) -> bool {
    let [top, index, name, ..] = path else { return false };
    let Some(Field { kind: FieldKind::Group(group), .. }) = form.field(top) else { return false };
    let when = group.fields.iter().find(|field| &field.name == name).and_then(|field| field.when.as_ref());
    let item = shown.get(top).and_then(|list| list.get(index.parse::<usize>().ok()?)).and_then(Value::as_object);
    when.is_some_and(|when| item.is_none_or(|item| !when.holds(item)))
}

/// Too much text or too many layers; walks without recursion, so that depth cannot hurt.
fn measure(value: &Value) -> Option<Fault> {
    let mut bytes = 0_usize;
    let mut waiting = vec![(value, 1_usize)];
    while let Some((value, depth)) = waiting.pop() {
        if depth > MOST_DEPTH {
            return Some(say::too_deep());
        }
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(items) => {
                bytes += items.len();
                waiting.extend(items.iter().map(|item| (item, depth + 1)));
            }
            Value::Object(object) => {
                bytes += object.keys().map(String::len).sum::<usize>();
                waiting.extend(object.values().map(|value| (value, depth + 1)));
            }
            _ => bytes += 8,
        }
        if bytes > MOST_BYTES {
            return Some(say::too_big());
        }
    }
    None
}

fn check_value(field: &Field, value: &Value, path: &str, facts: Option<&Facts<'_>>, faults: &mut Faults) {
    if let FieldKind::Group(group) = &field.kind {
        return match value.as_array() {
            Some(items) => check_items(field, group, items, path, facts, faults),
            None => faults.add(path, say::json_type(field)),
        };
    }
    if let Some(fault) = fault_of(field, value, facts) {
        faults.add(path, fault);
    }
}

fn check_items(
    field: &Field,
    group: &Group,
    items: &[Value],
    path: &str,
    facts: Option<&Facts<'_>>,
    faults: &mut Faults,
) {
    if items.len() > group.max {
        faults.add(path, say::too_many(field, group.max as u64));
    }
    for (index, item) in items.iter().enumerate() {
        let Some(item) = item.as_object() else {
            faults.add(&format!("{path}.{index}"), say::json_type(field));
            continue;
        };
        for inner in &group.fields {
            let place = format!("{path}.{index}.{}", inner.name);
            let asked = inner.when.as_ref().is_none_or(|when| when.holds(item));
            match item.get(&inner.name) {
                Some(value) => check_value(inner, value, &place, facts, faults),
                None if inner.required && asked => faults.add(&place, say::required(inner)),
                None => {}
            }
        }
        for name in item.keys().filter(|name| !group.fields.iter().any(|inner| &inner.name == *name)) {
            faults.add(&format!("{path}.{index}.{name}"), say::unknown_field(name));
        }
    }
}

/// The fault of one cleaned value, by the kind of its question.
fn fault_of(field: &Field, value: &Value, facts: Option<&Facts<'_>>) -> Option<Fault> {
    match (&field.kind, value) {
        (FieldKind::Choice(choices), value) => {
            (!choices.iter().any(|choice| &choice.value == value)).then(|| say::format(field))
        }
        (FieldKind::YesNo, Value::Bool(_)) => None,
        (FieldKind::Integer | FieldKind::Money, Value::Number(number)) => {
            (!number.is_i64()).then(|| say::format(field))
        }
        (FieldKind::YesNo | FieldKind::Integer | FieldKind::Money, Value::String(_)) => Some(say::format(field)),
        (_, Value::String(typed)) => fault_of_text(field, typed, facts),
        _ => Some(say::json_type(field)),
    }
}

fn fault_of_text(field: &Field, typed: &str, facts: Option<&Facts<'_>>) -> Option<Fault> {
    let (limit, points) = (field.max_length, typed.chars().count());
    // A letter may be built of several code points (Cơ Tu breves), but not of endless ones; never of less than one.
    if points > limit {
        let letters = text::length(typed);
        if letters > limit {
            return Some(say::too_long(field, letters, limit));
        }
        if points > limit.saturating_mul(4) {
            return Some(say::too_many_marks(field));
        }
    }
    match &field.kind {
        FieldKind::Name => fault_of_name(field, typed),
        FieldKind::Date { past } => match values::read_whole_date(typed) {
            Ok(date) => past.then(|| fault_of_past(field, date, facts)).flatten(),
            Err(fault) => Some(say::date(field, fault)),
        },
        FieldKind::PartialDate { past } => match values::read_date(typed) {
            Ok(date) => past.then(|| fault_of_past(field, date.first_day()?, facts)).flatten(),
            Err(fault) => Some(say::date(field, fault)),
        },
        FieldKind::IdentityNumber { old_card } => fault_of_identity(field, typed, *old_card),
        FieldKind::Phone => (!values::is_phone(typed)).then(|| say::format(field)),
        FieldKind::Email => (!values::is_email(typed)).then(|| say::format(field)),
        FieldKind::Commune => fault_of_place(field, typed, facts),
        FieldKind::BusinessCode => {
            let digits = values::read_digits(typed).map_or(0, |digits| digits.len());
            (digits != 10 && digits != 13).then(|| say::format(field))
        }
        _ => None,
    }
}

/// One word is a name; so are names with an apostrophe or a breve (Cơ Tu, Xơ Đăng), a dot or a dash.
fn fault_of_name(field: &Field, typed: &str) -> Option<Fault> {
    let old_font = typed.chars().any(|c| matches!(c, '\u{a1}'..='\u{bf}' | '\u{d7}' | '\u{f7}'));
    if old_font {
        return Some(say::old_encoding(field));
    }
    let sign = |c: char| matches!(c, ' ' | '\'' | '\u{2019}' | '\u{2bc}' | '-' | '.' | '\u{300}'..='\u{36f}');
    // Letters of other scripts look the same and are others: such a name is found and compared with nothing.
    let letter = |c: char| c.is_alphabetic() && (c < '\u{250}' || matches!(c, '\u{1e00}'..='\u{1eff}'));
    let right = typed.chars().all(|c| letter(c) || sign(c)) && typed.chars().any(letter);
    (!right).then(|| say::format(field))
}

fn fault_of_past(field: &Field, date: Date, facts: Option<&Facts<'_>>) -> Option<Fault> {
    let today = facts?.today;
    if date > today {
        return Some(say::in_the_future(field, &vietnam_date(today)));
    }
    let not_yet = (today.month(), today.day()) < (date.month(), date.day());
    let years = today.year() - date.year() - i16::from(not_yet);
    (years >= OLDEST_YEARS).then(|| say::too_long_ago(field, years))
}

fn fault_of_identity(field: &Field, typed: &str, old_card: bool) -> Option<Fault> {
    let digits = typed.bytes().all(|b| b.is_ascii_digit());
    match (digits, typed.len()) {
        (true, 12) => {
            let province: u32 = typed[..3].parse().unwrap_or(0);
            (!(1..=96).contains(&province)).then(|| say::identity_province(field, &typed[..3]))
        }
        (true, 9) if old_card => None,
        (true, has) => Some(say::identity_length(field, has)),
        (false, _) => Some(say::identity_length(field, 0)),
    }
}

fn fault_of_place(field: &Field, typed: &str, facts: Option<&Facts<'_>>) -> Option<Fault> {
    if typed.len() != 5 || !typed.bytes().all(|b| b.is_ascii_digit()) {
        return Some(say::format(field));
    }
    let places = facts.and_then(|facts| facts.places).filter(|places| !places.is_empty())?;
    places.name(typed).is_none().then(|| say::unknown_place(field, typed))
}

/// Keyword → sentence. Lengths count letters and unknown names are found before, so those say nothing here.
fn in_words(field: &Field, keyword: &Keyword) -> Option<Fault> {
    let shown = |limit: &Value| limit.as_i64().map_or_else(|| limit.to_string(), text::thousands);
    match keyword {
        Keyword::Required { .. } => Some(say::required(field)),
        Keyword::MaxLength { .. } | Keyword::AdditionalProperties { .. } | Keyword::UnevaluatedProperties { .. } => {
            None
        }
        Keyword::MinLength { limit } => Some(say::too_short(field, *limit)),
        Keyword::Minimum { limit } => Some(say::at_least(field, &shown(limit))),
        Keyword::Maximum { limit } => Some(say::at_most(field, &shown(limit))),
        Keyword::MinItems { limit } => Some(say::too_few(field, *limit)),
        Keyword::MaxItems { limit } => Some(say::too_many(field, *limit)),
        Keyword::UniqueItems => Some(say::repeated(field)),
        Keyword::Type { .. } => Some(say::json_type(field)),
        _ => Some(say::format(field)),
    }
}

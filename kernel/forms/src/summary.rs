//! Answers as people read them: the check-answers page, slips, the officer's view.

use kernel_base::{Lang, Vnd, text};
use serde_json::Value;

use crate::{Field, FieldKind, Form, Places, values};

/// One line of the check-answers page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// Id of the page that changes it.
    pub page: String,
    /// Path of the field: `child_name`, `witnesses.0.name`.
    pub field: String,
    pub label: String,
    /// As people read it; empty when not answered.
    pub value: String,
}

impl Form {
    /// The asked questions with their answers, in the order of the form. Lines of a group are numbered in the label.
    pub fn summary(&self, answers: &Value, places: Option<&Places>, lang: Lang) -> Vec<SummaryRow> {
        let shown_answers = self.shown(answers);
        let mut rows = Vec::new();
        for page in self.visible_pages(answers) {
            let row =
                |field: String, label: String, value: String| SummaryRow { page: page.id.clone(), field, label, value };
            for field in page.fields.iter().filter_map(|name| self.field(name)) {
                if !self.is_asked(&field.name, &shown_answers) {
                    continue;
                }
                let label = field.title.say(lang).to_owned();
                let value = shown_answers.get(&field.name);
                let (FieldKind::Group(group), Some(Value::Array(lines))) = (&field.kind, value) else {
                    rows.push(row(
                        field.name.clone(),
                        label,
                        value.map(|v| shown(field, v, places, lang)).unwrap_or_default(),
                    ));
                    continue;
                };
                for (index, line) in lines.iter().enumerate() {
                    for inner in &group.fields {
                        let Some(value) = line.get(&inner.name) else { continue };
                        let inner_label = format!("{label} {}: {}", index + 1, inner.title.say(lang));
                        let path = format!("{}.{index}.{}", field.name, inner.name);
                        rows.push(row(path, inner_label, shown(inner, value, places, lang)));
                    }
                }
            }
        }
        rows
    }
}

impl Form {
    /// The questions that are asked, given these answers: names in the order of the form. A group counts once.
    pub fn asked_fields(&self, answers: &Value) -> Vec<&str> {
        let shown = self.shown(answers);
        let visible: Vec<&str> = self.visible_pages(answers).iter().map(|page| page.id.as_str()).collect();
        let asked = |field: &&Field| {
            let page = self.page_of(&field.name).is_some_and(|page| visible.contains(&page.id.as_str()));
            page && self.is_asked(&field.name, &shown)
        };
        self.fields().iter().filter(asked).map(|field| field.name.as_str()).collect()
    }

    /// A value of a field as people read it; the lines of a group one after another.
    pub fn say(&self, field: &str, value: &Value, places: Option<&Places>, lang: Lang) -> String {
        let Some(field) = self.field(field) else { return plain(value) };
        let (FieldKind::Group(group), Value::Array(lines)) = (&field.kind, value) else {
            return shown(field, value, places, lang);
        };
        let line = |line: &Value| {
            let part = |inner: &Field| line.get(&inner.name).map(|value| shown(inner, value, places, lang));
            group.fields.iter().filter_map(part).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        };
        lines.iter().map(line).collect::<Vec<_>>().join("; ")
    }
}

/// One value as people read it; what does not fit its kind is shown as typed.
pub(crate) fn shown(field: &Field, value: &Value, places: Option<&Places>, lang: Lang) -> String {
    match (&field.kind, value) {
        (FieldKind::Choice(choices), value) => match choices.iter().find(|choice| &choice.value == value) {
            Some(choice) => choice.title.say(lang).to_owned(),
            None => plain(value),
        },
        (FieldKind::YesNo, Value::Bool(answer)) => match (answer, lang) {
            (true, Lang::Vi) => "Có".to_owned(),
            (false, Lang::Vi) => "Không".to_owned(),
            (true, Lang::En) => "Yes".to_owned(),
            (false, Lang::En) => "No".to_owned(),
        },
        (FieldKind::Date { .. } | FieldKind::PartialDate { .. }, Value::String(text)) => {
            values::read_date(text).map_or_else(|_| text.clone(), values::PartialDate::shown)
        }
        (FieldKind::Phone, Value::String(text)) => values::phone_shown(text),
        (FieldKind::Commune, Value::String(code)) => {
            places.and_then(|places| places.name(code)).map_or_else(|| code.clone(), str::to_owned)
        }
        (FieldKind::Money, Value::Number(n)) => {
            n.as_i64().and_then(Vnd::new).map_or_else(|| n.to_string(), |dong| dong.to_string())
        }
        (FieldKind::Integer, Value::Number(n)) => n.as_i64().map_or_else(|| n.to_string(), text::thousands),
        (_, value) => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

//! Putting what people type into the form that is stored, losing nothing: what cannot be understood stays as typed,
//! so that the person sees it again beside the message.

use kernel_base::text;
use serde_json::{Map, Value};

use crate::values;
use crate::{Choice, Field, FieldKind, Form, Group};

impl Form {
    /// Normalises an answer. Names the form does not know are kept for [`Form::validate`] to report.
    pub fn clean(&self, raw: &Value) -> Value {
        let Some(answers) = raw.as_object() else { return raw.clone() };
        Value::Object(clean_object(answers, &self.0.fields))
    }
}

fn clean_object(answers: &Map<String, Value>, fields: &[Field]) -> Map<String, Value> {
    let one = |(name, value): (&String, &Value)| {
        let field = fields.iter().find(|field| &field.name == name);
        (name.clone(), field.map_or_else(|| value.clone(), |field| clean_value(value, &field.kind)))
    };
    answers.iter().map(one).collect()
}

/// One value in the stored form of its kind.
pub(crate) fn clean_value(value: &Value, kind: &FieldKind) -> Value {
    match (value, kind) {
        (Value::Array(items), FieldKind::Group(group)) => {
            Value::Array(items.iter().map(|i| clean_item(i, group)).collect())
        }
        (Value::String(typed), _) => clean_text(typed, kind),
        (Value::Number(number), FieldKind::Integer | FieldKind::Money) => {
            whole(number).unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

fn clean_item(item: &Value, group: &Group) -> Value {
    item.as_object().map_or_else(|| item.clone(), |item| Value::Object(clean_object(item, &group.fields)))
}

/// `3.0` is the whole number 3.
fn whole(number: &serde_json::Number) -> Option<Value> {
    let float = number.as_f64().filter(|_| number.as_i64().is_none() && number.as_u64().is_none())?;
    let whole = float.fract() == 0.0 && float.abs() < 9e15;
    whole.then(|| Value::from(float as i64))
}

fn clean_text(typed: &str, kind: &FieldKind) -> Value {
    if matches!(kind, FieldKind::LongText) {
        return text::clean(typed).into();
    }
    let line = text::clean_line(typed);
    let understood = match kind {
        FieldKind::Date { .. } => values::read_whole_date(&line).ok().map(|date| date.to_string().into()),
        FieldKind::PartialDate { .. } => values::read_date(&line).ok().map(|date| date.iso().into()),
        FieldKind::IdentityNumber { .. } | FieldKind::Commune => values::read_digits(&line).map(Value::from),
        FieldKind::Phone => values::read_phone(&line).map(Value::from),
        FieldKind::BusinessCode => values::read_business_code(&line).map(Value::from),
        FieldKind::Integer => values::read_integer(&line).map(Value::from),
        FieldKind::Money => values::read_money(&line).map(Value::from),
        FieldKind::YesNo => values::read_yes_no(&line).map(Value::from),
        FieldKind::Choice(choices) => chosen(&line, choices),
        FieldKind::Name
        | FieldKind::Email
        | FieldKind::Address
        | FieldKind::Text
        | FieldKind::LongText
        | FieldKind::Group(_) => None,
    };
    understood.unwrap_or_else(|| line.into())
}

/// The option meant: its value, or its title in either language, marks and capitals aside.
fn chosen(line: &str, choices: &[Choice]) -> Option<Value> {
    let as_text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(choice) = choices.iter().find(|choice| as_text(&choice.value) == line) {
        return Some(choice.value.clone());
    }
    let folded = text::fold(line);
    let mut same = choices.iter().filter(|choice| {
        !folded.is_empty() && [&choice.title.vi, &choice.title.en].iter().any(|t| text::fold(t) == folded)
    });
    match (same.next(), same.next()) {
        (Some(choice), None) => Some(choice.value.clone()),
        _ => None,
    }
}

//! Answers from a posted HTML page, without JavaScript.

use serde_json::{Map, Value};

use crate::{Field, FieldKind, Form};

/// Name of the button that adds a line to a group; its value is the group's name.
pub(crate) const ADD: &str = "add";
/// Name of the button that removes a line; its value is `group.index`.
pub(crate) const REMOVE: &str = "remove";

impl Form {
    /// The answers of one page from its posted fields, cleaned; what cannot be understood stays as typed. Names that
    /// are not on the page are passed over (`csrf`). Lists use dotted names (`witnesses.0.name`); a date comes in
    /// one box (`birth_date`) or in three (`birth_date.day`, `.month`, `.year`). The buttons `add` and `remove` of a
    /// group add an empty line or take one out.
    pub fn from_fields(&self, page_id: &str, posted: &[(String, String)]) -> Value {
        let Some(page) = self.page(page_id) else { return Value::Object(Map::new()) };
        let mut answers = Map::new();
        for field in page.fields.iter().filter_map(|name| self.field(name)) {
            if let Some(value) = posted_value(field, &field.name, posted) {
                answers.insert(field.name.clone(), value);
            }
        }
        let Value::Object(mut answers) = self.clean(&Value::Object(answers)) else {
            return Value::Object(Map::new());
        };
        self.press_buttons(posted, &mut answers);
        Value::Object(answers)
    }

    /// True when `add` or `remove` was pressed: the same page is shown again instead of the next.
    pub fn stays_on_page(posted: &[(String, String)]) -> bool {
        posted.iter().any(|(name, _)| name == ADD || name == REMOVE)
    }

    fn press_buttons(&self, posted: &[(String, String)], answers: &mut Map<String, Value>) {
        for (button, value) in posted {
            let (group, index) = value.split_once('.').unwrap_or((value, ""));
            let Some(Field { kind: FieldKind::Group(kind), .. }) = self.field(group) else { continue };
            let lines = answers.entry(group).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(lines) = lines else { continue };
            match (button.as_str(), index.parse::<usize>()) {
                (ADD, _) if lines.len() < kind.max => lines.push(Value::Object(Map::new())),
                (REMOVE, Ok(index)) if index < lines.len() => {
                    lines.remove(index);
                }
                _ => {}
            }
        }
    }
}

fn posted_value(field: &Field, path: &str, posted: &[(String, String)]) -> Option<Value> {
    match &field.kind {
        FieldKind::Group(group) => {
            let lines = lines_posted(path, posted, group.max);
            let line = |index: usize| {
                let inner =
                    |f: &Field| Some((f.name.clone(), posted_value(f, &format!("{path}.{index}.{}", f.name), posted)?));
                Value::Object(group.fields.iter().filter_map(inner).collect())
            };
            (lines > 0).then(|| Value::Array((0..lines).map(line).collect()))
        }
        FieldKind::Date { .. } | FieldKind::PartialDate { .. } => {
            one_box(path, posted).or_else(|| three_boxes(path, posted))
        }
        _ => one_box(path, posted),
    }
}

/// The last value of that name, unless it is blank.
fn last<'a>(name: &str, posted: &'a [(String, String)]) -> Option<&'a str> {
    let value = posted.iter().rev().find(|(posted, _)| posted == name).map(|(_, value)| value.as_str());
    value.filter(|value| !value.trim().is_empty())
}

fn one_box(path: &str, posted: &[(String, String)]) -> Option<Value> {
    last(path, posted).map(Value::from)
}

/// `26/7/2021`; a box left empty stays empty between the strokes, so that it is shown again as it was.
fn three_boxes(path: &str, posted: &[(String, String)]) -> Option<Value> {
    let part = |name: &str| last(&format!("{path}.{name}"), posted).map(|text| text.trim().replace('/', " "));
    let (day, month, year) = (part("day"), part("month"), part("year"));
    if day.is_none() && month.is_none() && year.is_none() {
        return None;
    }
    let typed = |part: Option<String>| part.unwrap_or_default();
    Some(format!("{}/{}/{}", typed(day), typed(month), typed(year)).into())
}

/// One more than the highest index posted, within the limit of the group.
fn lines_posted(path: &str, posted: &[(String, String)], most: usize) -> usize {
    let prefix = format!("{path}.");
    let index = |name: &str| name.strip_prefix(&prefix)?.split('.').next()?.parse::<usize>().ok();
    posted.iter().filter_map(|(name, _)| index(name)).filter(|index| *index <= most).max().map_or(0, |index| index + 1)
}

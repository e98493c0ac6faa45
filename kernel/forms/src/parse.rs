//! From a JSON Schema to the typed model. Every fault of the definition is named in one answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jsonschema::PatternOptions;
use kernel_base::Words;
use serde_json::{Map, Value};

use crate::{
    Choice, Field, FieldKind, Form, Group, Page, When, memory,
    model::{Parts, standing},
};

const FORM_KEYS: &[&str] = &[
    "$schema",
    "$id",
    "$comment",
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "allOf",
    "dependentRequired",
    "examples",
];
const FIELD_KEYS: &[&str] = &[
    "$comment",
    "type",
    "title",
    "description",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "oneOf",
    "enum",
    "const",
    "default",
    "examples",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Lines of a group when the schema does not say.
const MOST_ITEMS: usize = 50;

impl Form {
    /// Reads a definition. Reading compiles the schema and checks the example (milliseconds), so that forms read
    /// before are remembered: the same definition costs a comparison.
    ///
    /// # Errors
    /// All faults, each naming the property or keyword: for the author of the form, in English.
    pub fn parse(schema: &Value) -> Result<Self, Vec<String>> {
        if let Some(known) = memory::recall(schema) {
            return Ok(known);
        }
        let form = Self::read(schema)?;
        memory::keep(&form);
        Ok(form)
    }

    fn read(schema: &Value) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let Some(root) = schema.as_object() else { return Err(vec!["the form is not a JSON object".to_owned()]) };
        unknown_keys(root, FORM_KEYS, "form", &mut faults);
        let mut fields = fields_of(root, "", &mut faults);
        mark_sometimes_required(root, &mut fields);
        let pages = pages_of(root, &fields, &mut faults);
        in_page_order(&mut fields, &pages);
        for when in pages.iter().filter_map(|page| page.when.as_ref()) {
            check_when(when, &fields, "x-pages", &mut faults);
        }
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .should_validate_formats(false)
            .build(schema)
            .map_err(|error| faults.push(format!("{}: {error}", error.instance_path())));
        let applicant = applicant_of(root, &fields, &mut faults);
        match validator {
            Ok(validator) if faults.is_empty() => {
                let standing = standing(&fields, &pages);
                let parts = Parts { schema: schema.clone(), validator, pages, fields, standing, applicant };
                Self(Arc::new(parts)).with_sound_example()
            }
            _ => Err(faults),
        }
    }

    fn with_sound_example(self) -> Result<Self, Vec<String>> {
        let Some(example) = self.example() else { return Err(vec!["examples[0] is missing".to_owned()]) };
        let faults = self.check(example, None);
        if faults.is_empty() {
            return Ok(self);
        }
        Err(faults.iter().map(|fault| format!("examples[0].{}: {}", fault.field, fault.message.en)).collect())
    }
}

fn unknown_keys(object: &Map<String, Value>, known: &[&str], place: &str, faults: &mut Vec<String>) {
    for key in object.keys().filter(|key| !key.starts_with("x-") && !known.contains(&key.as_str())) {
        faults.push(format!("{place}: the keyword `{key}` has no meaning in a form"));
    }
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn words(object: &Map<String, Value>, vi: &str, en: &str) -> Words {
    Words::new(text(object, vi), text(object, en))
}

fn names(object: &Map<String, Value>, key: &str) -> Vec<String> {
    let list = object.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn number(object: &Map<String, Value>, key: &str) -> Option<usize> {
    object.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
}

/// The properties of the form or of a group's items, ordered by `x-order`, then `required`, then name.
fn fields_of(object: &Map<String, Value>, prefix: &str, faults: &mut Vec<String>) -> Vec<Field> {
    let Some(properties) = object.get("properties").and_then(Value::as_object) else {
        faults.push(format!("{prefix}properties is missing"));
        return Vec::new();
    };
    let required = names(object, "required");
    for name in required.iter().filter(|name| !properties.contains_key(*name)) {
        faults.push(format!("{prefix}required names `{name}`, which is not a property"));
    }
    let mut order = names(object, "x-order");
    order.extend(required.iter().cloned());
    order.extend(properties.keys().cloned());
    let mut seen = BTreeSet::new();
    order.retain(|name| properties.contains_key(name) && seen.insert(name.clone()));
    let is_required = |name: &String| required.contains(name);
    let fields: Vec<Field> = order
        .iter()
        .filter_map(|name| field_of(name, prefix, properties.get(name)?, is_required(name), faults))
        .collect();
    for field in &fields {
        if let Some(when) = &field.when {
            check_when(when, &fields, &format!("{prefix}{}", field.name), faults);
        }
    }
    fields
}

fn field_of(name: &str, prefix: &str, value: &Value, required: bool, faults: &mut Vec<String>) -> Option<Field> {
    let place = format!("{prefix}{name}");
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        faults.push(format!("{place}: a name has small letters, digits and `_` only"));
    }
    let Some(object) = value.as_object() else {
        faults.push(format!("{place}: not an object"));
        return None;
    };
    unknown_keys(object, FIELD_KEYS, &place, faults);
    let title = words(object, "title", "x-title-en");
    if title.vi.is_empty() {
        faults.push(format!("{place}: `title` is missing"));
    }
    let kind = kind_of(object, &place, faults)?;
    Some(Field {
        name: name.to_owned(),
        title,
        hint: words(object, "x-hint", "x-hint-en"),
        max_length: number(object, "maxLength").unwrap_or_else(|| usual_length(&kind)),
        kind,
        required,
        sometimes_required: false,
        when: when_of(object.get("x-when"), &place, faults),
    })
}

fn usual_length(kind: &FieldKind) -> usize {
    match kind {
        FieldKind::LongText => 5_000,
        FieldKind::Address | FieldKind::Text => 500,
        _ => 200,
    }
}

fn kind_of(object: &Map<String, Value>, place: &str, faults: &mut Vec<String>) -> Option<FieldKind> {
    let json_type = text(object, "type");
    if json_type == "array" {
        return group_of(object, place, faults).map(FieldKind::Group);
    }
    let past = object.get("x-past").and_then(Value::as_bool).unwrap_or_else(|| place.contains("birth"));
    let x_type = text(object, "x-type");
    let kind = match if x_type.is_empty() { guessed(object) } else { x_type } {
        "name" => FieldKind::Name,
        "date" => FieldKind::Date { past },
        "partial-date" => FieldKind::PartialDate { past },
        "identity-number" => FieldKind::IdentityNumber { old_card: lets_nine_digits_through(object) },
        "phone" => FieldKind::Phone,
        "email" => FieldKind::Email,
        "commune" => FieldKind::Commune,
        "address" => FieldKind::Address,
        "text" => FieldKind::Text,
        "long-text" => FieldKind::LongText,
        "integer" => FieldKind::Integer,
        "money" => FieldKind::Money,
        "business-code" => FieldKind::BusinessCode,
        "yes-no" if json_type == "boolean" => FieldKind::YesNo,
        "choice" | "yes-no" => FieldKind::Choice(choices_of(object, place, faults)),
        other => {
            faults.push(format!("{place}: the x-type `{other}` does not exist"));
            return None;
        }
    };
    let expected = match kind {
        FieldKind::Integer | FieldKind::Money => "integer",
        FieldKind::YesNo => "boolean",
        FieldKind::Choice(_) => return Some(kind),
        _ => "string",
    };
    if json_type != expected {
        faults.push(format!("{place}: `type` must be \"{expected}\" for this x-type"));
    }
    Some(kind)
}

fn guessed(object: &Map<String, Value>) -> &'static str {
    let closed = object.contains_key("oneOf") || object.contains_key("enum");
    match (text(object, "type"), text(object, "format")) {
        _ if closed => "choice",
        ("boolean", _) => "yes-no",
        ("integer", _) => "integer",
        (_, "date") => "date",
        (_, "email") => "email",
        _ => "text",
    }
}

fn lets_nine_digits_through(object: &Map<String, Value>) -> bool {
    object.get("pattern").is_some_and(|pattern| {
        jsonschema::options()
            .build(&serde_json::json!({ "pattern": pattern }))
            .is_ok_and(|validator| validator.is_valid(&Value::from("205123456")))
    })
}

fn choices_of(object: &Map<String, Value>, place: &str, faults: &mut Vec<String>) -> Vec<Choice> {
    let mut choices = Vec::new();
    for option in object.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        match option.as_object().and_then(|option| Some((option.get("const")?, option))) {
            Some((value, option)) if !text(option, "title").is_empty() => {
                choices.push(Choice { value: value.clone(), title: words(option, "title", "x-title-en") });
            }
            _ => faults.push(format!("{place}: an option of oneOf lacks `const` or `title`")),
        }
    }
    for value in object.get("enum").and_then(Value::as_array).into_iter().flatten() {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        choices.push(Choice { value: value.clone(), title: Words::new(shown, "") });
    }
    if choices.is_empty() {
        faults.push(format!("{place}: a choice needs `oneOf` with its options"));
    }
    choices
}

fn group_of(object: &Map<String, Value>, place: &str, faults: &mut Vec<String>) -> Option<Group> {
    let Some(items) = object.get("items").and_then(Value::as_object) else {
        faults.push(format!("{place}: a group needs `items`"));
        return None;
    };
    let fields = fields_of(items, &format!("{place}[]."), faults);
    if fields.iter().any(|field| matches!(field.kind, FieldKind::Group(_))) {
        faults.push(format!("{place}: a group cannot hold a group"));
    }
    let min = number(object, "minItems").unwrap_or(0);
    Some(Group { fields, min, max: number(object, "maxItems").unwrap_or(MOST_ITEMS) })
}

fn when_of(value: Option<&Value>, place: &str, faults: &mut Vec<String>) -> Option<When> {
    let value = value?;
    let field = value.get("field").and_then(Value::as_str);
    let (Some(field), Some(equals)) = (field, value.get("equals")) else {
        faults.push(format!("{place}: a condition needs `field` and `equals`"));
        return None;
    };
    let equals = equals.as_array().cloned().unwrap_or_else(|| vec![equals.clone()]);
    Some(When { field: field.to_owned(), equals })
}

fn check_when(when: &When, fields: &[Field], place: &str, faults: &mut Vec<String>) {
    let Some(field) = fields.iter().find(|field| field.name == when.field) else {
        faults.push(format!("{place}: the condition names `{}`, which is not a property", when.field));
        return;
    };
    let possible = |value: &Value| match &field.kind {
        FieldKind::Choice(choices) => choices.iter().any(|choice| &choice.value == value),
        FieldKind::YesNo => value.is_boolean(),
        _ => true,
    };
    for value in when.equals.iter().filter(|value| !possible(value)) {
        faults.push(format!("{place}: the condition waits for {value}, which `{}` never has", when.field));
    }
}

/// Names in `then.required` or `else.required` of an `allOf`, and in `dependentRequired`.
fn mark_sometimes_required(root: &Map<String, Value>, fields: &mut [Field]) {
    let rules = root.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let branches = rules.flat_map(|rule| [rule.get("then"), rule.get("else")]).flatten();
    let mut wanted: BTreeSet<String> =
        branches.filter_map(Value::as_object).flat_map(|branch| names(branch, "required")).collect();
    if let Some(dependent) = root.get("dependentRequired").and_then(Value::as_object) {
        wanted.extend(dependent.keys().flat_map(|key| names(dependent, key)));
    }
    for field in fields {
        field.sometimes_required = wanted.contains(&field.name);
    }
}

fn pages_of(root: &Map<String, Value>, fields: &[Field], faults: &mut Vec<String>) -> Vec<Page> {
    let Some(list) = root.get("x-pages").and_then(Value::as_array) else {
        let title = Words::new(text(root, "title"), text(root, "x-title-en"));
        let names = fields.iter().map(|field| field.name.clone()).collect();
        return vec![Page { id: "answers".to_owned(), title, fields: names, when: None }];
    };
    let mut pages: Vec<Page> = Vec::new();
    for page in list.iter().filter_map(Value::as_object) {
        let id = text(page, "id").to_owned();
        if id.is_empty() || pages.iter().any(|other| other.id == id) {
            faults.push(format!("x-pages: the id `{id}` is empty or used twice"));
        }
        let when = when_of(page.get("when"), &format!("x-pages.{id}"), faults);
        pages.push(Page { id, title: words(page, "title", "title_en"), fields: names(page, "fields"), when });
    }
    let mut placed = BTreeMap::<&str, usize>::new();
    for name in pages.iter().flat_map(|page| &page.fields) {
        *placed.entry(name).or_default() += 1;
        if !fields.iter().any(|field| &field.name == name) {
            faults.push(format!("x-pages: `{name}` is not a property"));
        }
    }
    for field in fields {
        let times = placed.get(field.name.as_str()).copied().unwrap_or(0);
        if times != 1 {
            faults.push(format!("x-pages: `{}` stands on {times} pages, not on one", field.name));
        }
    }
    pages
}

fn in_page_order(fields: &mut [Field], pages: &[Page]) {
    let order: Vec<&String> = pages.iter().flat_map(|page| &page.fields).collect();
    fields.sort_by_key(|field| order.iter().position(|name| **name == field.name));
}

fn applicant_of(root: &Map<String, Value>, fields: &[Field], faults: &mut Vec<String>) -> BTreeMap<String, String> {
    let Some(map) = root.get("x-applicant").and_then(Value::as_object) else { return BTreeMap::new() };
    let mut roles = BTreeMap::new();
    for (role, name) in map.iter().filter_map(|(role, name)| Some((role, name.as_str()?))) {
        if fields.iter().any(|field| field.name == name) {
            roles.insert(role.clone(), name.to_owned());
        } else {
            faults.push(format!("x-applicant: `{name}` is not a property"));
        }
    }
    roles
}

//! What must hold of a form beyond being a JSON Schema: pages, conditions, texts, an example.

use serde_json::{Map, Value};

const KINDS: &[&str] = &[
    "name",
    "date",
    "partial-date",
    "identity-number",
    "phone",
    "email",
    "commune",
    "address",
    "text",
    "long-text",
    "choice",
    "integer",
    "money",
    "yes-no",
    "business-code",
];

/// Most questions on one page.
const PAGE_FIELDS: usize = 4;

/// Every fault of the form's definition.
pub(super) fn check(schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return vec!["not an object with properties".to_owned()];
    };
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        faults.push("additionalProperties is not false".to_owned());
    }
    texts(schema, "form", &["title", "x-title-en", "x-declaration", "x-declaration-en"], &mut faults);
    for (name, property) in properties {
        check_property(name, property, &mut faults);
    }
    check_pages(schema, properties, &mut faults);
    check_conditions(schema, properties, &mut faults);
    check_applicant(schema, properties, &mut faults);
    if schema.pointer("/examples/0").and_then(Value::as_object).is_none() {
        faults.push("no example".to_owned());
    }
    faults
}

fn texts(object: &Value, place: &str, keys: &[&str], faults: &mut Vec<String>) {
    for key in keys {
        if object.get(key).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            faults.push(format!("{place}: no {key}"));
        }
    }
}

fn strings(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn check_property(name: &str, property: &Value, faults: &mut Vec<String>) {
    texts(property, name, &["title", "x-title-en"], faults);
    if property.get("x-hint").is_some() {
        texts(property, name, &["x-hint", "x-hint-en"], faults);
    }
    let Some(rows) = property.get("items") else {
        check_kind(name, property, faults);
        return;
    };
    let fields = rows.get("properties").and_then(Value::as_object);
    let mut names: Vec<&str> = fields.into_iter().flatten().map(|(field, _)| field.as_str()).collect();
    for (field, property) in fields.into_iter().flatten() {
        check_property(&format!("{name}.{field}"), property, faults);
    }
    let mut order = strings(rows.get("x-order"));
    names.sort_unstable();
    order.sort_unstable();
    if names != order || names.is_empty() {
        faults.push(format!("{name}: x-order does not name each field of a row once"));
    }
}

fn check_kind(name: &str, property: &Value, faults: &mut Vec<String>) {
    let kind = property.get("x-type").and_then(Value::as_str).unwrap_or_default();
    if !KINDS.contains(&kind) {
        faults.push(format!("{name}: unknown x-type {kind:?}"));
    }
    let choices = property.get("oneOf").and_then(Value::as_array);
    if (kind == "choice") != choices.is_some_and(|list| list.len() >= 2) {
        faults.push(format!("{name}: a choice, and only a choice, has two answers or more"));
    }
    for choice in choices.into_iter().flatten() {
        texts(choice, name, &["const", "title", "x-title-en"], faults);
    }
}

/// The pages ask every question exactly once.
fn check_pages(schema: &Value, properties: &Map<String, Value>, faults: &mut Vec<String>) {
    let pages = schema.get("x-pages").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut asked = Vec::new();
    for page in &pages {
        texts(page, "page", &["id", "title", "title_en"], faults);
        let fields = strings(page.get("fields"));
        if fields.is_empty() || fields.len() > PAGE_FIELDS {
            faults.push(format!("page {} has {} questions", page["id"], fields.len()));
        }
        asked.extend(fields.into_iter().map(str::to_owned));
    }
    for name in properties.keys() {
        match asked.iter().filter(|field| *field == name).count() {
            1 => {}
            0 => faults.push(format!("{name} is on no page")),
            _ => faults.push(format!("{name} is asked twice")),
        }
    }
    for name in asked.iter().filter(|name| !properties.contains_key(*name)) {
        faults.push(format!("a page asks for {name}, which is no property"));
    }
    let mut ids: Vec<_> = pages.iter().map(|page| page["id"].to_string()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != count {
        faults.push("two pages have one id".to_owned());
    }
}

/// `x-when` and the `if`/`then` of the schema say the same.
fn check_conditions(schema: &Value, properties: &Map<String, Value>, faults: &mut Vec<String>) {
    let required = strings(schema.get("required"));
    for (name, property) in properties {
        let Some(when) = property.get("x-when") else { continue };
        let field = when["field"].as_str().unwrap_or_default();
        if !properties.contains_key(field) || when.get("equals").is_none() {
            faults.push(format!("{name}: x-when names no question or no answer"));
        }
        if required.contains(&name.as_str()) {
            faults.push(format!("{name} is always required but not always asked"));
        }
    }
    for rule in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        for name in strings(rule.pointer("/then/required")) {
            let when = properties.get(name).and_then(|property| property.get("x-when"));
            let agrees = when.is_some_and(|when| {
                let field = when["field"].as_str().unwrap_or_default();
                let condition = rule.pointer(&format!("/if/properties/{field}"));
                let answers = condition.and_then(|known| known.get("const").or_else(|| known.get("enum")));
                answers == when.get("equals") && strings(rule.pointer("/if/required")) == [field]
            });
            if !agrees {
                faults.push(format!("{name}: x-when and allOf disagree"));
            }
        }
    }
    for name in required.iter().filter(|name| !properties.contains_key(**name)) {
        faults.push(format!("{name} is required but no property"));
    }
}

/// The form says who owns the dossier.
fn check_applicant(schema: &Value, properties: &Map<String, Value>, faults: &mut Vec<String>) {
    let roles = schema.get("x-applicant").and_then(Value::as_object);
    if roles.and_then(|roles| roles.get("name")).is_none() {
        faults.push("x-applicant does not name the owner".to_owned());
    }
    for (role, property) in roles.into_iter().flatten() {
        if !property.as_str().is_some_and(|name| properties.contains_key(name)) {
            faults.push(format!("x-applicant: {role} is no property"));
        }
    }
    let copies = schema.get("x-copies").map(|name| properties.get(name.as_str().unwrap_or_default()));
    if copies.is_some_and(|property| property.is_none_or(|property| property["type"] != "integer")) {
        faults.push("x-copies names no whole number".to_owned());
    }
}

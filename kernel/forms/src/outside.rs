//! The schema as integrators read it.

use serde_json::{Map, Value, json};

/// The schema served by the API: the `x-` keywords stay, and what depends on `x-when` is said in plain JSON Schema
/// too, so that a validator that does not know `x-when` asks for the same fields.
pub fn json_schema_for_outside(schema: &Value) -> Value {
    let mut out = schema.clone();
    let Some(root) = out.as_object_mut() else { return out };
    root.entry("$schema").or_insert_with(|| json!("https://json-schema.org/draft/2020-12/schema"));
    root.entry("additionalProperties").or_insert(json!(false));
    let conditions = conditions(root);
    let Some(Value::Array(required)) = root.get_mut("required") else { return out };
    let mut rules = Vec::new();
    required.retain(|name| {
        let Some(name) = name.as_str() else { return true };
        let found: Vec<&Value> = conditions.iter().filter(|(field, _)| field == name).map(|(_, when)| when).collect();
        if found.is_empty() {
            return true;
        }
        rules.push(json!({ "if": { "allOf": found }, "then": { "required": [name] } }));
        false
    });
    if !rules.is_empty() {
        let all = root.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.extend(rules);
        }
    }
    out
}

/// Field → a schema that holds when the field is asked.
fn conditions(root: &Map<String, Value>) -> Vec<(String, Value)> {
    let properties = root.get("properties").and_then(Value::as_object);
    let own = properties
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name.clone(), plain(property.get("x-when")?)?)));
    let pages = root.get("x-pages").and_then(Value::as_array);
    let of_pages = pages.into_iter().flatten().filter_map(|page| {
        let when = plain(page.get("when")?)?;
        let names = page.get("fields")?.as_array()?.iter().filter_map(Value::as_str);
        Some(names.map(|name| (name.to_owned(), when.clone())).collect::<Vec<_>>())
    });
    own.chain(of_pages.flatten()).collect()
}

fn plain(when: &Value) -> Option<Value> {
    let field = when.get("field")?.as_str()?;
    let equals = when.get("equals")?;
    let values = equals.as_array().cloned().unwrap_or_else(|| vec![equals.clone()]);
    Some(json!({ "properties": { field: { "enum": values } }, "required": [field] }))
}

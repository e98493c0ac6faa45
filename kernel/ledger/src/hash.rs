//! The two hashes an outsider must be able to compute again: of an event, and of personal data beside it.
//!
//! Both are SHA-256 over a first line that names what is hashed, followed by the fields as *netstrings*: the length in
//! bytes as a decimal number, a colon, the bytes (UTF-8), a comma. So `ab` is `2:ab,` and nothing is `0:,`; no two
//! different lists of fields give the same bytes.
//!
//! An event: `chuyendong event v1`, a line feed, then the netstrings of
//! home, subject, seq (decimal), kind, at, actor, body, prev — exactly as the columns of table `events` hold them.
//!
//! Personal data: `chuyendong personal v1`, a line feed, then the netstrings of salt, data — as in table `personal_data`.
//!
//! `body` and `data` are canonical JSON ([`canonical`]), and it is the stored text that is hashed, so nobody has to
//! write JSON the way this program does to check it.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The fields of an event that its hash covers.
#[derive(Debug, Clone, Copy)]
pub struct Hashed<'a> {
    pub home: &'a str,
    pub subject: &'a str,
    pub seq: i64,
    pub kind: &'a str,
    /// UTC with milliseconds: `2021-07-26T01:00:00.000Z`.
    pub at: &'a str,
    pub actor: &'a str,
    /// Canonical JSON.
    pub body: &'a str,
    /// Hash of the event before, 64 hex digits; empty for the first event of a subject.
    pub prev: &'a str,
}

/// Hash of an event, 64 lower-case hex digits.
pub fn event_hash(event: &Hashed<'_>) -> String {
    let seq = event.seq.to_string();
    let fields = [event.home, event.subject, &seq, event.kind, event.at, event.actor, event.body, event.prev];
    hash_of("chuyendong event v1\n", &fields)
}

/// Salted hash of personal data, 64 lower-case hex digits. `data` is canonical JSON.
pub fn personal_hash(salt: &str, data: &str) -> String {
    hash_of("chuyendong personal v1\n", &[salt, data])
}

/// SHA-256 of a text, 64 lower-case hex digits: for an event that vouches for a row beside the chain.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn hash_of(what: &str, fields: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(what.as_bytes());
    for field in fields {
        hasher.update(field.len().to_string().as_bytes());
        hasher.update(b":");
        hasher.update(field.as_bytes());
        hasher.update(b",");
    }
    hex::encode(hasher.finalize())
}

/// JSON in one fixed form: keys sorted by their UTF-8 bytes, no white space between tokens.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                // `Display` of a JSON value writes it compactly with all escapes.
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(map.get(key).unwrap_or(&Value::Null), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Hashed<'static> {
        Hashed {
            home: "H47",
            subject: "dossier:x",
            seq: 1,
            kind: "submitted",
            at: "2021-07-26T01:00:00.000Z",
            actor: "system",
            body: "{}",
            prev: "",
        }
    }

    #[test]
    fn the_hash_of_an_event_is_the_one_an_outsider_computes_from_the_description() {
        // printf 'chuyendong event v1\n3:H47,9:dossier:x,1:1,9:submitted,24:2021-07-26T01:00:00.000Z,6:system,2:{},0:,' | sha256sum
        let expected = "dd3a8db7d79499fc17503cfc24b8aa74adc00e1e8bae160cfd35e3c446903938";
        assert_eq!(event_hash(&event()), expected);
    }

    #[test]
    fn moving_a_letter_from_one_field_to_the_next_changes_the_hash() {
        let (mut left, mut right) = (event(), event());
        (left.kind, left.actor) = ("ab", "c");
        (right.kind, right.actor) = ("a", "bc");
        assert_ne!(event_hash(&left), event_hash(&right));
    }

    #[test]
    fn canonical_json_sorts_keys_at_every_depth_and_keeps_lists() {
        let value = json!({"b": [1, {"z": null, "a": "Đã\n"}], "a": true, "é": 0.5});
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"a":"Đã\n","z":null}],"é":0.5}"#);
    }
}

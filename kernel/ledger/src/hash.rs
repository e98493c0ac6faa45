//! The two hashes an outsider must be able to compute again: of an event, and of personal data beside it.
//!
//! Each is SHA-256 over a first line that names what is hashed, followed by the fields as *netstrings*: the length in
//! bytes as a decimal number, a colon, the bytes (UTF-8), a comma. So `ab` is `2:ab,` and nothing is `0:,`; no two
//! different lists of fields give the same bytes.
//!
//! An event has two parts, each column exactly as table `events` holds it. What is told: `chuyendong event v2`, a line
//! feed, then the netstrings of home, seq (decimal), kind, at, body, rest. The rest, of which only its hash is told:
//! `chuyendong rest v2`, a line feed, then the netstrings of subject, actor, kept, prev. So whoever is shown an event
//! without its subject, actor and free text computes its hash all the same, and cannot guess what was left out: the
//! identifiers in it are random.
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
    /// Canonical JSON of what is told to nobody; empty for nothing.
    pub kept: &'a str,
    /// Hash of the event before, 64 hex digits; empty for the first event of a subject.
    pub prev: &'a str,
}

/// The part of an event that may be shown to everybody.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    pub home: &'a str,
    pub seq: i64,
    pub kind: &'a str,
    pub at: &'a str,
    /// Canonical JSON.
    pub body: &'a str,
    /// Hash of what is not told.
    pub rest: &'a str,
}

/// Hash of an event, 64 lower-case hex digits.
pub fn event_hash(event: &Hashed<'_>) -> String {
    let Hashed { home, seq, kind, at, body, .. } = *event;
    told_hash(&Told { home, seq, kind, at, body, rest: &rest_hash(event) })
}

/// The same from what is told of it.
pub fn told_hash(event: &Told<'_>) -> String {
    let seq = event.seq.to_string();
    hash_of("chuyendong event v2\n", &[event.home, &seq, event.kind, event.at, event.body, event.rest])
}

/// Hash of what is not told of an event.
pub(crate) fn rest_hash(event: &Hashed<'_>) -> String {
    hash_of("chuyendong rest v2\n", &[event.subject, event.actor, event.kept, event.prev])
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
                quote(key, out);
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
        Value::String(text) => quote(text, out),
        plain => out.push_str(&plain.to_string()),
    }
}

/// A JSON text. Nearly none needs an escape; the others are written by serde.
fn quote(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        // `Display` of a JSON value writes it compactly with all escapes.
        out.push_str(&Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
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
            kept: "",
            prev: "",
        }
    }

    #[test]
    fn the_hash_of_an_event_is_the_one_an_outsider_computes_from_the_description() {
        // rest=$(printf 'chuyendong rest v2\n9:dossier:x,6:system,0:,0:,' | sha256sum | cut -c1-64)
        // printf "chuyendong event v2\n3:H47,1:1,9:submitted,24:2021-07-26T01:00:00.000Z,2:{},64:$rest," | sha256sum
        let expected = "e1e14bad057999b7ce07ecd529b13725baa1317428bb7359420805c15de9423c";
        assert_eq!(event_hash(&event()), expected);
    }

    #[test]
    fn moving_a_letter_from_one_field_to_the_next_changes_the_hash() {
        let (mut left, mut right) = (event(), event());
        (left.kind, left.at) = ("ab", "c");
        (right.kind, right.at) = ("a", "bc");
        assert_ne!(event_hash(&left), event_hash(&right));
        (left.subject, left.actor) = ("ab", "c");
        (right.subject, right.actor) = ("a", "bc");
        assert_ne!(rest_hash(&left), rest_hash(&right));
    }

    #[test]
    fn canonical_json_sorts_keys_at_every_depth_and_keeps_lists() {
        let value = json!({"b": [1, {"z": null, "a": "Đã\n"}], "a": true, "é": 0.5});
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"a":"Đã\n","z":null}],"é":0.5}"#);
        // Quoting is that of every JSON writer, whatever letters a text holds.
        let every: String = (0_u32..0x3000).filter_map(char::from_u32).collect();
        assert_eq!(canonical(&json!(every)), serde_json::to_string(&every).unwrap());
        for letter in every.chars() {
            assert_eq!(canonical(&json!(letter.to_string())), serde_json::to_string(&letter.to_string()).unwrap());
        }
    }
}

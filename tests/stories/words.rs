//! Words on the pages: the same keys in both languages, and none of the words that people do not understand.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

/// All texts of a file by dotted key.
fn texts(file: &str) -> BTreeMap<String, String> {
    fn walk(prefix: &str, table: &toml::Table, out: &mut BTreeMap<String, String>) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::Table(inner) => walk(&key, inner, out),
                toml::Value::String(text) => drop(out.insert(key, text.clone())),
                other => panic!("{key} is no text: {other}"),
            }
        }
    }
    let mut out = BTreeMap::new();
    walk("", &file.parse::<toml::Table>().unwrap(), &mut out);
    out
}

#[test]
fn every_text_is_there_in_vietnamese_and_in_english() {
    for (vi, en) in chuyendong::systems::messages() {
        let (vi, en) = (texts(vi), texts(en));
        let missing: Vec<&String> =
            vi.keys().filter(|k| !en.contains_key(*k)).chain(en.keys().filter(|k| !vi.contains_key(*k))).collect();
        assert!(missing.is_empty(), "only in one language: {missing:?}");
        for (key, text) in vi.iter().chain(&en) {
            assert!(!text.trim().is_empty(), "{key} is empty");
            assert_eq!(*text, text.nfc().collect::<String>(), "{key} is not composed (NFC)");
        }
        for (key, text) in &vi {
            let holes = |t: &str| {
                let mut found: Vec<String> =
                    t.split('{').skip(1).filter_map(|p| p.split_once('}')).map(|(n, _)| n.to_owned()).collect();
                found.sort();
                found
            };
            assert_eq!(holes(text), holes(&en[key]), "{key} has other places to fill in");
        }
    }
}

#[test]
fn no_text_uses_words_that_people_do_not_understand() {
    // Experience C3: no machine words, no shouting, no blame, and the old style of tone marks (hòa, thủy).
    let forbidden = [
        "token",
        "session",
        "submit",
        "click",
        "login",
        "upload",
        "null",
        "undefined",
        "exception",
        "invalid",
        "error:",
        "hoà ",
        "thuỷ ",
        "khoá ",
        "toà ",
    ];
    for (vi, _) in chuyendong::systems::messages() {
        for (key, text) in texts(vi) {
            let lower = format!("{} ", text.to_lowercase());
            for word in forbidden {
                assert!(!lower.contains(word), "{key}: “{word}” in “{text}”");
            }
            assert!(!text.contains("!!") && !text.contains("LỖI"), "{key}: {text}");
        }
    }
}

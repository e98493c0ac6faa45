//! Messages of the interface in Vietnamese and English, merged from the files of all crates.

use std::{collections::BTreeMap, fmt::Display, sync::Arc};

use kernel_base::{Error, Instant, Lang, Result, Words, vietnam_date, vietnam_time};

/// Words that tell a person nothing; no message may contain them.
const FORBIDDEN: [&str; 5] = ["có lỗi xảy ra", "an error occurred", "invalid", "null", "undefined"];

/// All messages by key. A key is the path in the file: `[inbox] title = ".."` is `inbox.title`.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    texts: BTreeMap<String, Words>,
}

impl Messages {
    /// Merges files: one `(vi, en)` pair of TOML texts for each crate.
    ///
    /// # Errors
    /// `Internal` when a file is not TOML or when two crates use the same key.
    pub fn load(files: &[(&str, &str)]) -> Result<Self> {
        let mut texts: BTreeMap<String, Words> = BTreeMap::new();
        for (vi, en) in files {
            let (vi, mut en) = (flatten(vi)?, flatten(en)?);
            for (key, vi) in vi {
                let words = Words::new(vi, en.remove(&key).unwrap_or_default());
                if texts.insert(key.clone(), words).is_some() {
                    return Err(Error::internal(format!("message key {key} stands in two files")));
                }
            }
        }
        Ok(Self { texts })
    }

    /// The translator into one language.
    pub fn translator(self: &Arc<Self>, lang: Lang) -> T {
        T { lang, messages: Arc::clone(self) }
    }

    /// Checks one pair of files: the same keys in both, no empty or forbidden words. For a test of each crate.
    ///
    /// # Errors
    /// `Internal` when a file is not TOML.
    pub fn faults(vi: &str, en: &str) -> Result<Vec<String>> {
        let (vi, en) = (flatten(vi)?, flatten(en)?);
        let mut faults = Vec::new();
        faults.extend(vi.keys().filter(|key| !en.contains_key(*key)).map(|key| format!("{key}: no English")));
        faults.extend(en.keys().filter(|key| !vi.contains_key(*key)).map(|key| format!("{key}: no Vietnamese")));
        for (key, text) in vi.iter().chain(&en) {
            let low = text.to_lowercase();
            if text.trim().is_empty() {
                faults.push(format!("{key}: empty"));
            }
            faults
                .extend(FORBIDDEN.iter().filter(|word| low.contains(**word)).map(|word| format!("{key}: says {word}")));
            if kernel_base::text::clean(text) != text.trim() {
                faults.push(format!("{key}: not in normal form (NFC)"));
            }
        }
        Ok(faults)
    }
}

/// Turns nested tables into dotted keys.
fn flatten(file: &str) -> Result<BTreeMap<String, String>> {
    fn walk(prefix: &str, table: toml::Table, out: &mut BTreeMap<String, String>) -> Result<()> {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::String(text) => drop(out.insert(key, text)),
                toml::Value::Table(table) => walk(&key, table, out)?,
                _ => return Err(Error::internal(format!("message {key} is not a text"))),
            }
        }
        Ok(())
    }
    let table: toml::Table = file.parse().map_err(|error| Error::internal(format!("message file: {error}")))?;
    let mut out = BTreeMap::new();
    walk("", table, &mut out)?;
    Ok(out)
}

/// Speaks one language: `t.s("key")`, `t.f("key", [("n", 3)])`.
#[derive(Debug, Clone)]
pub struct T {
    pub lang: Lang,
    messages: Arc<Messages>,
}

impl T {
    /// The message; the key itself where there is none, which a test finds.
    pub fn s<'a>(&'a self, key: &'a str) -> &'a str {
        if let Some(words) = self.messages.texts.get(key) {
            return words.say(self.lang);
        }
        tracing::warn!(key, "no such message");
        key
    }

    /// The message with values in the places `{name}`: `t.f("inbox.count", [("n", 3)])`.
    pub fn f<V: Display>(&self, key: &str, values: impl AsRef<[(&'static str, V)]>) -> String {
        let mut text = self.s(key).to_owned();
        for (name, value) in values.as_ref() {
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
        }
        text
    }

    /// The sentence in this language.
    pub fn w<'a>(&self, words: &'a Words) -> &'a str {
        words.say(self.lang)
    }

    /// `26/07/2021` on Vietnam's wall clock.
    pub fn date(&self, at: &Instant) -> String {
        vietnam_date(at.vietnam().date())
    }

    /// `16:30 ngày 26/07/2021`, in English `16:30 on 26/07/2021`.
    pub fn time(&self, at: &Instant) -> String {
        let text = vietnam_time(*at);
        if self.lang == Lang::En { text.replace("ngày", "on") } else { text }
    }

    /// `16:30`
    pub fn clock(&self, at: &Instant) -> String {
        let local = at.vietnam();
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// `1.234`
    pub fn number(&self, number: &i64) -> String {
        kernel_base::text::thousands(*number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_by_its_path_and_takes_values() {
        let files = ("[inbox]\ntitle = \"Có {n} hồ sơ\"", "[inbox]\ntitle = \"{n} dossiers\"");
        let messages = Arc::new(Messages::load(&[files]).unwrap());
        assert_eq!(messages.translator(Lang::Vi).f("inbox.title", [("n", 3)]), "Có 3 hồ sơ");
        assert_eq!(messages.translator(Lang::En).f("inbox.title", [("n", "3")]), "3 dossiers");
        assert_eq!(messages.translator(Lang::En).s("no.such"), "no.such");
    }

    #[test]
    fn missing_languages_and_words_that_say_nothing_are_found() {
        let faults = Messages::faults("a = \"Có lỗi xảy ra\"\nb = \"Tốt\"", "a = \"Try again\"\nc = \"null\"").unwrap();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(Messages::load(&[("a = \"x\"", ""), ("a = \"y\"", "")]).is_err());
    }
}

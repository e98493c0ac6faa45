//! The messages as data: kinds, words in two languages, and the check that runs at every start.

use std::collections::{BTreeMap, BTreeSet};

use kernel_base::{Error, Lang, Result, Words};
use serde::Deserialize;

use crate::sms_text::{self, SmsStyle};

const KINDS: &str = include_str!("../messages/kinds.toml");
const VI: &str = include_str!("../messages/vi.toml");
const EN: &str = include_str!("../messages/en.toml");

/// Values that may stand in an SMS, which anyone may read over a shoulder: codes, times, counts, the link.
const SMS_VALUES: [&str; 12] = [
    "code",
    "due",
    "reply_by",
    "amount",
    "new_appointment",
    "until",
    "number",
    "minutes",
    "overdue",
    "today",
    "soon",
    "link",
];

/// Words of swindlers: a message never asks for a code, a password or money to a person, and never brings a link of
/// its own.
const FORBIDDEN: [&str; 10] = [
    "http",
    "www.",
    "nhập mã",
    "gửi mã",
    "cung cấp mã",
    "mật khẩu",
    "enter the code",
    "send the code",
    "password",
    "reply with",
];

/// When a message goes by SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SmsUse {
    Always,
    /// Only when neither e-mail nor push reaches the person.
    Fallback,
    Never,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channels {
    pub(crate) email: bool,
    pub(crate) push: bool,
    pub(crate) sms: SmsUse,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRow {
    group: String,
    values: Vec<String>,
    channels: Channels,
    #[serde(default)]
    urgent: bool,
    #[serde(default)]
    secret: bool,
    #[serde(default = "a_day")]
    minutes: i64,
}

fn a_day() -> i64 {
    24 * 60
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    sms: String,
}

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) group: String,
    values: Vec<String>,
    pub(crate) channels: Channels,
    /// Sent in quiet hours too.
    pub(crate) urgent: bool,
    /// Its text is forgotten once it was sent.
    pub(crate) secret: bool,
    /// Not sent later than so many minutes after the event.
    pub(crate) minutes: i64,
    vi: Text,
    en: Text,
}

/// A message with its places filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) title: String,
    pub(crate) text: String,
    /// As it goes to the phone; empty when the message has no words for SMS.
    pub(crate) sms: String,
}

/// All messages, checked.
#[derive(Debug, Clone)]
pub struct Book {
    kinds: BTreeMap<String, Kind>,
    style: SmsStyle,
    /// Address of the public pages without a slash at the end.
    address: String,
}

/// Words of an installation that take the place of the product's, as TOML texts like `vi.toml`; empty = none.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnWords<'a> {
    pub vi: &'a str,
    pub en: &'a str,
}

impl Book {
    /// Reads and checks all messages.
    ///
    /// # Errors
    /// `Invalid` with every fault in one sentence: an unknown place, a missing language, an SMS that is too long, words
    /// that swindlers use. The program then does not start.
    pub fn load(own: OwnWords<'_>, style: SmsStyle, public_address: &str) -> Result<Self> {
        let rows: BTreeMap<String, KindRow> = parse(KINDS, "kinds.toml")?;
        let (vi, en) = (layered(VI, own.vi, "vi.toml")?, layered(EN, own.en, "en.toml")?);
        let mut faults = strangers(&rows, &vi, "vi.toml");
        faults.extend(strangers(&rows, &en, "en.toml"));
        let mut kinds = BTreeMap::new();
        for (name, row) in rows {
            let text = |all: &BTreeMap<String, Text>| all.get(&name).cloned().unwrap_or_default();
            let (vi, en) = (text(&vi), text(&en));
            let KindRow { group, values, channels, urgent, secret, minutes } = row;
            kinds.insert(name, Kind { group, values, channels, urgent, secret, minutes, vi, en });
        }
        let book = Self { kinds, style, address: public_address.to_owned() };
        for (name, kind) in &book.kinds {
            book.check(name, kind, &mut faults);
        }
        if faults.is_empty() {
            return Ok(book);
        }
        let all = faults.join("; ");
        Err(Error::refused(
            "messages",
            Words::new(
                format!("Mẫu tin nhắn chưa đúng: {all}. Hãy sửa tệp mẫu tin rồi khởi động lại."),
                format!("Message templates are wrong: {all}. Mend the file and start again."),
            ),
        ))
    }

    fn check(&self, name: &str, kind: &Kind, faults: &mut Vec<String>) {
        for (file, text) in [("vi.toml", &kind.vi), ("en.toml", &kind.en)] {
            let wants_sms = kind.channels.sms != SmsUse::Never;
            for (part, words, needed) in
                [("title", &text.title, true), ("text", &text.text, true), ("sms", &text.sms, wants_sms)]
            {
                if words.trim().is_empty() {
                    if needed {
                        faults.push(format!("{file}: “{name}” thiếu {part}"));
                    }
                    continue;
                }
                let low = words.to_lowercase();
                let wrong = FORBIDDEN.iter().find(|word| low.contains(**word));
                faults.extend(wrong.map(|word| format!("{file}: “{name}” {part} có “{word}”")));
                for place in places(words) {
                    if place != "link" && !kind.values.contains(&place) {
                        faults.push(format!("{file}: “{name}” {part} có chỗ trống lạ {{{place}}}"));
                    } else if part == "sms" && !SMS_VALUES.contains(&place.as_str()) {
                        faults.push(format!("{file}: “{name}” sms không được nêu {{{place}}}"));
                    }
                }
            }
            let longest = self.style.fit(&fill(&text.sms, |place| Some(self.sample(place))).unwrap_or_default());
            let parts = sms_text::segments(&longest);
            if parts > self.style.segments {
                let most = self.style.segments;
                faults.push(format!("{file}: “{name}” sms dài {parts} phần, nhiều nhất {most}"));
            }
        }
    }

    /// The longest value that is to be expected.
    fn sample(&self, place: &str) -> String {
        match place {
            "code" => "000.00.00.H47-210726-0001".to_owned(),
            "amount" => "100.000.000 đồng".to_owned(),
            "number" => "123456".to_owned(),
            "minutes" | "overdue" | "today" | "soon" => "1000".to_owned(),
            "link" => format!("{}/dossiers/000.00.00.H47-210726-0001", self.address),
            _ => "16:30 ngày 26/07/2021".to_owned(),
        }
    }

    pub(crate) fn kind(&self, name: &str) -> Result<&Kind> {
        self.kinds.get(name).ok_or_else(|| Error::internal(format!("no message of the kind {name}")))
    }

    /// Groups that people switch on and off, in the order of the alphabet.
    pub(crate) fn groups(&self) -> BTreeSet<&str> {
        self.kinds.values().map(|kind| kind.group.as_str()).collect()
    }

    /// Names of all kinds.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// What a message is about, for lists: its title with its places left open.
    pub(crate) fn name(&self, kind: &str, lang: Lang) -> String {
        let Ok(found) = self.kind(kind) else { return kind.to_owned() };
        let text = match lang {
            Lang::Vi => &found.vi,
            Lang::En => &found.en,
        };
        let open = fill(&text.title, |_| Some("…".to_owned())).unwrap_or_default();
        // A title that is one place only says what happened in the message itself; the list says whom it concerns.
        match (open.trim(), lang) {
            ("…", Lang::Vi) => "Tin về tài khoản".to_owned(),
            ("…", Lang::En) => "About the account".to_owned(),
            _ => open,
        }
    }

    /// A path as an address.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Fills the places of a message.
    pub(crate) fn fill(&self, kind: &str, lang: Lang, values: &[(&str, String)], path: &str) -> Result<Filled> {
        let found = self.kind(kind)?;
        let text = match lang {
            Lang::Vi => &found.vi,
            Lang::En => &found.en,
        };
        let link = self.link(path);
        let fill_all = |words: &str| {
            fill(words, |place| match place {
                "link" => Some(link.clone()),
                other => values.iter().find(|(name, _)| *name == other).map(|(_, value)| value.clone()),
            })
            .map_err(|place| Error::internal(format!("message {kind}: no value for {{{place}}}")))
        };
        let sms = self.style.fit(&fill_all(&text.sms)?);
        Ok(Filled { title: one_line(&fill_all(&text.title)?), text: fill_all(&text.text)?, sms })
    }
}

fn one_line(text: &str) -> String {
    kernel_base::text::clean_line(text)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, file: &str) -> Result<T> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let sentence = format!("Tệp mẫu tin {file} sai cú pháp: {}", error.message());
        Error::refused("messages", Words::new(sentence, format!("{file}: {}", error.message())))
    })
}

/// The product's words with those of the installation over them, part by part.
fn layered(product: &str, own: &str, file: &str) -> Result<BTreeMap<String, Text>> {
    let mut all: BTreeMap<String, Text> = parse(product, file)?;
    let over: BTreeMap<String, Text> = parse(own, file)?;
    for (name, text) in over {
        let below = all.entry(name).or_default();
        for (from, to) in [(text.title, &mut below.title), (text.text, &mut below.text), (text.sms, &mut below.sms)] {
            if !from.is_empty() {
                *to = from;
            }
        }
    }
    Ok(all)
}

fn strangers(rows: &BTreeMap<String, KindRow>, texts: &BTreeMap<String, Text>, file: &str) -> Vec<String> {
    let unknown = texts.keys().filter(|name| !rows.contains_key(*name));
    unknown.map(|name| format!("{file}: không có loại tin “{name}”")).collect()
}

/// Names of the places of a text.
fn places(text: &str) -> Vec<String> {
    let inside = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    inside.map(|(name, _)| name.to_owned()).collect()
}

/// Fills each `{place}`; the name of the place that has no value is the error. Values are not looked at again.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> std::result::Result<String, String> {
    let mut out = String::with_capacity(text.len() + 40);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((place, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        out.push_str(&value(place).ok_or_else(|| place.to_owned())?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://dichvucong.quangnam.example";

    fn load(own: OwnWords<'_>, style: SmsStyle) -> Result<Book> {
        Book::load(own, style, ADDRESS)
    }

    fn refused(vi: &str) -> String {
        load(OwnWords { vi, en: "" }, SmsStyle::default()).unwrap_err().words.vi
    }

    #[test]
    fn the_messages_of_the_product_are_right_with_and_without_accents() {
        load(OwnWords::default(), SmsStyle::default()).unwrap();
        load(OwnWords::default(), SmsStyle { accents: true, segments: 4 }).unwrap();
    }

    #[test]
    fn the_start_is_refused_with_the_fault_in_words() {
        assert!(refused("[\"dossier.accepted\"]\ntext = \"{who}\"").contains("chỗ trống lạ {who}"));
        assert!(refused("[\"dossier.eaten\"]\ntext = \"x\"").contains("không có loại tin “dossier.eaten”"));
        assert!(refused("[\"dossier.accepted\"]\nsms = \"{procedure}\"").contains("sms không được nêu {procedure}"));
        assert!(refused("[\"dossier.accepted\"]\ntext = \"Xem http://x.vn\"").contains("có “http”"));
        assert!(refused("[\"sign_in.code\"]\ntext = \"Hãy gửi mã {number}\"").contains("có “gửi mã”"));
        let long = format!("[\"dossier.accepted\"]\nsms = \"{}\"", "dài ".repeat(200));
        assert!(refused(&long).contains("phần, nhiều nhất 3"));
        assert!(refused("[dossier").contains("sai cú pháp"));
    }

    #[test]
    fn a_value_is_filled_in_once_and_never_read_as_a_place() {
        let book = load(OwnWords::default(), SmsStyle::default()).unwrap();
        let values = [("code", "{due}".to_owned()), ("procedure", "P".to_owned()), ("due", "D".to_owned())];
        let filled = book.fill("dossier.accepted", Lang::Vi, &values, "/dossiers/X").unwrap();
        assert_eq!(filled.title, "Hồ sơ {due} đã được tiếp nhận");
        assert!(filled.sms.is_ascii() && filled.sms.ends_with("Xem: https://dichvucong.quangnam.example/dossiers/X"));
        assert!(book.fill("dossier.accepted", Lang::En, &values[..1], "").is_err());
    }
}

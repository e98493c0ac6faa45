//! Text and times as the gateways write them.

use kernel_base::{Instant, text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// As browsers write forms: letters, digits and `*-._` stand, a space is `+`, the rest is percent-encoded.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');

pub(crate) fn form_encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, FORM).to_string().replace(' ', "+")
}

/// `yyyyMMddHHmmss`, 24-hour, on Vietnam's clock.
pub(crate) fn stamp(at: Instant) -> String {
    let t = at.vietnam();
    format!("{:04}{:02}{:02}{:02}{:02}{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}

/// Unaccented, and nothing that a signature or an old system could stumble over: letters, digits, space, `.` and `-`.
pub(crate) fn plain(words: &str, most: usize) -> String {
    let mut kept = String::new();
    for word in words.split_whitespace() {
        // Folding turns every sign into a space; the signs of a dossier code stay.
        let parts = word.split_inclusive(['.', '-']).map(|part| {
            let sign = part.chars().next_back().filter(|c| matches!(c, '.' | '-'));
            let mut folded = unaccented(part.trim_end_matches(['.', '-']));
            folded.retain(|c| c.is_ascii_alphanumeric() || c == ' ');
            folded.extend(sign);
            folded
        });
        kept.extend(parts);
        kept.push(' ');
    }
    let joined = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.chars().take(most).collect()
}

/// Each letter without its marks, a capital as a capital: the code of a dossier stays what is printed on the receipt.
fn unaccented(words: &str) -> String {
    let letter = |c: char| {
        if !c.is_alphanumeric() {
            return " ".to_owned();
        }
        let folded = text::fold(c.encode_utf8(&mut [0; 4]));
        if c.is_uppercase() { folded.to_uppercase() } else { folded }
    };
    words.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_afternoon_is_written_with_its_hour_of_the_day() {
        let at = Instant::parse("2021-07-26T15:30:15").unwrap();
        assert_eq!(stamp(at), "20210726153015");
    }

    #[test]
    fn text_for_banks_has_no_accents_and_no_bar() {
        let plain = plain("Nộp phí|hồ sơ 000.00.04.H47-210726-0001 & 😀", 60);
        assert_eq!(plain, "Nop phi ho so 000.00.04.H47-210726-0001");
    }
}

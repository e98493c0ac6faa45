//! Vietnamese text: normal form, search folding, sorting, names.

use std::cmp::Ordering;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

/// Cleans text from outside: NFC, no zero-width or direction characters, NBSP as a space,
/// the look-alikes Ð (U+00D0) and Ɖ (U+0189) as Đ (U+0110), no control characters but line ends, trimmed.
pub fn clean(text: &str) -> String {
    let mapped = text.chars().filter_map(|c| match c {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => None,
        '\u{a0}' | '\u{2007}' | '\u{202f}' => Some(' '),
        '\u{d0}' | '\u{189}' => Some('Đ'),
        '\u{256}' => Some('đ'),
        '\n' | '\t' => Some(c),
        '\r' => None,
        c if c.is_control() => None,
        c => Some(c),
    });
    let mapped: String = mapped.collect();
    let trimmed = mapped.trim();
    // Nearly every text arrives composed; looking is several times cheaper than composing again.
    if is_nfc_quick(trimmed.chars()) == IsNormalized::Yes { trimmed.to_owned() } else { trimmed.nfc().collect() }
}

/// Cleans text that stands on one line: [`clean`], and every run of white space becomes one space.
pub fn clean_line(text: &str) -> String {
    let cleaned = clean(text);
    let mut line = String::with_capacity(cleaned.len());
    for word in cleaned.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Folds text for searching: lower case, no marks, đ as d, punctuation as one space.
/// `Đăng ký khai sinh` and `dang ky khai sinh` fold alike, also from NFD.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfd().flat_map(char::to_lowercase) {
        let c = match c {
            '\u{300}'..='\u{36f}' | '\'' | '\u{2019}' | '\u{2bc}' => continue,
            'đ' | '\u{f0}' | '\u{256}' => 'd',
            c => c,
        };
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        } else {
            gap = true;
        }
    }
    out
}

/// Number of letters as a person counts them (grapheme clusters).
pub fn length(text: &str) -> usize {
    text.graphemes(true).count()
}

/// `1.234.567`
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    if number < 0 {
        out.push('-');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(c);
    }
    out
}

const LETTERS: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
/// Order of tones after the letters are equal: ngang, huyền, hỏi, ngã, sắc, nặng.
const TONES: [char; 5] = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];

fn sort_key(text: &str) -> (Vec<u32>, Vec<u8>) {
    let mut letters = Vec::new();
    let mut tones = Vec::new();
    for c in text.nfc().flat_map(char::to_lowercase) {
        let parts: Vec<char> = std::iter::once(c).nfd().collect();
        let tone = parts.iter().find_map(|p| TONES.iter().position(|t| t == p)).map_or(0, |i| i as u8 + 1);
        let bare: String = parts.iter().filter(|p| !TONES.contains(p)).copied().nfc().collect();
        let letter = bare.chars().next().unwrap_or(c);
        let rank = LETTERS
            .chars()
            .position(|l| l == letter)
            .map_or(letter as u32 + if letter.is_alphabetic() { 1_000 } else { 0 }, |i| 500 + i as u32);
        letters.push(rank);
        tones.push(tone);
    }
    (letters, tones)
}

/// Vietnamese alphabetical order: letters a ă â b c d đ ..., then tones.
pub fn compare(a: &str, b: &str) -> Ordering {
    sort_key(a).cmp(&sort_key(b)).then_with(|| a.cmp(b))
}

/// Order of persons: by given name (the last word), then by the whole name.
pub fn compare_persons(a: &str, b: &str) -> Ordering {
    let given = |name: &str| name.split_whitespace().last().unwrap_or_default().to_owned();
    compare(&given(a), &given(b)).then_with(|| compare(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_hides_marks_tone_styles_and_normal_forms() {
        assert_eq!(fold("Đăng ký  Khai-sinh!"), "dang ky khai sinh");
        assert_eq!(fold("hoà"), fold("hòa"));
        assert_eq!(fold(&"Thủy điện".nfd().collect::<String>()), "thuy dien");
        assert_eq!(fold("Xã Ch'ơm"), fold("xã Chʼơm"));
    }

    #[test]
    fn cleaning_repairs_look_alikes_and_removes_what_cannot_be_seen() {
        assert_eq!(clean_line("  Nguyễn\u{200b}  Văn\u{a0}\u{d0}ức\u{202e} "), "Nguyễn Văn Đức");
        assert_eq!(clean("a\u{0}b\r\nc"), "ab\nc");
        let apart: String = "Thủy điện Đắk Mi".nfd().collect();
        assert_ne!(apart, "Thủy điện Đắk Mi");
        assert_eq!(clean(&apart), "Thủy điện Đắk Mi");
    }

    #[test]
    fn names_sort_by_the_vietnamese_alphabet_and_persons_by_given_name() {
        let mut words = vec!["đá", "da", "ăn", "an", "ân", "dạ", "eo", "êm"];
        words.sort_by(|a, b| compare(a, b));
        assert_eq!(words, ["an", "ăn", "ân", "da", "dạ", "đá", "eo", "êm"]);
        let mut people = vec!["Trần Thị Bình", "Lê Văn An", "Nguyễn Ánh"];
        people.sort_by(|a, b| compare_persons(a, b));
        assert_eq!(people, ["Lê Văn An", "Nguyễn Ánh", "Trần Thị Bình"]);
    }

    #[test]
    fn every_vietnamese_letter_folds_to_a_plain_latin_letter() {
        for c in "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ".chars()
        {
            let folded = fold(&c.to_string());
            assert!(folded.len() == 1 && folded.chars().all(|f| f.is_ascii_lowercase()), "{c} -> {folded}");
        }
    }
}

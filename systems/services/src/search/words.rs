//! Vietnamese words for searching: folding, accents, typing slips.

use kernel_base::text;
use unicode_normalization::UnicodeNormalization;

/// A word of a query or a text: folded, and with its accents in one form for both tone styles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case without marks; a final y after a consonant as i (lý, lí).
    pub(super) folded: String,
    /// The letters with their marks but without tone, then the tone: `hòa` and `hoà` are both `hoa` + grave.
    pub(super) accented: String,
    /// Carries a mark, so that its accents were meant.
    pub(super) marked: bool,
}

/// Splits text into words.
pub(super) fn split(from: &str) -> Vec<Word> {
    let composed: String = text::clean(from).to_lowercase();
    composed
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '\u{2019}' | '\u{2bc}'))
        .filter_map(word)
        .collect()
}

fn word(typed: &str) -> Option<Word> {
    let folded = one_i(text::fold(typed));
    if folded.is_empty() || folded.contains(' ') {
        return None;
    }
    let (mut letters, mut tone) = (String::new(), None);
    for c in typed.nfd() {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tone = Some(c),
            '\'' | '\u{2019}' | '\u{2bc}' => {}
            c => letters.push(c),
        }
    }
    let marked = tone.is_some() || !letters.is_ascii();
    let accented = one_i(letters.nfc().collect::<String>()) + &tone.map(String::from).unwrap_or_default();
    Some(Word { folded, accented, marked })
}

/// `ly` and `li`, `quy` and `qui` are spelled both ways.
fn one_i(mut word: String) -> String {
    let mut end = word.chars().rev();
    let (last, before) = (end.next(), end.next());
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'o' | 'ư' | 'â' | 'u');
    let after_qu = word.ends_with("quy");
    if last == Some('y') && before.is_some_and(|c| !vowel(c) || after_qu) {
        word.pop();
        word.push('i');
    }
    word
}

/// The letters meant when Telex or VNI was left undone: `phuongw`, `dduongf`, `duong72` → `phuong`, `duong`.
pub(super) fn undone_typing(folded: &str) -> Option<String> {
    let mut out = String::with_capacity(folded.len());
    let letters: Vec<char> = folded.chars().collect();
    let has_letters = letters.iter().any(char::is_ascii_alphabetic);
    for (at, c) in letters.iter().enumerate() {
        let last = at + 1 == letters.len();
        let doubled = at > 0 && letters.get(at - 1) == Some(c) && matches!(c, 'a' | 'e' | 'o' | 'd');
        let tone = last && at > 0 && matches!(c, 's' | 'f' | 'r' | 'x' | 'j');
        let digit = c.is_ascii_digit() && has_letters && at > 0;
        if !(doubled || tone || digit || *c == 'w') {
            out.push(*c);
        }
    }
    (out != folded && !out.is_empty()).then_some(out)
}

/// One letter more, less or other, or two neighbours exchanged.
pub(super) fn one_slip_apart(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let end = short.iter().rev().zip(long.iter().rev()).take_while(|(x, y)| x == y).count().min(short.len() - start);
    let (short_rest, long_rest) = (&short[start..short.len() - end], &long[start..long.len() - end]);
    match (short_rest, long_rest) {
        ([], _) | ([_], [_]) => long_rest.len() <= 1,
        ([x, y], [p, q]) => x == q && y == p,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tone_styles_and_normal_forms_give_one_word() {
        let old = split("hòa thủy lý quý");
        let new = split(&"hoà thuỷ lí quí".nfd().collect::<String>());
        assert_eq!(old, new);
        assert_eq!(old[0].folded, "hoa");
        assert_ne!(split("hoá")[0].accented, old[0].accented);
        assert_eq!(split("tay")[0].folded, "tay");
        assert!(!split("hoa")[0].marked && old[0].marked);
    }

    #[test]
    fn a_slip_is_one_letter_more_less_or_other_or_two_exchanged() {
        for (a, b) in [
            ("sinh", "sinhh"),
            ("sinh", "snh"),
            ("sinh", "sinj"),
            ("hon", "hno"),
            ("", "a"),
            ("khai", "khia"),
            ("same", "same"),
        ] {
            assert!(one_slip_apart(a, b) && one_slip_apart(b, a), "{a} {b}");
        }
        for (a, b) in [("sinh", "sanj"), ("hon", "nho"), ("sinh", "si"), ("abcd", "badc")] {
            assert!(!one_slip_apart(a, b), "{a} {b}");
        }
    }

    #[test]
    fn telex_and_vni_left_undone_are_read() {
        for (typed, meant) in
            [("phuongw", "phuong"), ("dduongf", "duong"), ("duong72", "duong"), ("ddaats", "dat"), ("keets", "ket")]
        {
            assert_eq!(undone_typing(typed).as_deref(), Some(meant));
        }
        assert_eq!(undone_typing("khai"), None);
    }
}

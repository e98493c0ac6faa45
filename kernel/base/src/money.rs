//! Whole đồng. There is no smaller unit and no other currency in a fee.

use serde::{Deserialize, Serialize};

/// An amount of money in đồng.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vnd(i64);

impl Vnd {
    pub const ZERO: Self = Self(0);

    /// A fee is never negative; `None` for a negative number.
    pub fn new(dong: i64) -> Option<Self> {
        (dong >= 0).then_some(Self(dong))
    }

    pub fn dong(self) -> i64 {
        self.0
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).and_then(Self::new)
    }
}

impl std::fmt::Display for Vnd {
    /// `50.000 đ`: dots between thousands, the sign after a space that does not break.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\u{a0}đ", crate::text::thousands(self.0))
    }
}

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

/// `Hai trăm nghìn đồng`: an amount in words, as receipts write it.
pub fn dong_in_words(dong: i64) -> String {
    const GROUPS: [&str; 4] = ["", " nghìn", " triệu", " tỷ"];
    let mut rest = dong.unsigned_abs();
    let mut groups = Vec::new();
    while rest > 0 {
        groups.push(rest % 1_000);
        rest /= 1_000;
    }
    let mut words = Vec::new();
    for (place, group) in groups.iter().enumerate().rev() {
        if *group > 0 {
            let first = place + 1 == groups.len();
            // After the billions it begins again: một nghìn tỷ.
            let name = if place < 4 {
                GROUPS.get(place).copied().unwrap_or_default().to_owned()
            } else {
                format!("{} tỷ", GROUPS.get(place - 3).copied().unwrap_or_default())
            };
            words.push(format!("{}{name}", three_digits(*group, first)));
        }
    }
    let text = if words.is_empty() { "không".to_owned() } else { words.join(" ") };
    let mut letters = text.chars();
    let capital: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{capital}{} đồng", letters.as_str())
}

/// A group of three digits; the first group of a number does not say its empty hundreds.
fn three_digits(group: u64, first: bool) -> String {
    let digit = |n: u64| DIGITS.get(usize::try_from(n).unwrap_or(0)).copied().unwrap_or_default();
    let (hundreds, tens, ones) = (group / 100, group / 10 % 10, group % 10);
    let mut words = Vec::new();
    let says_hundreds = hundreds > 0 || !first;
    if says_hundreds {
        words.push(format!("{} trăm", digit(hundreds)));
    }
    match tens {
        0 if ones > 0 && says_hundreds => words.push("linh".to_owned()),
        0 => {}
        1 => words.push("mười".to_owned()),
        _ => words.push(format!("{} mươi", digit(tens))),
    }
    match ones {
        0 => {}
        1 if tens > 1 => words.push("mốt".to_owned()),
        5 if tens > 0 => words.push("lăm".to_owned()),
        _ => words.push(digit(ones).to_owned()),
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_dots_and_the_dong_sign() {
        assert_eq!(Vnd(50_000).to_string(), "50.000\u{a0}đ");
        assert_eq!(Vnd(0).to_string(), "0\u{a0}đ");
        assert_eq!(Vnd(1_622_000).to_string(), "1.622.000\u{a0}đ");
        assert_eq!(Vnd::new(-1), None);
    }

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (dong, words) in [
            (0, "Không đồng"),
            (5, "Năm đồng"),
            (25_000, "Hai mươi lăm nghìn đồng"),
            (200_000, "Hai trăm nghìn đồng"),
            (15_000, "Mười lăm nghìn đồng"),
            (1_021_005, "Một triệu không trăm hai mươi mốt nghìn không trăm linh năm đồng"),
            (330_000, "Ba trăm ba mươi nghìn đồng"),
            (2_000_000_000, "Hai tỷ đồng"),
            (1_000_000_000_000, "Một nghìn tỷ đồng"),
        ] {
            assert_eq!(dong_in_words(dong), words);
        }
    }
}

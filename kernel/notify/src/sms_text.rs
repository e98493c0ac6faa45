//! What fits into a text message: parts by the GSM alphabet or UCS-2, and Vietnamese without accents.

use unicode_normalization::UnicodeNormalization;

/// How SMS are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsStyle {
    /// Vietnamese accents are kept: three times as dear, since a part then holds 67 letters instead of 153.
    pub accents: bool,
    /// Longest message in parts.
    pub segments: usize,
}

impl Default for SmsStyle {
    fn default() -> Self {
        Self { accents: false, segments: 3 }
    }
}

impl SmsStyle {
    /// The text as it goes to the phone.
    pub(crate) fn fit(self, text: &str) -> String {
        if self.accents { text.nfc().collect() } else { plain(text) }
    }
}

/// Letters of the GSM 7-bit alphabet beside those of ASCII that it shares (3GPP 23.038), and those that take two places.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_TWO: &str = "^{}\\[~]|€";

/// Parts that a text needs: one of 160 (GSM) or 70 (UCS-2) letters, or several of 153 or 67.
pub(crate) fn segments(text: &str) -> usize {
    let gsm = text.chars().try_fold(0usize, |sum, c| {
        if GSM.contains(c) { Some(sum + 1) } else { GSM_TWO.contains(c).then_some(sum + 2) }
    });
    match gsm {
        Some(0) => 0,
        Some(places) if places <= 160 => 1,
        Some(places) => places.div_ceil(153),
        None => match text.encode_utf16().count() {
            units if units <= 70 => 1,
            units => units.div_ceil(67),
        },
    }
}

/// Vietnamese without accents; quotes and dashes as on a typewriter, anything else unknown as `?`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd() {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'đ' => out.push('d'),
            'Đ' => out.push('D'),
            '“' | '”' | '„' => out.push('"'),
            '‘' | '’' | 'ʼ' => out.push('\''),
            '–' | '—' => out.push('-'),
            '…' => out.push_str("..."),
            '\u{a0}' => out.push(' '),
            c if c.is_ascii() => out.push(c),
            _ => out.push('?'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_dropped_and_nothing_else() {
        assert_eq!(
            plain("Hồ sơ đã được tiếp nhận “ngay”… Đường – Ưu"),
            "Ho so da duoc tiep nhan \"ngay\"... Duong - Uu"
        );
        assert_eq!(plain("hồ sơ".nfd().collect::<String>().as_str()), "ho so");
    }

    #[test]
    fn parts_are_counted_by_the_alphabet_that_is_needed() {
        assert_eq!(segments(""), 0);
        assert_eq!((segments(&"a".repeat(160)), segments(&"a".repeat(161)), segments(&"a".repeat(307))), (1, 2, 3));
        assert_eq!((segments(&"ạ".repeat(70)), segments(&"ạ".repeat(71)), segments(&"ạ".repeat(135))), (1, 2, 3));
        // A bracket takes two places; à stands in the GSM alphabet, ả does not.
        assert_eq!((segments(&"[".repeat(80)), segments(&"[".repeat(81)), segments(&"à".repeat(160))), (1, 2, 1));
        assert_eq!(segments(&"ả".repeat(160)), 3);
    }
}

//! Names of files: shown to people, never used to find anything.

use kernel_base::text;
use unicode_segmentation::UnicodeSegmentation;

use crate::limits::MAX_NAME;

/// Name shown when nothing of the given one is left.
const NAMELESS: &str = "tệp không tên";

/// The name to show for a file that arrived as `raw`: NFC, the last part of a path, without control, zero-width and
/// direction characters, at most 255 letters. Never used as a path; escape it like any text of a user.
pub fn display_name(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    // A name of a megabyte is cut before the costly steps; a letter takes a handful of code points at most.
    let short: String = last.chars().take(MAX_NAME * 8).filter(|c| *c != '\u{61c}').collect();
    let clean = text::clean_line(&short);
    let kept: String = clean.graphemes(true).take(MAX_NAME).collect();
    let kept = kept.trim();
    if kept.is_empty() || kept.chars().all(|c| c == '.') { NAMELESS.to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn a_name_loses_its_path_and_what_cannot_be_seen() {
        assert_eq!(display_name("../../etc/passwd"), "passwd");
        assert_eq!(display_name(r"C:\Users\Lan\giấy khai sinh.jpg"), "giấy khai sinh.jpg");
        assert_eq!(display_name("ảnh\u{202e}gpj.exe"), "ảnhgpj.exe");
        assert_eq!(display_name("a\0b.pdf"), "ab.pdf");
        assert_eq!(display_name("a\u{200b}\u{61c}b.pdf"), "ab.pdf");
        for nothing in ["", "..", "../..", "\u{200b}", "/"] {
            assert_eq!(display_name(nothing), NAMELESS, "{nothing:?}");
        }
    }

    #[test]
    fn three_hundred_letters_in_nfd_become_255_in_nfc() {
        let name = display_name(&"ễ".repeat(300).nfd().collect::<String>());
        assert_eq!(name, "ễ".repeat(255));
        assert!(display_name(&"x".repeat(1_000_000)).len() == 255);
    }
}

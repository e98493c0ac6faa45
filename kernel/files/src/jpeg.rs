//! The outer structure of a JPEG: does it end, and what stands behind its end?

/// How a JPEG ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The end marker is missing: the file was cut.
    Missing,
    /// The picture ends before this offset; phones put previews, depth maps and short movies behind.
    At(usize),
}

/// Walks the segments of a JPEG to its end marker (ITU-T T.81, annex B).
pub(crate) fn end(bytes: &[u8]) -> End {
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else { return End::Missing };
        match marker {
            0xD9 => return End::At(at),
            // Standalone markers carry no length.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let Some(length) = bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_be_bytes) else {
                    return End::Missing;
                };
                at += usize::from(length.max(2));
            }
        }
    }
}

/// The next marker at or after `at`; entropy-coded bytes, stuffing and fill bytes are stepped over.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = bytes.get(*at..)?;
        let found = memchr::memchr(0xFF, rest)?;
        let marker = *rest.get(found + 1)?;
        match marker {
            0xFF => *at += found + 1,
            0x00 => *at += found + 2,
            marker => {
                *at += found + 2;
                return Some(marker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_behind_segments_and_coded_bytes_and_missed_when_cut() {
        // A thumbnail with its own end marker inside an APP1 segment must not count as the end.
        let whole = b"\xFF\xD8\xFF\xE1\x00\x06\xFF\xD9ab\xFF\xDA\x00\x02\x01\xFF\x00\x02\xFF\xD0\x03\xFF\xD9trailer";
        assert_eq!(end(whole), End::At(whole.len() - "trailer".len()));
        for cut in 2..whole.len() - "trailer".len() {
            assert_eq!(end(&whole[..cut]), End::Missing, "{cut}");
        }
    }
}

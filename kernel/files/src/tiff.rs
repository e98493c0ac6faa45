//! Pages of a TIFF: the decoder reads only the first, so each page is offered to it as the first.

use crate::{limits::MAX_SHOTS, refusal::Refusal};

/// Offsets of the image directories of a TIFF, in order. Big TIFF (64-bit offsets) is read as one page.
pub(crate) fn pages(bytes: &[u8]) -> Result<Vec<u32>, Refusal> {
    let reader = Reader { bytes, big_endian: bytes.starts_with(b"MM") };
    if reader.short(2) != Some(42) {
        return Ok(vec![0]);
    }
    let mut found = Vec::new();
    let mut next = reader.long(4).ok_or(Refusal::Truncated)?;
    while next != 0 {
        if found.contains(&next) {
            return Err(Refusal::Unreadable);
        }
        if found.len() >= MAX_SHOTS {
            return Err(Refusal::TooManyFiles);
        }
        found.push(next);
        let entries = reader.short(next as usize).ok_or(Refusal::Truncated)?;
        let after = next as usize + 2 + 12 * usize::from(entries);
        next = reader.long(after).ok_or(Refusal::Truncated)?;
    }
    if found.is_empty() { Err(Refusal::Unreadable) } else { Ok(found) }
}

/// The same TIFF with the directory at `offset` as its first; offset 0 leaves it as it is.
pub(crate) fn with_first_page(bytes: &[u8], offset: u32) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    let patch = if bytes.starts_with(b"MM") { offset.to_be_bytes() } else { offset.to_le_bytes() };
    if let (true, Some(place)) = (offset != 0, copy.get_mut(4..8)) {
        place.copy_from_slice(&patch);
    }
    copy
}

struct Reader<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Reader<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let raw = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let raw = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) })
    }
}

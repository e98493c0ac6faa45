//! Limits of what may be received (spec: documents-and-files C3). One place, so that pages can show the same numbers.

/// Largest file that is accepted, in bytes: 25 MB.
pub const MAX_FILE: u64 = 25_000_000;
/// Most files that become one paper.
pub const MAX_SHOTS: usize = 40;
/// Most bytes received for one paper, all files together.
pub const MAX_PAPER: u64 = 150_000_000;
/// Most pages of one paper.
pub const MAX_PAGES: usize = 500;
/// Most pixels of one picture, checked before it is decoded: 60 megapixels.
pub const MAX_PIXELS: u64 = 60_000_000;
/// Width and height in pixels that show an A4 page at 200 dots per inch; less gives a warning.
pub const A4_PIXELS: (u32, u32) = (1654, 2339);
/// A picture whose longer side has fewer pixels cannot show a paper and is refused.
pub const TINY_LONG_SIDE: u32 = 400;
/// A picture whose shorter side has fewer pixels cannot show a paper and is refused.
pub const TINY_SHORT_SIDE: u32 = 200;
/// Longest file name kept for display, in letters as a person counts them.
pub const MAX_NAME: usize = 255;

/// Longer side that a stored picture is reduced to, in pixels.
pub(crate) const STORED_LONG_SIDE: u32 = 2600;
/// Longer side of the preview, in pixels.
pub(crate) const PREVIEW_SIDE: u32 = 640;
/// Quality of a stored picture and of the preview (JPEG).
pub(crate) const STORED_QUALITY: u8 = 80;
pub(crate) const PREVIEW_QUALITY: u8 = 70;

/// Most bytes one stream of a PDF may unpack to.
pub(crate) const MAX_PDF_STREAM: usize = 192 << 20;
/// Most bytes all streams of a PDF may unpack to.
pub(crate) const MAX_PDF_UNPACKED: usize = 768 << 20;
/// Most objects of a PDF.
pub(crate) const MAX_PDF_OBJECTS: usize = 300_000;

/// Address space of the child that decodes, in bytes.
pub(crate) const CHILD_MEMORY: u64 = 1_610_612_736;
/// Processor seconds of the child that decodes.
pub(crate) const CHILD_CPU_SECONDS: u64 = 20;
/// Most bytes a child may answer with; more is treated as a crash.
pub(crate) const MAX_ANSWER: u64 = 200_000_000;

//! One picture: decoded, turned upright, freed of metadata, reduced, judged.

use std::io::Cursor;

use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType, metadata::Orientation,
};

use crate::{
    detect::SourceType,
    jpeg, limits,
    quality::{self, JUDGED_SIDE},
    refusal::{Refusal, Remark},
    tiff,
};

/// A page made of a picture: a JPEG without metadata.
#[derive(Debug)]
pub(crate) struct Shot {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// One grey channel instead of three colours.
    pub(crate) grey: bool,
    pub(crate) remarks: Vec<Remark>,
}

/// Reads a picture of a known type into upright pages (one, or as many as a TIFF holds), and hands each to `take`.
/// `preview` receives the small picture of the first.
pub(crate) fn read(
    bytes: &[u8],
    source: SourceType,
    mut take: impl FnMut(Shot, &DynamicImage) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let offsets = if source == SourceType::Tiff { tiff::pages(bytes)? } else { vec![0] };
    for offset in offsets {
        let (pixels, orientation) = match source {
            SourceType::Heic => heic(bytes)?,
            SourceType::Tiff => decode(&tiff::with_first_page(bytes, offset), ImageFormat::Tiff)?,
            SourceType::Jpeg => {
                if jpeg::end(bytes) == jpeg::End::Missing {
                    return Err(Refusal::Truncated);
                }
                decode(bytes, ImageFormat::Jpeg)?
            }
            SourceType::Png => decode(bytes, ImageFormat::Png)?,
            SourceType::Webp => decode(bytes, ImageFormat::WebP)?,
            SourceType::Pdf => return Err(Refusal::Unreadable),
        };
        let (shot, small) = finish(pixels, orientation)?;
        take(shot, &small)?;
    }
    Ok(())
}

/// Decodes with the limits checked against the header first. The EXIF orientation is returned, not applied.
fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(limits::CHILD_MEMORY / 2);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let pixels = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    Ok((pixels, orientation))
}

/// HEIC carries its rotation in the container, which the decoder applies; EXIF only repeats it.
fn heic(bytes: &[u8]) -> Result<(DynamicImage, Orientation), Refusal> {
    let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let info = heic_decoder::probe(bytes).map_err(|_| Refusal::Unreadable)?;
    check_size(side(info.width), side(info.height))?;
    let planes = heic_decoder::decode(bytes).map_err(|_| Refusal::Unreadable)?;
    let options =
        heic_decoder::RgbOptions { upsampling: heic_decoder::ChromaUpsampling::Nearest, ..Default::default() };
    let rgb = planes.to_rgb8_with_options(&options).map_err(|_| Refusal::Unreadable)?;
    let pixels = RgbImage::from_raw(side(rgb.width), side(rgb.height), rgb.data).ok_or(Refusal::Unreadable)?;
    Ok((DynamicImage::ImageRgb8(pixels), Orientation::NoTransforms))
}

fn refusal(error: &image::ImageError) -> Refusal {
    match error {
        image::ImageError::Limits(_) => Refusal::TooManyPixels,
        image::ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Refusal::Truncated,
        _ => Refusal::Unreadable,
    }
}

fn check_size(width: u32, height: u32) -> Result<(), Refusal> {
    if u64::from(width) * u64::from(height) > limits::MAX_PIXELS {
        return Err(Refusal::TooManyPixels);
    }
    if width.max(height) < limits::TINY_LONG_SIDE || width.min(height) < limits::TINY_SHORT_SIDE {
        return Err(Refusal::TooSmall);
    }
    Ok(())
}

/// Reduces first and turns afterwards, so that the costly steps work on fewer pixels.
fn finish(pixels: DynamicImage, orientation: Orientation) -> Result<(Shot, DynamicImage), Refusal> {
    let closer = is_small(pixels.width(), pixels.height());
    let reduced = flatten(reduce(pixels));
    let mut upright = reduced;
    upright.apply_orientation(orientation);
    let small = upright.thumbnail(limits::PREVIEW_SIDE, limits::PREVIEW_SIDE);
    let mut remarks = judge_grey(&upright)?;
    if closer {
        remarks.insert(0, Remark::Closer);
    }
    let grey = is_grey(&small);
    let (width, height) = (upright.width(), upright.height());
    let upright = if grey { DynamicImage::ImageLuma8(upright.into_luma8()) } else { upright };
    Ok((Shot { jpeg: encode(&upright, limits::STORED_QUALITY)?, width, height, grey, remarks }, small))
}

fn is_small(width: u32, height: u32) -> bool {
    let (short, long) = limits::A4_PIXELS;
    width.min(height) < short || width.max(height) < long
}

/// The size to store: the longer side comes to 2,600 px, but the shorter one stays at A4 width where it was.
fn stored_size(width: u32, height: u32) -> (u32, u32) {
    let (long, short) = (f64::from(width.max(height)), f64::from(width.min(height)));
    let scale = (f64::from(limits::STORED_LONG_SIDE) / long).max(f64::from(limits::A4_PIXELS.0) / short).min(1.0);
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    (side(width), side(height))
}

fn reduce(pixels: DynamicImage) -> DynamicImage {
    let (width, height) = stored_size(pixels.width(), pixels.height());
    if (width, height) == (pixels.width(), pixels.height()) {
        return pixels;
    }
    let plain = match pixels.color() {
        image::ColorType::L8 | image::ColorType::Rgb8 | image::ColorType::Rgba8 => pixels,
        color if color.has_alpha() => DynamicImage::ImageRgba8(pixels.into_rgba8()),
        _ => DynamicImage::ImageRgb8(pixels.into_rgb8()),
    };
    plain.resize_exact(width, height, FilterType::Triangle)
}

/// Puts a transparent picture on white paper and leaves eight bits per colour.
fn flatten(pixels: DynamicImage) -> DynamicImage {
    if pixels.color().has_alpha() {
        let rgba = pixels.into_rgba8();
        let on_white = |value: u8, alpha: u32| ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8;
        let rgb = RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
            let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u32::from);
            image::Rgb([r, g, b].map(|value| on_white(value as u8, a)))
        });
        return DynamicImage::ImageRgb8(rgb);
    }
    match pixels {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageLuma8(_) => pixels,
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(pixels.into_luma8()),
        other => DynamicImage::ImageRgb8(other.into_rgb8()),
    }
}

/// True when nearly no pixel has a colour, as in a scan of black text.
fn is_grey(small: &DynamicImage) -> bool {
    let Some(rgb) = small.as_rgb8() else { return true };
    let coloured = rgb.pixels().filter(|pixel| {
        let [r, g, b] = pixel.0;
        r.max(g).max(b) - r.min(g).min(b) > 24
    });
    coloured.count() as f64 <= 0.0005 * f64::from(rgb.width() * rgb.height())
}

fn encode(pixels: &DynamicImage, quality: u8) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    pixels.write_with_encoder(JpegEncoder::new_with_quality(&mut out, quality)).map_err(|_| Refusal::Unreadable)?;
    Ok(out)
}

/// The small picture that asks: can this paper be read?
pub(crate) fn preview(small: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    encode(small, limits::PREVIEW_QUALITY)
}

/// The picture inside a scanned PDF; `None` when it is of a kind that cannot be judged.
pub(crate) fn decode_scan(jpeg: &[u8]) -> Option<DynamicImage> {
    decode(jpeg, ImageFormat::Jpeg).ok().map(|(pixels, _)| pixels)
}

/// Judges a picture that stays as it is, inside a PDF.
pub(crate) fn judge_grey(pixels: &DynamicImage) -> Result<Vec<Remark>, Refusal> {
    let grey: GrayImage = pixels.thumbnail(JUDGED_SIDE, JUDGED_SIDE).to_luma8();
    quality::judge(&grey)
}

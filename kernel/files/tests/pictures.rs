//! Pictures as people bring them: taken and readable, or refused with a remedy.

mod common;

use common::{encode, files, inspect, jpeg_with_exif, page, picture, refusal, try_all};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use kernel_base::Kind;
use kernel_files::SourceType;

const HEIC: &[u8] = include_bytes!("samples/page.heic");
const HEIC_OF_TILES: &[u8] = include_bytes!("samples/page-of-tiles.heic");

/// True when the red seal of the sample page stands where it belongs.
fn seal_is_lower_right(picture: &DynamicImage) -> bool {
    let rgb = picture.to_rgb8();
    let at = |x: f64, y: f64| *rgb.get_pixel((f64::from(rgb.width()) * x) as u32, (f64::from(rgb.height()) * y) as u32);
    let [r, g, b] = at(0.75, 0.83).0;
    r > 150 && g < 90 && b < 90
}

#[tokio::test]
async fn a_photograph_of_twelve_megapixels_becomes_one_a4_page() {
    let photo = jpeg_with_exif(page(3024, 4032), 1);
    let taken = inspect("IMG_0001.JPG", photo).await.unwrap();
    assert_eq!(
        (taken.pages, taken.media_type, taken.source_types.as_slice()),
        (1, "application/pdf", &[SourceType::Jpeg][..])
    );
    assert_eq!(taken.warnings, []);
    let (document, picture) = picture(&taken.bytes, 1);
    assert_eq!((picture.width(), picture.height()), (1950, 2600));
    assert!(seal_is_lower_right(&picture));
    let id = document.get_pages()[&1];
    let media_box = document.get_dictionary(id).unwrap().get(b"MediaBox").unwrap().as_array().unwrap();
    assert!(
        (media_box[2].as_float().unwrap() - 595.276).abs() < 0.01
            && (media_box[3].as_float().unwrap() - 841.89).abs() < 0.01
    );
    let preview = image::load_from_memory(&taken.preview_jpeg.unwrap()).unwrap();
    assert_eq!(preview.height(), 640);
}

#[tokio::test]
async fn a_turned_photograph_is_set_upright_and_loses_its_place() {
    let upright = page(1700, 2400);
    // Orientation 6: the camera was turned; the stored picture must be turned 90 degrees clockwise to be upright.
    let stored = image::imageops::rotate270(&upright);
    let photo = jpeg_with_exif(stored, 6);
    assert!(photo.windows(10).any(|w| w == b"GPS-SECRET"));
    let taken = inspect("a.jpg", photo).await.unwrap();
    let (_, picture) = picture(&taken.bytes, 1);
    assert_eq!((picture.width(), picture.height()), (1700, 2400));
    assert!(seal_is_lower_right(&picture));
    for hidden in [b"GPS-SECRET".as_slice(), b"Exif"] {
        assert!(!taken.bytes.windows(hidden.len()).any(|w| w == hidden));
        assert!(!taken.preview_jpeg.as_ref().unwrap().windows(hidden.len()).any(|w| w == hidden));
    }
}

#[tokio::test]
async fn heic_is_read_whole_in_tiles_and_under_a_wrong_name() {
    for (name, bytes) in [("IMG_1.HEIC", HEIC), ("IMG_2.HEIC", HEIC_OF_TILES), ("IMG_3.jpg", HEIC)] {
        let taken = inspect(name, bytes.to_vec()).await.unwrap();
        assert_eq!(taken.source_types, [SourceType::Heic], "{name}");
        let (_, picture) = picture(&taken.bytes, 1);
        assert!(picture.height() == 1400, "{name}: {} x {}", picture.width(), picture.height());
        let [r, g, b] = picture.to_rgb8().get_pixel(800, 1290).0;
        assert!(r > 150 && g < 90 && b < 90, "{name}: the seal is not where it belongs: {r} {g} {b}");
        assert!(taken.warnings.iter().any(|w| w.vi.contains("chụp gần hơn")), "{name}: {:?}", taken.warnings);
    }
}

#[tokio::test]
async fn screenshots_and_pictures_from_zalo_are_taken() {
    let screenshot = page(1080, 2340);
    for (format, source) in [(ImageFormat::Png, SourceType::Png), (ImageFormat::WebP, SourceType::Webp)] {
        let taken = inspect("Screenshot.bin", encode(screenshot.clone(), format)).await.unwrap();
        assert_eq!(taken.source_types, [source]);
        assert!(taken.warnings[0].vi.contains("chụp gần hơn"), "{:?}", taken.warnings);
        assert!(!taken.as_received && taken.originals.len() == 1);
    }
}

#[tokio::test]
async fn a_transparent_picture_lies_on_white_paper() {
    let ink = page(900, 1200);
    let clear = RgbaImage::from_fn(900, 1200, |x, y| {
        let [r, g, b] = ink.get_pixel(x, y).0;
        if r < 100 { Rgba([r, g, b, 255]) } else { Rgba([0, 0, 0, 0]) }
    });
    let taken = inspect("chu-ky.png", encode(clear, ImageFormat::Png)).await.unwrap();
    let (_, picture) = picture(&taken.bytes, 1);
    assert!(picture.to_luma8().get_pixel(2, 2).0[0] > 240);
}

#[tokio::test]
async fn many_shots_become_one_pdf_in_their_order_and_always_the_same_bytes() {
    let (_dir, files) = files();
    let wide = image::imageops::rotate90(&page(1700, 2400));
    let shots = [
        ("1.jpg", encode(page(1700, 2400), ImageFormat::Jpeg)),
        ("2.png", encode(wide, ImageFormat::Png)),
        ("3.heic", HEIC.to_vec()),
    ];
    let taken = try_all(&files, &shots).await.unwrap();
    assert_eq!(taken.pages, 3);
    assert_eq!(taken.source_types, [SourceType::Jpeg, SourceType::Png, SourceType::Heic]);
    assert!(taken.warnings.len() == 1 && taken.warnings[0].vi.starts_with("Trang 3:"), "{:?}", taken.warnings);
    let (_, second) = picture(&taken.bytes, 2);
    assert!(second.width() > second.height());
    let again = try_all(&files, &shots).await.unwrap();
    assert_eq!(again.sha256, taken.sha256);
}

#[tokio::test]
async fn every_page_of_a_tiff_is_kept() {
    // Two single-page TIFF files joined by hand: the first directory points to the second.
    let one = encode(page(1700, 2400), ImageFormat::Tiff);
    let two = encode(image::imageops::rotate90(&page(1700, 2400)), ImageFormat::Tiff);
    let long = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut joined = one.clone();
    let shift = u32::try_from(joined.len()).unwrap();
    let mut second = two.clone();
    let directory = long(&second, 4) as usize;
    let entries = usize::from(u16::from_le_bytes(second[directory..directory + 2].try_into().unwrap()));
    for entry in 0..entries {
        let at = directory + 2 + 12 * entry;
        let tag = u16::from_le_bytes(second[at..at + 2].try_into().unwrap());
        let kind = u16::from_le_bytes(second[at + 2..at + 4].try_into().unwrap());
        let size = [0, 1, 1, 2, 4, 8].get(usize::from(kind)).copied().unwrap_or(8) * long(&second, at + 4);
        if size > 4 {
            let value = long(&second, at + 8) + shift;
            let target = (value - shift) as usize;
            // Strip offsets are themselves offsets.
            if tag == 273 {
                for strip in 0..long(&second, at + 4) as usize {
                    let moved = long(&second, target + 4 * strip) + shift;
                    second[target + 4 * strip..target + 4 * strip + 4].copy_from_slice(&moved.to_le_bytes());
                }
            }
            second[at + 8..at + 12].copy_from_slice(&value.to_le_bytes());
        } else if tag == 273 {
            let moved = long(&second, at + 8) + shift;
            second[at + 8..at + 12].copy_from_slice(&moved.to_le_bytes());
        }
    }
    joined.extend_from_slice(&second);
    let first_directory = long(&one, 4) as usize;
    let entries = usize::from(u16::from_le_bytes(one[first_directory..first_directory + 2].try_into().unwrap()));
    let link = first_directory + 2 + 12 * entries;
    joined[link..link + 4].copy_from_slice(&(u32::try_from(directory).unwrap() + shift).to_le_bytes());

    let taken = inspect("scan.tif", joined).await.unwrap();
    assert_eq!((taken.pages, taken.source_types.as_slice()), (2, &[SourceType::Tiff][..]));
    let (_, second) = picture(&taken.bytes, 2);
    assert!(second.width() > second.height());
}

#[tokio::test]
async fn black_white_and_strongly_blurred_pictures_are_refused_with_a_remedy() {
    let even = |value: u8| encode(RgbImage::from_pixel(1700, 2400, Rgb([value; 3])), ImageFormat::Jpeg);
    let black = refusal("den.jpg", even(6)).await;
    assert_eq!((black.code, black.kind), ("picture_black", Kind::Invalid));
    assert!(black.words.vi.contains("chụp lại"));
    assert_eq!(refusal("trang.jpg", even(250)).await.code, "picture_white");
    assert_eq!(refusal("xam.jpg", even(200)).await.code, "picture_white");
    let sharp = page(850, 1200);
    let strong = image::imageops::fast_blur(&sharp, 9.0);
    assert_eq!(refusal("mo.jpg", encode(strong, ImageFormat::Jpeg)).await.code, "picture_blurred");
    let light = image::imageops::fast_blur(&sharp, 4.5);
    let taken = inspect("hoi-mo.jpg", encode(light, ImageFormat::Jpeg)).await.unwrap();
    assert!(taken.warnings.iter().any(|w| w.vi.contains("hơi mờ")), "{:?}", taken.warnings);
    let taken = inspect("ro.jpg", encode(sharp, ImageFormat::Jpeg)).await.unwrap();
    assert!(taken.warnings.iter().all(|w| !w.vi.contains("mờ")), "{:?}", taken.warnings);
}

#[tokio::test]
async fn thumbnails_cut_pictures_and_bombs_are_refused() {
    assert_eq!(refusal("nho.jpg", encode(page(300, 390), ImageFormat::Jpeg)).await.code, "picture_too_small");
    let whole = encode(page(1700, 2400), ImageFormat::Jpeg);
    assert_eq!(refusal("cut.jpg", whole[..whole.len() * 2 / 3].to_vec()).await.code, "file_truncated");
    let png = encode(page(600, 800), ImageFormat::Png);
    let code = refusal("cut.png", png[..png.len() / 2].to_vec()).await.code;
    assert!(["file_truncated", "file_unreadable"].contains(&code), "{code}");
    let code = refusal("cut.heic", HEIC[..HEIC.len() / 2].to_vec()).await.code;
    assert!(["file_truncated", "file_unreadable"].contains(&code), "{code}");
    assert_eq!(refusal("bomb.png", png_bomb()).await.code, "picture_too_many_pixels");
}

/// A PNG that says it has 50,000 × 50,000 pixels.
fn png_bomb() -> Vec<u8> {
    let mut bomb = encode(RgbImage::new(500, 500), ImageFormat::Png);
    bomb[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    bomb
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[tokio::test]
async fn the_refused_one_of_several_shots_is_named() {
    let (_dir, files) = files();
    let black = encode(RgbImage::new(1700, 2400), ImageFormat::Jpeg);
    let good = encode(page(1700, 2400), ImageFormat::Jpeg);
    let error = try_all(&files, &[("mat-truoc.jpg", good), ("mat-sau.jpg", black)]).await.unwrap_err();
    assert_eq!(error.code, "picture_black");
    assert!(error.words.vi.starts_with("Tệp “mat-sau.jpg”: Ảnh gần như đen"), "{}", error.words.vi);
}

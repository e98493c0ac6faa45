//! QR codes as SVG, for pages and for print.

use kernel_base::{Error, Result};
use qrcodegen::{QrCode, QrCodeEcc};

/// A QR code as an SVG picture of one path, black on white, with the quiet zone of four modules.
/// Error correction M: a fold or a stain over a seventh of it does not matter.
///
/// # Errors
/// `qr_too_long` when the text does not fit (more than 2,331 bytes).
pub fn qr_svg(text: &str) -> Result<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|e| {
        Error::refused("qr_too_long", ("Nội dung quá dài để in thành mã QR.", "The text is too long for a QR code."))
            .with_inside(e.to_string())
    })?;
    const QUIET: i32 = 4;
    let size = code.size();
    let whole = size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && code.get_module(x, y) {
                x += 1;
            }
            let width = x - start;
            if width > 0 {
                path.push_str(&format!("M{} {}h{width}v1h-{width}z", start + QUIET, y + QUIET));
            } else {
                x += 1;
            }
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" width=\"{whole}\" height=\"{whole}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{whole}v{whole}h-{whole}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

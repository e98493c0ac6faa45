//! Can a person read it? Judged on a small grey copy, carefully: only what is surely unreadable is refused.

use image::GrayImage;

use crate::refusal::{Refusal, Remark};

/// Longer side of the grey copy that is judged, in pixels.
pub(crate) const JUDGED_SIDE: u32 = 500;
/// Side of the squares whose sharpness is compared, in pixels.
const SQUARE: u32 = 20;
/// A square with less contrast (standard deviation of grey, 0 to 255) shows no writing.
const WRITING_CONTRAST: f64 = 9.0;
/// Edge energy against contrast below which writing cannot be read, and below which a remark is made. Measured on A4
/// pages of Vietnamese text of 9 to 30 points at 2,600 px, blurred by a Gaussian of s px: sharp 5 to 10; s = 3 1.6 to
/// 2.3; s = 6 (hard to read) 0.2 to 0.4; s = 10 (12 points unreadable) 0.05 to 0.13. Noise of a dark room adds 0.1.
const UNREADABLE: f64 = 0.08;
const HARD_TO_READ: f64 = 0.3;

/// Judges a grey copy: refuses black, white and strongly blurred pictures, remarks on lesser faults.
pub(crate) fn judge(grey: &GrayImage) -> Result<Vec<Remark>, Refusal> {
    let light = Light::of(grey);
    if light.share_above(70) < 0.002 {
        return Err(Refusal::Black);
    }
    if light.share_below(215) < 0.0005 {
        return Err(Refusal::White);
    }
    let mut remarks = Vec::new();
    match sharpness(grey) {
        Some(value) if value < UNREADABLE => return Err(Refusal::Blurred),
        Some(value) if value < HARD_TO_READ => remarks.push(Remark::Blurry),
        Some(_) => {}
        // No square shows writing: one even colour, whatever it is.
        None if light.mean < 128.0 => return Err(Refusal::Black),
        None => return Err(Refusal::White),
    }
    if light.mean < 55.0 {
        remarks.push(Remark::Dark);
    } else if light.share_above(250) > 0.9 && light.share_below(150) < 0.004 {
        remarks.push(Remark::Glare);
    }
    Ok(remarks)
}

/// Distribution of grey values.
struct Light {
    shares: [f64; 256],
    mean: f64,
}

impl Light {
    fn of(grey: &GrayImage) -> Self {
        let mut counts = [0_u32; 256];
        for value in grey.as_raw() {
            if let Some(count) = counts.get_mut(usize::from(*value)) {
                *count += 1;
            }
        }
        let all = f64::from(grey.width() * grey.height()).max(1.0);
        let shares = counts.map(|count| f64::from(count) / all);
        let mean = shares.iter().zip(0_u32..).map(|(share, value)| share * f64::from(value)).sum();
        Self { shares, mean }
    }

    fn share_above(&self, value: usize) -> f64 {
        self.shares.iter().skip(value + 1).sum()
    }

    fn share_below(&self, value: usize) -> f64 {
        self.shares.iter().take(value).sum()
    }
}

/// Edge energy against contrast in the sharper squares of the picture; `None` when no square shows writing.
/// Comparing with contrast keeps faint writing on good paper from looking blurred; taking the sharper squares keeps a
/// portrait with a soft background from looking blurred.
fn sharpness(grey: &GrayImage) -> Option<f64> {
    let mut values = Vec::new();
    for top in (0..grey.height().saturating_sub(SQUARE)).step_by(SQUARE as usize) {
        for left in (0..grey.width().saturating_sub(SQUARE)).step_by(SQUARE as usize) {
            values.extend(square(grey, left, top));
        }
    }
    values.sort_by(f64::total_cmp);
    values.get(values.len() * 9 / 10).copied()
}

/// Variance of the Laplacian divided by the variance of grey in one square.
fn square(grey: &GrayImage, left: u32, top: u32) -> Option<f64> {
    let width = grey.width() as usize;
    let raw = grey.as_raw();
    let mut plain = Moments::default();
    let mut edges = Moments::default();
    for y in top.max(1)..(top + SQUARE).min(grey.height() - 1) {
        let start = y as usize * width;
        for x in left.max(1)..(left + SQUARE).min(grey.width() - 1) {
            let at = start + x as usize;
            let value = |at: usize| raw.get(at).copied().map_or(0, i32::from);
            let here = value(at);
            plain.add(here);
            edges.add(value(at - 1) + value(at + 1) + value(at - width) + value(at + width) - 4 * here);
        }
    }
    let contrast = plain.variance();
    (contrast > WRITING_CONTRAST * WRITING_CONTRAST).then(|| edges.variance() / contrast)
}

#[derive(Default)]
struct Moments {
    count: i64,
    sum: i64,
    squares: i64,
}

impl Moments {
    fn add(&mut self, value: i32) {
        let value = i64::from(value);
        self.count += 1;
        self.sum += value;
        self.squares += value * value;
    }

    fn variance(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let count = self.count as f64;
        let mean = self.sum as f64 / count;
        self.squares as f64 / count - mean * mean
    }
}

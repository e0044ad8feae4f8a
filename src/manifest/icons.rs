//! The two icons, drawn here: an open ring, the C of Chronus, and in its opening the person who comes in.

use super::document::ACCENT;

/// Edge of the colour icon, in pixels.
pub(super) const COLOR_EDGE: u32 = 192;
/// Edge of the outline icon, in pixels.
pub(super) const OUTLINE_EDGE: u32 = 32;
/// Points looked at along each edge of a pixel.
const SAMPLES: u32 = 4;

/// A full square with the symbol in its middle half, as Teams rounds and crops what is outside.
pub(super) fn color() -> Result<Vec<u8>, png::EncodingError> {
    let paint = |covered: f64| {
        let [red, green, blue] = ACCENT.map(|channel| mix(channel, 0xFF, covered));
        [red, green, blue, 0xFF]
    };
    draw(COLOR_EDGE, 0.5, paint)
}

/// White on nothing.
pub(super) fn outline() -> Result<Vec<u8>, png::EncodingError> {
    draw(OUTLINE_EDGE, 0.94, |covered| {
        [0xFF, 0xFF, 0xFF, mix(0, 0xFF, covered)]
    })
}

/// Draws the symbol over the middle `part` of a square.
fn draw(edge: u32, part: f64, paint: impl Fn(f64) -> [u8; 4]) -> Result<Vec<u8>, png::EncodingError> {
    let mut pixels = Vec::new();
    for y in 0..edge {
        for x in 0..edge {
            pixels.extend(paint(coverage(edge, part, x, y)));
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, edge, edge);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// How much of a pixel the symbol covers, from 0 to 1.
fn coverage(edge: u32, part: f64, x: u32, y: u32) -> f64 {
    let place = |pixel: u32, sample: u32| {
        let along = f64::from(pixel) + (f64::from(sample) + 0.5) / f64::from(SAMPLES);
        (along / f64::from(edge) * 2.0 - 1.0) / part
    };
    let samples = (0..SAMPLES).flat_map(|i| (0..SAMPLES).map(move |j| (i, j)));
    let inside = samples
        .filter(|(i, j)| is_inside(place(x, *i), place(y, *j)))
        .count();
    f64::from(u32::try_from(inside).unwrap_or(0)) / f64::from(SAMPLES * SAMPLES)
}

/// Whether a point of the square from -1 to 1 belongs to the symbol.
fn is_inside(x: f64, y: f64) -> bool {
    let (middle, half, opening) = (0.72_f64, 0.16_f64, 0.78_f64);
    let angle = y.atan2(x);
    let ring = (x.hypot(y) - middle).abs() <= half && angle.abs() >= opening;
    let end = |sign: f64| (x - middle * opening.cos()).hypot(y - sign * middle * opening.sin()) <= half;
    let person = (x - middle).hypot(y) <= 0.2;
    ring || end(1.0) || end(-1.0) || person
}

fn mix(from: u8, to: u8, part: f64) -> u8 {
    let mixed = f64::from(from) + (f64::from(to) - f64::from(from)) * part;
    // Between two bytes there are only bytes.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 255, rounded"
    )]
    let byte = mixed.round() as u8;
    byte
}

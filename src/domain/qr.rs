//! QR codes: a link as light and dark modules, for a screen in half blocks and for a mail as PNG.

use qrcode::{Color, EcLevel, QrCode};

/// Cells of a PNG for one module: it stays sharp where a mail program scales it.
const SCALE: usize = 8;

/// Light modules around the code, as ISO 18004 wants them.
pub const QUIET: usize = 4;

/// The fewest that phones still read.
pub const LEAST_QUIET: usize = 2;

/// A square of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    width: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The smallest code that holds `text`; `None` if none does. The weakest error correction: a
    /// screen has no scratches, and the fewer rows the better.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let dark = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        Some(Self { width: code.width(), dark })
    }

    /// Modules of one side, without a quiet zone.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Is this module dark? Beside the code everything is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.width && self.dark[y * self.width + x]
    }

    /// Rows of characters, two modules each, with a quiet zone of so many modules: `' '` both light,
    /// `'▀'` the upper dark, `'▄'` the lower, `'█'` both.
    pub fn half_blocks(&self, quiet: usize) -> Vec<String> {
        let side = self.width + 2 * quiet;
        let dark = |x: usize, y: usize| x >= quiet && y >= quiet && self.is_dark(x - quiet, y - quiet);
        let cell = |x: usize, y: usize| match (dark(x, y), dark(x, y + 1)) {
            (false, false) => ' ',
            (true, false) => '▀',
            (false, true) => '▄',
            (true, true) => '█',
        };
        (0..side).step_by(2).map(|y| (0..side).map(|x| cell(x, y)).collect()).collect()
    }

    /// A picture for a mail; `None` if it cannot be written, which only an empty code could cause.
    pub fn png(&self) -> Option<Vec<u8>> {
        let side = (self.width + 2 * QUIET) * SCALE;
        let module = |at: usize| (at / SCALE).checked_sub(QUIET);
        let dark = |x: usize, y: usize| match (module(x), module(y)) {
            (Some(x), Some(y)) => self.is_dark(x, y),
            _ => false,
        };
        let pixels: Vec<u8> =
            (0..side * side).map(|at| if dark(at % side, at / side) { 0 } else { 255 }).collect();
        let (mut picture, side) = (Vec::new(), u32::try_from(side).ok()?);
        let mut encoder = png::Encoder::new(&mut picture, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).ok()?;
        Some(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_blocks_hold_the_code_and_its_quiet_zone() {
        let qr = Qr::of("https://pay.example.com/?policy=LIBC7013").unwrap();
        for quiet in [LEAST_QUIET, QUIET] {
            let rows = qr.half_blocks(quiet);
            let side = qr.width() + 2 * quiet;
            assert_eq!(rows.len(), side.div_ceil(2));
            for (at, row) in rows.iter().enumerate() {
                let cells: Vec<char> = row.chars().collect();
                assert_eq!(cells.len(), side);
                for (x, cell) in cells.iter().enumerate() {
                    for (y, is_dark) in
                        [(2 * at, matches!(cell, '▀' | '█')), (2 * at + 1, matches!(cell, '▄' | '█'))]
                    {
                        let inside = (quiet..quiet + qr.width()).contains(&x)
                            && (quiet..quiet + qr.width()).contains(&y);
                        assert_eq!(is_dark, inside && qr.is_dark(x - quiet, y - quiet), "{x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_picture_is_a_png_and_too_much_is_no_code() {
        let png = Qr::of("https://pay.example.com/").unwrap().png().unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(Qr::of(&"x".repeat(3000)), None);
    }
}

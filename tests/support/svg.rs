//! A terminal screen as a picture: one `<text>` per cell, so that columns stay true whatever font
//! a viewer has. The same screen gives the same bytes.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

const WIDTH: u32 = 9;
const HEIGHT: u32 = 19;
const BASELINE: u32 = 14;
const PAD: u32 = 12;
const INK: &str = "#d8dee9";
const PAPER: &str = "#15181e";
/// The sixteen, for dark paper.
const COLOURS: [&str; 16] = [
    "#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#6b7385",
    "#ff8b92", "#b5e890", "#ffd68a", "#8cc8ff", "#e2a3f5", "#7fdbe6", "#ffffff",
];

/// The screen with its colours, and the cursor as a frame where it is shown.
pub fn svg(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (2 * PAD + u32::from(columns) * WIDTH, 2 * PAD + u32::from(rows) * HEIGHT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace\" \
         font-size=\"15\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        if let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) {
            put(&mut out, cell, left(column), top(row));
        }
    }
    if !screen.hide_cursor() {
        let (row, column) = screen.cursor_position();
        let (x, y) = (left(column), top(row));
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"none\" stroke=\"{INK}\"/>"
        );
    }
    out.push_str("</svg>\n");
    out
}

fn put(out: &mut String, cell: &Cell, x: u32, y: u32) {
    let (ink, paper) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), PAPER));
    let (ink, paper) = if cell.inverse() { (paper, ink) } else { (ink, paper) };
    let width = if cell.is_wide() { 2 * WIDTH } else { WIDTH };
    if paper != PAPER {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{paper}\"/>"
        );
    }
    if cell.underline() {
        let line = y + BASELINE + 2;
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{line}\" width=\"{width}\" height=\"1\" fill=\"{ink}\"/>");
    }
    if cell.contents().trim().is_empty() {
        return;
    }
    let bold = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    let italic = if cell.italic() { " font-style=\"italic\"" } else { "" };
    let dim = if cell.dim() { " opacity=\"0.6\"" } else { "" };
    let text = cell.contents().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" fill=\"{ink}\"{bold}{italic}{dim}>{text}</text>",
        y + BASELINE
    );
}

fn left(column: u16) -> u32 {
    PAD + u32::from(column) * WIDTH
}

fn top(row: u16) -> u32 {
    PAD + u32::from(row) * HEIGHT
}

fn colour(colour: Color, usual: &str) -> String {
    match colour {
        Color::Default => usual.to_owned(),
        Color::Idx(n) => indexed(n),
        Color::Rgb(r, g, b) => hex(r, g, b),
    }
}

/// The sixteen, the cube of 6, the greys.
fn indexed(n: u8) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match n {
        0..=15 => COLOURS[usize::from(n)].to_owned(),
        16..=231 => hex(level((n - 16) / 36), level((n - 16) / 6 % 6), level((n - 16) % 6)),
        232..=255 => hex(8 + 10 * (n - 232), 8 + 10 * (n - 232), 8 + 10 * (n - 232)),
    }
}

fn hex(r: u8, g: u8, b: u8) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

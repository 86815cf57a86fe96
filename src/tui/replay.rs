//! `cordboard replay FILE`: a recording is told to a fresh model again, and drawn.

use std::io;
use std::time::Duration;

use crossterm::event;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::model::Model;
use super::record::Told;
use super::update;
use super::{terminal, view};

/// A pause in a recording is waited for, but not longer than this.
const LONGEST: Duration = Duration::from_secs(1);

/// Plays on this terminal, at the pace it was recorded in; any key ends it.
///
/// # Errors
/// There is no terminal, or it is gone.
pub fn play(model: &mut Model, told: &[Told]) -> io::Result<()> {
    let mut guard = terminal::enter(std::env::current_exe().ok())?;
    update::start(model);
    let mut last = 0;
    for told in told {
        let pause = Duration::from_millis(told.ms.saturating_sub(last)).min(LONGEST);
        last = told.ms;
        if event::poll(pause)? && matches!(event::read()?, event::Event::Key(_)) {
            return Ok(());
        }
        update::update(model, told.msg.clone());
        draw(&mut guard, model)?;
    }
    while !matches!(event::read()?, event::Event::Key(_)) {}
    Ok(())
}

fn draw(guard: &mut terminal::Guard, model: &Model) -> io::Result<()> {
    guard.terminal().draw(|frame| {
        let area = frame.area();
        if let Some(cursor) = view::draw(model, area, frame.buffer_mut()) {
            frame.set_cursor_position(cursor);
        }
    })?;
    Ok(())
}

/// The last screen as text.
pub fn last_screen(model: &mut Model, told: &[Told]) -> String {
    update::start(model);
    for told in told {
        update::update(model, told.msg.clone());
    }
    let (width, height) = model.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    view::draw(model, buffer.area, &mut buffer);
    let mut text = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(symbol.width().max(1)).unwrap_or(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

//! What somebody typed and left: kept as a draft, and there again when they come back.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::shown::Draft;
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::tui::model::Cx;
use crate::tui::msg::Tone;
use crate::tui::widgets::text;

/// Written into the draft; what has another shape is not put in.
const VERSION: u8 = 1;

/// A draft older than this is offered and not put in, in seconds.
pub const FRESH: u64 = 3600;

/// The fields of a screen as they are, right or wrong.
pub trait Typed: Serialize + DeserializeOwned {
    fn is_empty(&self) -> bool;

    /// The body of a draft; empty if nothing was typed, which removes it.
    fn to_body(&self) -> Body {
        if self.is_empty() {
            return Body(String::new());
        }
        Body(serde_json::to_string(&Versioned { v: VERSION, typed: self }).unwrap_or_default())
    }

    /// `None` for a body that is broken or of another release.
    fn read(body: &str) -> Option<Self> {
        let read: Versioned<Self> = serde_json::from_str(body).ok()?;
        (read.v == VERSION && !read.typed.is_empty()).then_some(read.typed)
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u8,
    #[serde(flatten)]
    typed: T,
}

/// The draft has come: what to put in, unless it is old or something is typed already; then it is offered.
pub fn returned<T: Typed>(
    cx: &mut Cx<'_>,
    draft: Option<&Draft>,
    typed: &T,
    offered: &mut Option<(Micros, T)>,
) -> Option<T> {
    let (at, kept) = draft.and_then(|draft| Some((draft.at, T::read(&draft.body)?)))?;
    if !typed.is_empty() || cx.now.since(at).as_secs() >= FRESH {
        *offered = Some((at, kept));
        return None;
    }
    let when = text::stamp(at, cx.now, cx.offset);
    cx.say(Tone::Note, format!("What you typed at {when} is back. Esc, then :discard drops it."));
    Some(kept)
}

/// What is offered is wanted in place of what is `typed`, which is offered in turn.
pub fn swapped<T: Typed>(cx: &mut Cx<'_>, typed: T, offered: &mut Option<(Micros, T)>) -> Option<T> {
    let Some((_, kept)) = offered.take() else {
        cx.say(Tone::Note, "There is nothing else that you typed here.");
        return None;
    };
    *offered = (!typed.is_empty()).then_some((cx.now, typed));
    Some(kept)
}

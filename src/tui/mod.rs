//! The desk on a terminal. [`update`] changes a plain [`model`], [`view`] draws it, the [`runner`]
//! carries out what is asked for; nothing on the way from a key to the screen waits for a disk or a
//! network.
//!
//! A newcomer finds a screen under [`screens`], every key in [`keymap`], every message in [`msg`].

pub mod command;
pub mod key;
pub mod keymap;
pub mod model;
pub mod msg;
pub mod screens;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
pub mod update;
pub mod view;
pub mod widgets;

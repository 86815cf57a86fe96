//! Parts of screens: a text field, wrapped text, lists, a line cut to its cells. They draw what they
//! are given and know no screen.

pub mod field;
pub mod list;
pub mod run;
pub mod sheet;
pub mod text;

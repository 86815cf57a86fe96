//! Rows as files.

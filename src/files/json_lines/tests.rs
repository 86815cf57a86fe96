//! Tables of lines, good and bad.

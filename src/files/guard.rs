//! The guard against formulas: a spreadsheet takes a cell for one that begins with a sign of arithmetic.
//! See <https://owasp.org/www-community/attacks/CSV_Injection>.

use super::columns::{Column, Field};

/// A cell that begins so gets a `'` before it; one that begins with `'` too, so that all can be taken
/// off again.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// The header of the column that says a file is guarded.
pub(super) const HEADER: &str = "cordboard_guarded";

/// Does this cell say that its row is guarded?
pub(super) fn is_on(column: &Column, bytes: &[u8]) -> bool {
    column.field == Field::OwnGuarded && !bytes.trim_ascii().is_empty()
}

pub(super) fn put_on(cell: &str) -> String {
    if cell.starts_with(GUARDED) { format!("'{cell}") } else { cell.to_owned() }
}

pub(super) fn taken_off(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(GUARDED)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_a_formula_is_guarded() {
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("+23057372333", "'+23057372333"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=x", "''=x"),
            ("O'Neil", "O'Neil"),
            ("1=1", "1=1"),
            ("", ""),
        ] {
            assert_eq!(put_on(cell), guarded);
            assert_eq!(taken_off(guarded), cell);
        }
        assert_eq!(taken_off("'s Hertogenbosch"), "'s Hertogenbosch");
    }

    proptest! {
        #[test]
        fn it_comes_off_again(cell in "['=+@x\t\r-]{0,6}\\PC{0,10}") {
            let guarded = put_on(&cell);
            prop_assert!(!guarded.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(taken_off(&guarded), cell);
        }
    }
}

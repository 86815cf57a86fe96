//! Every screen has its pictures.

use std::path::Path;

use super::Screen;

/// A screen `Name` has its tests in the module `name` and its picture under `name` at both sizes;
/// `.ci/run` says when no test makes a picture any more.
#[test]
fn every_screen_has_its_picture_at_both_sizes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/screens");
    let mut missing = Vec::new();
    for name in Screen::NAMES.iter().map(|name| name.to_lowercase()) {
        for size in ["80x24", "120x40"] {
            let file = format!("snapshots/cordboard__tui__screens__{name}__tests__{name}-{size}.snap");
            let found =
                [here.join(&file), here.join(&name).join(&file)].into_iter().find(|file| file.exists());
            let styled =
                found.is_some_and(|file| std::fs::read_to_string(file).unwrap().contains("\n-- cursor "));
            if !styled {
                missing.push(file);
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

//! Settings as files: the example holds the defaults, the valid ones load, and each invalid one is
//! refused with the message beside it (`x.toml`, `x.txt`).

#![expect(clippy::unwrap_used, reason = "clippy takes the helpers of a test file for production code")]

use std::fs;
use std::path::{Path, PathBuf};

use cordboard::config::Config;
use proptest::prelude::*;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Every key of a document, as `section.key`.
fn keys(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap();
    let inside = |(name, section): (&String, &toml::Value)| {
        let keys = section.as_table().unwrap().keys();
        keys.map(|key| format!("{name}.{key}")).collect::<Vec<_>>()
    };
    table.iter().flat_map(inside).collect()
}

#[test]
fn the_example_is_complete_and_holds_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    assert_eq!(Config::load(&path).unwrap(), Config::default());
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(keys(&text), keys(&Config::default().to_toml()));
}

#[test]
fn a_missing_file_means_the_defaults() {
    assert_eq!(Config::load(Path::new("/nowhere/config.toml")).unwrap(), Config::default());
    let folder = Config::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err().to_string();
    assert!(folder.starts_with(env!("CARGO_MANIFEST_DIR")), "{folder}");
}

#[test]
fn valid_files_load_and_survive_being_written() {
    for path in files("valid") {
        let config = Config::load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Config::parse(&config.to_toml(), &path).unwrap(), config, "{}", path.display());
    }
}

#[test]
fn the_values_of_a_full_file_arrive() {
    let path = files("valid").into_iter().find(|path| path.ends_with("everything.toml")).unwrap();
    let config = Config::load(&path).unwrap();
    let expected = r#"[desk]
name = "Équipe Curepipe"
region = "SE"
accept = "international"
currency = "SEK"
undo_seconds = 0
palette = "plain"

[sms]
numbers = ["+12025550143", "+46701740605"]
deadline_hours = 72
purpose = "marketing"
quiet_hours = "/srv/cordboard/quiet.toml"
at_once = 50

[lint]
max_segments = 4
opt_out_days = 0
opt_out_line = "Svara STOP."

[lint.rules]
SEG-2 = "off"
STOP-4 = "err"

[prices]
currency = "SEK"

[prices.countries.SE]
sms_out = "0.52"
mms_in = "1.00"

[twilio]
base_url = "http://127.0.0.1:8080"
poll_seconds = 1

[upstream]
base_url = "https://x.example/api:v1"
mobile = "e164"
poll_seconds = 3600

[mail]
host = "mail.example.com"
port = 465
tls = "tls"
from = "desk@example.com"

[payment]
link = "https://pay.example.com/{policy}/{amount}/{currency}/{ref}"

[capture]
alphabet = "swedish"
verified_by = ["personnummer"]
must_verify = true
tell_old_mobile = true

[master]
base_url = "https://m.example/api"
policy = "newest wins"
poll_seconds = 10

[updates]
approval = "required"

[keys]
"#;
    assert_eq!(config.to_toml(), expected);
}

/// `CORDBOARD_BLESS=1 cargo test --test config` writes the messages anew; read them before you commit.
#[test]
fn invalid_files_are_refused_with_their_message() {
    for path in files("invalid") {
        let text = fs::read(&path).unwrap();
        let name = Path::new(path.file_name().unwrap());
        let error = match std::str::from_utf8(&text) {
            Ok(text) => Config::parse(text, name).unwrap_err().to_string(),
            Err(_) => {
                let shown = Config::load(&path).unwrap_err().to_string();
                shown.replace(&path.display().to_string(), &name.display().to_string())
            }
        };
        let beside = path.with_extension("txt");
        if std::env::var_os("CORDBOARD_BLESS").is_some() {
            fs::write(&beside, format!("{error}\n")).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        assert_eq!(format!("{error}\n"), expected, "{}", path.display());
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn the_environment_overrules_the_file() {
    let set = |name: &str| match name {
        "CORDBOARD_REGION" => Some("se".to_owned()),
        "CORDBOARD_TWILIO_BASE_URL" => Some("http://127.0.0.1:1/".to_owned()),
        "CORDBOARD_UPSTREAM_URL" => Some("http://127.0.0.1:2".to_owned()),
        _ => None,
    };
    let mut config = Config::default();
    config.overrule(set).unwrap();
    assert_eq!(config.desk.region.to_string(), "SE");
    assert_eq!(config.twilio.base_url.as_str(), "http://127.0.0.1:1");
    assert_eq!(config.upstream.base_url.as_ref().unwrap().as_str(), "http://127.0.0.1:2");
    let kept = config.clone();
    config.overrule(|_| Some(String::new())).unwrap();
    assert_eq!(config, kept);
    config.overrule(|name| (name == "CORDBOARD_UPSTREAM_URL").then(|| "none".to_owned())).unwrap();
    assert_eq!(config.upstream.base_url, None);
}

#[test]
fn a_wrong_variable_is_named_and_not_repeated() {
    for name in ["CORDBOARD_TWILIO_BASE_URL", "CORDBOARD_UPSTREAM_URL", "CORDBOARD_REGION"] {
        let env = |asked: &str| (asked == name).then(|| "https://me:secret@x.example".to_owned());
        let error = Config::default().overrule(env).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} in the environment: ")), "{error}");
        assert!(!error.contains("secret@"), "{error}");
    }
}

const ESCAPE: char = '\u{1b}';

proptest! {
    /// Whatever is in the file: settings, or an error that names a line of it.
    #[test]
    fn nothing_in_a_file_panics(text in "(\\PC|[\\[\\]=\"'\\n\\t#.]|desk|name|1){0,80}") {
        if let Err(error) = Config::parse(&text, Path::new("c.toml")) {
            let shown = error.to_string();
            prop_assert!(shown.starts_with("c.toml:"), "{}", shown);
            prop_assert!(shown.ends_with('^'), "{}", shown);
            prop_assert!(!shown.contains(ESCAPE));
        }
    }
}

//! Industry forms as files: those that come with the program, and the office's own, which add to them
//! or replace one of the same name. `docs/forms.md` describes the format.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::ConfigError;
use crate::domain::form::{Form, FormField, Forms, GENERAL, Key, Kind, Own};

const SHIPPED: [(&str, &str); 5] = [
    (GENERAL, include_str!("../../assets/forms/general.toml")),
    ("healthcare", include_str!("../../assets/forms/healthcare.toml")),
    ("insurance", include_str!("../../assets/forms/insurance.toml")),
    ("legal", include_str!("../../assets/forms/legal.toml")),
    ("real-estate", include_str!("../../assets/forms/real-estate.toml")),
];

/// As long as a name of an industry may be (TTX-13).
const LONGEST_NAME: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormFile {
    title: Spanned<String>,
    #[serde(default)]
    field: Vec<FieldFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldFile {
    key: Spanned<String>,
    label: Option<Spanned<String>>,
    #[serde(rename = "type")]
    kind: Option<Spanned<Type>>,
    options: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    required: bool,
    sensitive: Option<Spanned<bool>>,
    #[serde(default)]
    hint: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Text,
    Choice,
    Date,
    Number,
    Phone,
    Email,
    Notes,
}

/// What is wrong, and where in the text.
type Refused = (Range<usize>, String);

/// Every form: the shipped ones, then those of a folder.
///
/// # Errors
/// The folder or a file of it cannot be read, or is not right: with file, line and caret.
pub fn load(folder: Option<&Path>) -> Result<Forms, ConfigError> {
    let mut forms = shipped();
    for path in folder.map_or(Ok(Vec::new()), files)? {
        let bytes = fs::read(&path).map_err(|why| ConfigError::Unreadable { path: path.clone(), why })?;
        let text =
            str::from_utf8(&bytes).map_err(|bad| ConfigError::not_utf8(&bytes, bad.valid_up_to(), &path))?;
        forms.put(parse(text, &path)?);
    }
    Ok(forms)
}

/// The forms that come with the program.
///
/// # Panics
/// Never: a test reads them.
pub fn shipped() -> Forms {
    let read = |(name, text): (&str, &str)| {
        parse(text, Path::new(&format!("{name}.toml"))).expect("the shipped forms are right, as a test says")
    };
    let [general, others @ ..] = SHIPPED;
    let mut forms = Forms::new(read(general));
    others.into_iter().for_each(|other| forms.put(read(other)));
    forms
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let unreadable = |why| ConfigError::Unreadable { path: folder.to_owned(), why };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads one form; its name is the name of the file.
///
/// # Errors
/// Syntax, an unknown key, a field that is not right.
pub fn parse(text: &str, file: &Path) -> Result<Form, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read: FormFile = toml::from_str(text).map_err(|error| ConfigError::at(text, &error, file))?;
    form(read, file).map_err(|(at, why)| ConfigError::here(text, at, why, file))
}

fn form(read: FormFile, file: &Path) -> Result<Form, Refused> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !is_word(&name) || name.len() > LONGEST_NAME {
        let why = format!(
            "a form is called as its file: name the file with small letters, digits and dashes, at most \
             {LONGEST_NAME}, such as real-estate.toml"
        );
        return Err((0..0, why));
    }
    let title = shown(read.title)?;
    let mut keys = HashSet::new();
    let mut fields = Vec::new();
    for field in read.field {
        let at = field.key.span();
        let field = form_field(field)?;
        if !keys.insert(field.key.clone()) {
            return Err((
                at,
                format!("`{}` stands in this form already: keep one of them", field.key.as_str()),
            ));
        }
        fields.push(field);
    }
    Ok(Form { name, title, fields })
}

fn form_field(read: FieldFile) -> Result<FormField, Refused> {
    let at = read.key.span();
    match Key::read(read.key.get_ref()) {
        Key::Own(own) => own_field(own, read),
        Key::Custom(key) if is_word(&key) => {
            let Some(label) = read.label else {
                return Err((at, format!("`{key}` needs a label: what the screen calls it")));
            };
            let kind = match read.kind {
                Some(kind) => kind_of(&kind, read.options)?,
                None => {
                    return Err((
                        at,
                        format!("`{key}` needs a type: text, choice, date, number, phone, email or notes"),
                    ));
                }
            };
            let sensitive = read.sensitive.is_some_and(Spanned::into_inner);
            let label = shown(label)?;
            Ok(FormField {
                key: Key::Custom(key),
                label,
                kind,
                required: read.required,
                sensitive,
                hint: read.hint,
            })
        }
        Key::Custom(key) => Err((
            at,
            format!("`{key}` is no key: use small letters, digits and dashes, such as date-of-birth"),
        )),
    }
}

/// A field that every customer has may get another label and be required; the rest is settled.
fn own_field(own: Own, read: FieldFile) -> Result<FormField, Refused> {
    let settled = [
        read.kind.map(|kind| ("type", kind.span())),
        read.options.map(|options| ("options", options.span())),
        read.sensitive.map(|sensitive| ("sensitive", sensitive.span())),
    ];
    if let Some((word, at)) = settled.into_iter().flatten().next() {
        let why = format!("every customer has `{}`: leave `{word}` out, or choose another key", own.as_str());
        return Err((at, why));
    }
    let mut field = own.field();
    field.required |= read.required;
    if let Some(label) = read.label {
        field.label = shown(label)?;
    }
    if !read.hint.is_empty() {
        field.hint = read.hint;
    }
    Ok(field)
}

fn kind_of(kind: &Spanned<Type>, options: Option<Spanned<Vec<String>>>) -> Result<Kind, Refused> {
    if let (false, Some(options)) = (matches!(kind.get_ref(), Type::Choice), &options) {
        return Err((options.span(), "only a choice has options: write type = \"choice\"".to_owned()));
    }
    Ok(match kind.get_ref() {
        Type::Text => Kind::Text,
        Type::Choice => {
            let Some(options) = options else {
                return Err((
                    kind.span(),
                    "a choice needs options, such as [\"active\", \"closed\"]".to_owned(),
                ));
            };
            let at = options.span();
            let options = options.into_inner();
            let mut seen = HashSet::new();
            let fit = |option: &String| !option.trim().is_empty() && option.trim() == option;
            if options.is_empty() || !options.iter().all(|o| fit(o) && seen.insert(o.to_lowercase())) {
                return Err((at, "give at least one option, each once, none of them blank".to_owned()));
            }
            Kind::Choice(options)
        }
        Type::Date => Kind::Date,
        Type::Number => Kind::Number,
        Type::Phone => Kind::Phone,
        Type::Email => Kind::Email,
        Type::Notes => Kind::Notes,
    })
}

fn shown(text: Spanned<String>) -> Result<String, Refused> {
    let at = text.span();
    let text = text.into_inner().trim().to_owned();
    if text.is_empty() || text.chars().count() > 40 || text.chars().any(char::is_control) {
        return Err((at, "give 1 to 40 characters on one line".to_owned()));
    }
    Ok(text)
}

fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(name: &str) -> Vec<String> {
        let forms = shipped();
        let form = forms.get(name).expect(name);
        form.fields
            .iter()
            .map(|field| {
                let kind = match &field.kind {
                    Kind::Choice(options) => options.join("|"),
                    kind => format!("{kind:?}").to_lowercase(),
                };
                let required = if field.required { " required" } else { "" };
                let sensitive = if field.sensitive { " sensitive" } else { "" };
                format!("{} \"{}\" {kind}{required}{sensitive}", field.key.as_str(), field.label)
            })
            .collect()
    }

    #[test]
    fn ttx_59_to_63_healthcare() {
        let expected = [
            "name \"Patient name\" text required",
            "mobile \"Phone\" phone required",
            "date-of-birth \"Date of birth\" date",
            "insurance-provider \"Insurance provider\" text",
            "emergency-contact \"Emergency contact\" text",
            "emergency-phone \"Emergency phone\" phone",
            "medical-notes \"Medical notes\" notes sensitive",
        ];
        assert_eq!(outline("healthcare"), expected);
    }

    #[test]
    fn ttx_64_to_67_legal() {
        let expected = [
            "name \"Client name\" text required",
            "mobile \"Phone\" phone required",
            "case-type \"Case type\" personal-injury|family-law|business-law|criminal-law",
            "case-status \"Case status\" active|pending|closed",
            "attorney-notes \"Attorney notes\" notes sensitive",
        ];
        assert_eq!(outline("legal"), expected);
    }

    #[test]
    fn nic_19_to_22_insurance_and_tws_16_real_estate() {
        let insurance = [
            "name \"Name\" text required",
            "policy-number \"Policy number\" text required",
            "mobile \"Mobile\" phone",
            "email \"E-mail\" email",
        ];
        assert_eq!(outline("Insurance"), insurance);
        let estate = [
            "name \"Name\" text required",
            "mobile \"Phone\" phone required",
            "email \"E-mail\" email",
            "buying \"Buying\" yes|no",
            "selling \"Selling\" yes|no",
            "property-types \"Property types\" text",
            "locations \"Locations\" text",
            "price-from \"Price from\" number",
            "price-to \"Price to\" number",
            "timeframe \"Timeframe\" text",
        ];
        assert_eq!(outline("Real Estate"), estate);
    }

    #[test]
    fn g22_the_general_form_asks_for_a_name_alone() {
        let forms = shipped();
        let required: Vec<_> = forms.of(None).whole().filter(|field| field.required).map(|f| f.key).collect();
        assert_eq!(required, [Key::Own(Own::Name)]);
        assert_eq!(forms.of(Some("Forestry")).name, GENERAL);
        assert_eq!(forms.of(Some("LEGAL")).name, "legal");
        let names: Vec<&str> = forms.all().map(|form| form.name.as_str()).collect();
        assert_eq!(names, ["general", "healthcare", "insurance", "legal", "real-estate"]);
        assert!(forms.is_sensitive("medical-notes") && forms.is_sensitive("attorney-notes"));
        assert!(!forms.is_sensitive("date-of-birth"));
    }

    #[test]
    fn an_office_adds_a_form_and_replaces_one() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        put(
            "legal.toml",
            "title = \"Advocates\"\n[[field]]\nkey = \"court\"\nlabel = \"Court\"\ntype = \"text\"\n",
        );
        put(
            "garage.toml",
            "\u{feff}title = \"Garage\"\r\n[[field]]\r\nkey = \"company\"\r\nrequired = true\r\n",
        );
        put("README.md", "not a form");
        let forms = load(Some(folder.path())).unwrap();
        let titles: Vec<&str> = forms.all().map(|form| form.title.as_str()).collect();
        assert_eq!(titles, ["General", "Garage", "Healthcare", "Insurance", "Advocates", "Real estate"]);
        assert_eq!(forms.get("legal").unwrap().fields.len(), 1);
        assert!(!forms.is_sensitive("attorney-notes"), "the form that said so is replaced");
        assert!(load(Some(&folder.path().join("none"))).is_err());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_the_way_out() {
        let field = |lines: &str| format!("title = \"T\"\n[[field]]\n{lines}\n");
        for (text, line, message) in [
            ("".to_owned(), 1, "missing field `title`"),
            ("title = \" \"".to_owned(), 1, "give 1 to 40 characters on one line"),
            (field("label = \"X\""), 2, "missing field `key`"),
            (
                field("key = \"x\"\nlable = \"X\""),
                4,
                "unknown field `lable`, expected one of `key`, `label`, `type`, `options`, `required`, `sensitive`, \
                 `hint`; did you mean `label`?",
            ),
            (field("key = \"x\"\ntype = \"text\""), 3, "`x` needs a label: what the screen calls it"),
            (
                field("key = \"x\"\nlabel = \"X\""),
                3,
                "`x` needs a type: text, choice, date, number, phone, email or notes",
            ),
            (
                field("key = \"X y\"\nlabel = \"X\""),
                3,
                "`X y` is no key: use small letters, digits and dashes, such as date-of-birth",
            ),
            (
                field("key = \"x\"\nlabel = \"X\"\ntype = \"choice\""),
                5,
                "a choice needs options, such as [\"active\", \"closed\"]",
            ),
            (
                field("key = \"x\"\nlabel = \"X\"\ntype = \"choice\"\noptions = [\"a\", \"A\"]"),
                6,
                "give at least one option, each once, none of them blank",
            ),
            (
                field("key = \"x\"\nlabel = \"X\"\ntype = \"date\"\noptions = [\"a\"]"),
                6,
                "only a choice has options: write type = \"choice\"",
            ),
            (
                field("key = \"email\"\nsensitive = true"),
                4,
                "every customer has `email`: leave `sensitive` out, or choose another key",
            ),
            (
                field("key = \"email\"\n[[field]]\nkey = \"email\""),
                5,
                "`email` stands in this form already: keep one of them",
            ),
        ] {
            match parse(&text, Path::new("forms/garage.toml")).unwrap_err() {
                ConfigError::Invalid(invalid) => {
                    let given = (invalid.file.to_str().unwrap(), invalid.line, invalid.message.as_str());
                    assert_eq!(given, ("forms/garage.toml", line, message), "{text}");
                }
                other => panic!("{other}"),
            }
        }
        let misnamed = parse("title = \"T\"", Path::new("forms/My Form.toml")).unwrap_err().to_string();
        assert!(misnamed.contains("name the file with small letters, digits and dashes"), "{misnamed}");
    }
}

//! How the text of a file is written: its charset and what stands between its fields. Guessed from
//! its beginning, said to the person, and changed by them.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// So much is looked at before the first row is read.
pub(super) const HEAD: usize = 1 << 20;

/// What was found, or said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub charset: Charset,
    pub delimiter: Delimiter,
}

impl Dialect {
    /// What needs no word, because every program writes it.
    pub fn is_usual(&self) -> bool {
        self.charset == Charset(UTF_8) && self.delimiter == Delimiter::Comma
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-separated, {}", self.delimiter.as_str(), self.charset)
    }
}

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "pipe",
        }
    }

    /// From its word, or from itself.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |delimiter: &Self| {
            delimiter.as_str().eq_ignore_ascii_case(text) || text.as_bytes() == [delimiter.byte()]
        };
        Self::ALL.into_iter().find(is).or((text == "\\t").then_some(Self::Tab))
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// The one that stands most often outside quotes in the line of column names.
    pub(super) fn guess(line: &[u8]) -> Self {
        let mut quoted = false;
        let mut counts = [(Self::Pipe, 0), (Self::Tab, 0), (Self::Semicolon, 0), (Self::Comma, 0)];
        for byte in line {
            quoted ^= *byte == b'"';
            if let Some((_, count)) = counts.iter_mut().find(|(one, _)| !quoted && one.byte() == *byte) {
                *count += 1;
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map_or(Self::Comma, |(one, _)| one)
    }
}

/// How letters are written as bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    pub const UTF_8: Self = Self(UTF_8);

    /// From any of its names on the web, such as `windows-1252`, `latin1` or `utf-16le`.
    pub fn parse(label: &str) -> Option<Self> {
        Encoding::for_label(label.trim().as_bytes()).map(Self)
    }

    /// From the beginning of a file. What is no UTF-8 is Windows-1252, unless most of its letters are
    /// UTF-8 all the same: then it is a UTF-8 file with some broken rows.
    pub(super) fn guess(head: &[u8]) -> Self {
        if let Some((encoding, _)) = Encoding::for_bom(head) {
            return Self(encoding);
        }
        if let Some(wide) = guess_wide(head) {
            return Self(wide);
        }
        let (mut good, mut bad) = (0, 0);
        for chunk in head.utf8_chunks() {
            good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            bad += usize::from(!chunk.invalid().is_empty());
        }
        // The head may end inside a letter.
        let cut = usize::from(head.len() >= HEAD);
        Self(if good + cut >= bad { UTF_8 } else { WINDOWS_1252 })
    }

    /// Hands on what `input` holds as UTF-8. A letter that cannot be read becomes U+FFFD.
    pub(super) fn decoding<'a>(self, input: impl Read + Send + 'a) -> Box<dyn Read + Send + 'a> {
        if self == Self::UTF_8 {
            return Box::new(WithoutMark { input, mark: Mark::Unknown });
        }
        Box::new(Decoding {
            input,
            decoder: self.0.new_decoder_with_bom_removal(),
            bytes: Vec::new(),
            text: Vec::new(),
            given: 0,
            ended: false,
        })
    }

    pub(super) fn is_utf8(self) -> bool {
        self == Self::UTF_8
    }
}

/// UTF-16 without a mark: in a table, nearly every other byte is nothing.
fn guess_wide(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(1024) & !1];
    let nothing = |at: usize| head.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, units) = (nothing(0), nothing(1), head.len() / 2);
    match () {
        () if units < 2 => None,
        () if second * 10 >= units * 7 && first * 10 <= units => Some(UTF_16LE),
        () if first * 10 >= units * 7 && second * 10 <= units => Some(UTF_16BE),
        () => None,
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.name() {
            "windows-1252" => "Windows-1252",
            name => name,
        })
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

enum Mark {
    Unknown,
    /// Read to tell whether it is a mark, and not handed on yet.
    Held(Vec<u8>),
    Passed,
}

/// UTF-8 as it is, less the mark that some programs put first.
struct WithoutMark<R> {
    input: R,
    mark: Mark,
}

impl<R: Read> Read for WithoutMark<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.mark {
                Mark::Passed => return self.input.read(buffer),
                Mark::Held(bytes) => {
                    let length = bytes.len().min(buffer.len());
                    buffer[..length].copy_from_slice(&bytes[..length]);
                    bytes.drain(..length);
                    if bytes.is_empty() {
                        self.mark = Mark::Passed;
                    }
                    if length > 0 {
                        return Ok(length);
                    }
                }
                Mark::Unknown => {
                    let mut first = Vec::new();
                    self.input.by_ref().take(3).read_to_end(&mut first)?;
                    if first == b"\xef\xbb\xbf" {
                        first.clear();
                    }
                    self.mark = Mark::Held(first);
                }
            }
        }
    }
}

struct Decoding<R> {
    input: R,
    decoder: Decoder,
    /// Read and not decoded yet.
    bytes: Vec<u8>,
    /// Decoded; `given` bytes of it were handed on.
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.decode()?;
        }
        let length = (self.text.len() - self.given).min(buffer.len());
        buffer[..length].copy_from_slice(&self.text[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

impl<R: Read> Decoding<R> {
    fn decode(&mut self) -> io::Result<()> {
        const PIECE: usize = 1 << 16;
        let held = self.bytes.len();
        self.bytes.resize(PIECE, 0);
        let read = loop {
            match self.input.read(&mut self.bytes[held..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.bytes.truncate(held + *read.as_ref().unwrap_or(&0));
        let last = read? == 0;
        self.text.resize(4 * PIECE, 0);
        let (result, taken, written, _) = self.decoder.decode_to_utf8(&self.bytes, &mut self.text, last);
        self.bytes.drain(..taken);
        self.text.truncate(written);
        self.given = 0;
        self.ended = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Name;Tél.\r\nZoë;5737 2333\r\n王小明;5844 0010\r\n";

    fn wide(text: &str, unit: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
        let mark = mark.then_some('\u{feff}');
        let text: String = mark.into_iter().chain(text.chars()).collect();
        text.encode_utf16().flat_map(unit).collect()
    }

    fn read(bytes: &[u8]) -> (String, String) {
        let charset = Charset::guess(bytes);
        let mut text = String::new();
        // A byte at a time is the hardest way to be handed a file.
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let one = buffer.len().min(1);
                self.0.read(&mut buffer[..one])
            }
        }
        charset.decoding(Slow(bytes)).read_to_string(&mut text).unwrap();
        (charset.to_string(), text)
    }

    #[test]
    fn charsets_are_guessed_and_read() {
        let latin = TEXT.replace("王小明", "Ann");
        let latin_bytes: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let table: [(Vec<u8>, &str, &str); 9] = [
            (TEXT.into(), "UTF-8", TEXT),
            (format!("\u{feff}{TEXT}").into(), "UTF-8", TEXT),
            (wide(TEXT, u16::to_le_bytes, true), "UTF-16LE", TEXT),
            (wide(TEXT, u16::to_be_bytes, true), "UTF-16BE", TEXT),
            (wide(TEXT, u16::to_le_bytes, false), "UTF-16LE", TEXT),
            (wide(TEXT, u16::to_be_bytes, false), "UTF-16BE", TEXT),
            (latin_bytes, "Windows-1252", &latin),
            (b"Name\n\x80 \x93quoted\x94\n".into(), "Windows-1252", "Name\n€ “quoted”\n"),
            (b"".into(), "UTF-8", ""),
        ];
        for (bytes, charset, text) in table {
            assert_eq!(read(&bytes), (charset.to_owned(), text.to_owned()), "{bytes:?}");
        }
        // Broken in one place: the rest is UTF-8 all the same.
        assert_eq!(Charset::guess("Zoë é ü".as_bytes().split_at(3).0), Charset(WINDOWS_1252));
        assert_eq!(Charset::guess(&["Zoë é".as_bytes(), b"\xe9"].concat()), Charset::UTF_8);
    }

    #[test]
    fn delimiters_are_guessed_and_named() {
        let table: [(&[u8], Delimiter); 6] = [
            (b"Name,Mobile", Delimiter::Comma),
            (b"Name;\"Owed, in, full\"", Delimiter::Semicolon),
            (b"Name\tMobile, private\tCity", Delimiter::Tab),
            (b"Name|Mobile|E-mail", Delimiter::Pipe),
            (b"Name", Delimiter::Comma),
            (b"", Delimiter::Comma),
        ];
        for (line, delimiter) in table {
            assert_eq!(Delimiter::guess(line), delimiter, "{line:?}");
        }
        for (text, delimiter) in [
            ("tab", Some(Delimiter::Tab)),
            ("\\t", Some(Delimiter::Tab)),
            ("|", Some(Delimiter::Pipe)),
            ("Semicolon", Some(Delimiter::Semicolon)),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(Delimiter::parse(text), delimiter, "{text:?}");
        }
        assert_eq!(Charset::parse("latin1").map(|charset| charset.to_string()), Some("Windows-1252".into()));
        assert_eq!(Charset::parse("klingon"), None);
    }
}

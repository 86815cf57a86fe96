//! The questions that are read out to customers, and what they are told by itself. A wording once used is never edited: a new one is
//! a new file with a new version, because the consent log names the version (G7).

/// Goes into the consent log beside the words.
pub const VOICE_VERSION: &str = "voice-1";

/// Asked before a yes to service texts is recorded.
pub const VOICE: &str = include_str!("../../assets/consent/voice-1.txt").trim_ascii();

/// Every wording there is (TWS-56), by its version: what the consent log names, and what an office copies
/// into its web form or onto its paper.
pub const ALL: [(&str, &str); 4] = [
    (VOICE_VERSION, VOICE),
    ("web-1", include_str!("../../assets/consent/web-1.txt").trim_ascii()),
    ("paper-1", include_str!("../../assets/consent/paper-1.txt").trim_ascii()),
    ("marketing-1", include_str!("../../assets/consent/marketing-1.txt").trim_ascii()),
];

/// The words and the version of a wording that is named by its version; other words have none.
pub fn named(said: &str) -> (&str, &str) {
    let known = ALL.into_iter().find(|(version, words)| *version == said.trim() || *words == said.trim());
    known.map_or((said, ""), |(version, words)| (words, version))
}

/// Told to a mobile that is on file no more, where the office wants it: if the customer did not ask for
/// it, they hear of it.
pub const MOBILE_CHANGED: &str = include_str!("../../assets/texts/mobile-changed.txt").trim_ascii();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g7_the_question_is_one_line_that_can_be_read_out() {
        assert!(VOICE.ends_with('.') && VOICE.contains('?') && !VOICE.contains('\n'), "{VOICE}");
        assert!(VOICE.contains("STOP"), "how to end it is part of the question");
    }

    #[test]
    fn tws_56_every_wording_is_one_line_and_says_how_to_end_it() {
        for (version, words) in ALL {
            assert!(words.contains("STOP") && !words.contains('\n'), "{version}: {words}");
            assert_eq!(named(version), (words, version));
            assert_eq!(named(words), (words, version));
        }
        assert_eq!(named("May we text you?"), ("May we text you?", ""));
    }
}

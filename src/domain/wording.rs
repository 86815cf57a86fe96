//! The questions that are read out to customers, and what they are told by itself. A wording once used is never edited: a new one is
//! a new file with a new version, because the consent log names the version (G7).

/// Goes into the consent log beside the words.
pub const VOICE_VERSION: &str = "voice-1";

/// Asked before a yes to service texts is recorded.
pub const VOICE: &str = include_str!("../../assets/consent/voice-1.txt").trim_ascii();

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
}

//! The words by which a captured update is found (NIC-91, NIC-92): those of its customer's name from
//! their beginning, and any part of its policy number. And those of a text (TWS-85).

use super::fold::{each_word, first, fold, squash};

/// Of a longer policy number, the tail; of a longer word, the beginning.
const LONGEST: usize = 40;

/// What is indexed of an update, with spaces between.
pub fn captured_tokens(name: &str, policy: &str) -> String {
    let mut tokens = String::new();
    let mut put = |word: &str| {
        tokens.push_str(word);
        tokens.push(' ');
    };
    each_word(&fold(name), &mut put);
    let policy = squash(&fold(policy));
    let skipped = policy.chars().count().saturating_sub(LONGEST);
    // Whatever stands in the number is the beginning of one of its endings.
    policy.char_indices().skip(skipped).for_each(|(at, _)| put(&policy[at..]));
    tokens
}

/// The words of a text, with spaces between.
pub fn text_words(body: &str) -> String {
    let mut words = String::new();
    each_word(&fold(body), |word| {
        words.push_str(word);
        words.push(' ');
    });
    words
}

/// Either as a question: every word of the line, in any order, unfinished or not. A line of signs
/// alone finds nothing.
pub fn captured_question(line: &str) -> String {
    let folded = fold(line);
    let words = folded.split_whitespace().map(squash).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| format!("\"{}\"*", first(&word, LONGEST))).collect();
    if words.is_empty() { "\"\"".to_owned() } else { words.join(" AND ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tws_85_a_text_is_found_by_its_words() {
        assert_eq!(
            text_words("Merci beaucoup, à lundi! LIB/C7013"),
            "merci beaucoup a lundi lib c7013 libc7013 "
        );
        assert_eq!(text_words("👍🏽 ..."), "");
    }

    #[test]
    fn nic_91_92_names_from_their_beginnings_and_policies_from_anywhere() {
        assert_eq!(captured_tokens("Éva O'Neil", "A/C13"), "eva o neil oneil ac13 c13 13 3 ");
        for (line, question) in [
            ("LIB/C7013", "\"libc7013\"*"),
            (" o'neil  ÉVA ", "\"oneil\"* AND \"eva\"*"),
            ("%", "\"\""),
            ("\" OR 1", "\"or\"* AND \"1\"*"),
        ] {
            assert_eq!(captured_question(line), question, "{line}");
        }
    }
}

//! What a customer's text means for consent (FACTS 11, 15): a keyword as the whole message acts at once;
//! plain words that may mean stop, in any of the languages below `assets/opt-out/`, hold the number until
//! a person has read them.

use std::sync::LazyLock;

use super::search::fold;

/// What an inbound text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Stop,
    Start,
    /// Not a keyword, and it may mean stop: a person reads it before anything else is sent.
    MaybeStop,
}

/// Reads it. `STOP` is a keyword, `STOP please` is not one and may mean the same.
pub fn wish(body: &str) -> Option<Wish> {
    match body.trim().to_ascii_uppercase().as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE" | "OPTOUT" => {
            Some(Wish::Stop)
        }
        "START" | "YES" | "UNSTOP" => Some(Wish::Start),
        _ => may_mean_stop(body).then_some(Wish::MaybeStop),
    }
}

const LANGUAGES: [&str; 12] = [
    include_str!("../../assets/opt-out/en.txt"),
    include_str!("../../assets/opt-out/fr.txt"),
    include_str!("../../assets/opt-out/mfe.txt"),
    include_str!("../../assets/opt-out/es.txt"),
    include_str!("../../assets/opt-out/pt.txt"),
    include_str!("../../assets/opt-out/de.txt"),
    include_str!("../../assets/opt-out/sv.txt"),
    include_str!("../../assets/opt-out/it.txt"),
    include_str!("../../assets/opt-out/hi.txt"),
    include_str!("../../assets/opt-out/ar.txt"),
    include_str!("../../assets/opt-out/zh.txt"),
    include_str!("../../assets/opt-out/signs.txt"),
];

/// Words of a text in which a single word such as `stop` is no part of a longer thought.
const SHORT: usize = 5;

/// The same in a script without spaces, in characters.
const SHORT_UNSPACED: usize = 8;

struct Phrase {
    words: String,
    short: bool,
    /// Found anywhere, not only between words: signs, and scripts without spaces.
    anywhere: bool,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let lines = LANGUAGES.iter().flat_map(|language| language.lines());
    let lines = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let phrase = |line: &str| {
        let (short, text) = match line.strip_prefix("short:") {
            Some(text) => (true, text),
            None => (false, line),
        };
        let words = words(text);
        let sign = words.is_empty();
        let anywhere = sign || words.chars().any(is_unspaced);
        Phrase { words: if sign { text.trim().to_owned() } else { words }, short, anywhere }
    };
    lines.map(phrase).collect()
});

fn may_mean_stop(body: &str) -> bool {
    let said = words(body);
    let count = said.split(' ').filter(|word| !word.is_empty()).count();
    let length = said.chars().count();
    let padded = format!(" {said} ");
    PHRASES.iter().any(|phrase| match (phrase.short, phrase.anywhere) {
        (true, true) => length <= SHORT_UNSPACED && said.contains(&phrase.words),
        (true, false) => count <= SHORT && padded.contains(&format!(" {} ", phrase.words)),
        (false, true) => said.contains(&phrase.words) || body.contains(&phrase.words),
        (false, false) => padded.contains(&format!(" {} ", phrase.words)),
    })
}

/// Without case, accents and signs, one blank between words; letters typed apart (`s t o p`) are a word.
fn words(text: &str) -> String {
    let plain: String =
        text.chars().filter(|c| !"'\u{2019}\u{2018}\u{2bc}\u{b4}`\u{ff07}".contains(*c)).collect();
    let folded = fold(&plain);
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let apart = words.len() > 2 && words.iter().all(|word| word.chars().count() == 1);
    words.join(if apart { "" } else { " " })
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn facts_11_keywords_are_whole_messages() {
        let stops = [
            "STOP",
            "stop",
            " Stop \n",
            "STOPALL",
            "unsubscribe",
            "Cancel",
            "END",
            "quit",
            "REVOKE",
            "OptOut",
        ];
        for word in stops {
            assert_eq!(wish(word), Some(Wish::Stop), "{word}");
        }
        for word in ["START", "yes", "UNSTOP"] {
            assert_eq!(wish(word), Some(Wish::Start), "{word}");
        }
        for word in ["", " ", "HELP", "INFO", "yes please", "start now"] {
            assert_eq!(wish(word), None, "{word}");
        }
    }

    /// FACTS 15: revoked by any reasonable words. None of these is a keyword.
    #[test]
    fn near_misses_hold() {
        let table = [
            "stop. thank you",
            "STOP please",
            "Stop!!!",
            "stop.",
            "\"STOP\"",
            "please unsubscribe me",
            "s t o p",
            "S.T.O.P.",
            "stopp",
            "st0p",
            "STOP STOP STOP",
            "ＳＴＯＰ",
            "Stop 🛑",
            "🛑",
            "I want to opt-out of this",
            "opt out",
            "Please don\u{2019}t text this number again, I am at work and it costs me",
            "dont text me",
            "Take me off your list",
            "remove my number from whatever list you have bought it from",
            "no more texts",
            "you have the wrong number",
            "leave me alone",
            "cancel please",
            "I revoke my consent to receive any of your communications",
            "arrêt",
            "ARRETEZ",
            "Arrêtez de m'envoyer des messages",
            "merci de me désabonner",
            "ne m\u{2019}envoyez plus rien svp",
            "Aret avoy mwa sms",
            "arete",
            "pa anvoy mwa mesaz",
            "quiero darme de baja",
            "BAJA",
            "no me envíen más mensajes por favor",
            "Não quero receber",
            "Bitte keine SMS mehr",
            "Ich möchte mich abmelden",
            "Stopp",
            "Sluta skicka sms till mig",
            "avregistrera mig tack",
            "Basta!",
            "मैसेज मत भेजो",
            "बंद करो",
            "band karo bhai",
            "توقف",
            "إلغاء الاشتراك من فضلكم",
            "退订",
            "请不要再发短信给我了谢谢你们",
            "停止",
        ];
        for body in table {
            assert_eq!(wish(body), Some(Wish::MaybeStop), "{body}");
        }
    }

    #[test]
    fn everyday_answers_hold_nothing() {
        let table = [
            "Merci",
            "ok thanks",
            "No",
            "Yes I got it, thank you",
            "I will pay at the end of the month when my salary comes in",
            "The bus does not stop in front of your office, which way do I walk?",
            "Can you tell me how I cancel only the second policy of my wife?",
            "je passe au bureau avant la fin de la semaine si tout va bien",
            "Wann ist das Ende meiner Laufzeit, bitte geben Sie mir Bescheid",
            "ça va, à bientôt",
            "5844 0010",
            "你好，谢谢",
            "👍",
            "My e-mail is k@example.com",
            "unstoppable",
            "the weekend",
            "bandage",
        ];
        for body in table {
            assert_eq!(wish(body), None, "{body}");
        }
    }

    #[test]
    fn every_phrase_of_every_language_holds_and_none_is_a_keyword() {
        assert!(PHRASES.len() > 250, "{}", PHRASES.len());
        for phrase in PHRASES.iter() {
            assert!(!phrase.words.is_empty());
            assert!(may_mean_stop(&phrase.words), "{}", phrase.words);
            assert!(may_mean_stop(&format!("{}.", phrase.words)), "{}", phrase.words);
        }
        for language in LANGUAGES {
            assert!(language.starts_with('#'), "a file says which language it is");
        }
    }

    proptest! {
        /// Whatever is written, a phrase in it is found; and nothing written makes it fail.
        #[test]
        fn a_phrase_is_found_wherever_it_stands(before in "[a-z ,.]{0,40}", after in "[ ,.!][a-z ,.!]{0,40}") {
            let body = format!("{before} please unsubscribe me{after}");
            prop_assert_eq!(wish(&body), Some(Wish::MaybeStop));
        }

        #[test]
        fn anything_can_be_read(body in any::<String>()) {
            let _ = wish(&body);
        }
    }
}

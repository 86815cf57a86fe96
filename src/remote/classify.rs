//! The one rule about replies: what a reply proves about the request (design 4.2).
//!
//! Pure and total. Both systems use it, so that "may this be repeated?" has one answer. It knows
//! nothing of JSON: `twilio` and `upstream` say what kind of body came.

/// What kind of body came with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// What this request asks for, and it speaks of the same thing.
    Answer,
    /// The provider's own word that it did not process this for now (FACTS 5: 20429, 21611, 30001).
    Busy,
    /// The provider's own word that the credentials are wrong (FACTS 5: 20003).
    Denied,
    /// Any other error body of the provider's own.
    Refusal,
    /// Nothing of the provider's own: empty, truncated, a proxy's page, another thing than asked for.
    Other,
}

/// What is known about a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    NotSent,
    Lost,
    Complete { status: u16, body: Body },
}

/// The classes of design 4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Accepted,
    NotSent,
    NotProcessed,
    Rejected,
    Credential,
    Ambiguous,
}

/// What `reply` proves. `safe` means that asking again changes nothing (a GET): then nothing about
/// it can be ambiguous, it is only asked again.
pub fn classify(safe: bool, reply: Reply) -> Class {
    let unknown = if safe { Class::NotProcessed } else { Class::Ambiguous };
    let (status, body) = match reply {
        Reply::NotSent => return Class::NotSent,
        Reply::Lost => return unknown,
        Reply::Complete { status, body } => (status, body),
    };
    match (status, body) {
        // 409 with the answer in it: somebody did this before, here is how it stands.
        (200..=299 | 409, Body::Answer) => Class::Accepted,
        (400..=499, Body::Denied) | (401 | 403, _) => Class::Credential,
        (400..=599, Body::Busy) | (429, _) => Class::NotProcessed,
        // A proxy on our side wants a sign-in of its own: nothing went further.
        (407, _) => Class::NotProcessed,
        // 408 says that the server gave up waiting, not what it did before.
        (408, _) => unknown,
        (400..=499, Body::Refusal) => Class::Rejected,
        // Everything else proves nothing: a redirect, a 5xx, a 4xx that a proxy wrote, a success
        // whose content cannot be read.
        _ => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODIES: [Body; 5] = [Body::Answer, Body::Busy, Body::Denied, Body::Refusal, Body::Other];

    /// One row per status range: the class of each kind of body (in the order of `BODIES`) for a
    /// request that is not safe to repeat. A: accepted, N: not processed, R: rejected,
    /// C: credential, ?: ambiguous.
    const UNSAFE: [(std::ops::RangeInclusive<u16>, &str); 16] = [
        (100..=199, "?????"),
        (200..=299, "A????"),
        (300..=399, "?????"),
        (400..=400, "?NCR?"),
        (401..=401, "CCCCC"),
        (402..=402, "?NCR?"),
        (403..=403, "CCCCC"),
        (404..=406, "?NCR?"),
        (407..=407, "NNCNN"),
        (408..=408, "?NC??"),
        (409..=409, "ANCR?"),
        (410..=428, "?NCR?"),
        (429..=429, "NNCNN"),
        (430..=499, "?NCR?"),
        (500..=599, "?N???"),
        (600..=999, "?????"),
    ];

    fn expected(letter: char, safe: bool) -> Class {
        match letter {
            'A' => Class::Accepted,
            'N' => Class::NotProcessed,
            'R' => Class::Rejected,
            'C' => Class::Credential,
            '?' if safe => Class::NotProcessed,
            '?' => Class::Ambiguous,
            other => panic!("no class {other}"),
        }
    }

    #[test]
    fn every_status_with_every_body_has_its_class() {
        let mut seen = 0;
        for (statuses, letters) in UNSAFE {
            for status in statuses {
                seen += 1;
                for (body, letter) in BODIES.into_iter().zip(letters.chars()) {
                    for safe in [false, true] {
                        let got = classify(safe, Reply::Complete { status, body });
                        assert_eq!(got, expected(letter, safe), "{status} {body:?} safe={safe}");
                    }
                }
            }
        }
        assert_eq!(seen, 900, "the table must cover 100 to 999 without a hole");
    }

    #[test]
    fn transport_failures() {
        assert_eq!(classify(false, Reply::NotSent), Class::NotSent);
        assert_eq!(classify(true, Reply::NotSent), Class::NotSent);
        assert_eq!(classify(false, Reply::Lost), Class::Ambiguous);
        assert_eq!(classify(true, Reply::Lost), Class::NotProcessed);
    }

    /// Promise 2: whatever comes back, "send it again" needs proof that it was not processed.
    #[test]
    fn an_unsafe_request_is_only_repeatable_with_proof() {
        for status in 100..=999 {
            for body in BODIES {
                let class = classify(false, Reply::Complete { status, body });
                if class == Class::NotProcessed {
                    assert!(body == Body::Busy || [407, 429].contains(&status), "{status} {body:?}");
                }
            }
        }
    }
}

//! Identity: one newtype per thing, all UUIDv7 (time-ordered), made by the store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// A person who works here.
    UserId,
    /// The person on file.
    CustomerId,
    /// One phone or e-mail of a customer.
    ContactPointId,
    /// One captured contact update.
    UpdateId,
    /// A numbered export of frozen updates.
    BatchId,
    /// One of our numbers with one number of theirs.
    ConversationId,
    /// One text.
    MessageId,
    /// A saved reply.
    TemplateId,
    /// One line of the consent log.
    ConsentId,
    /// One mail.
    MailId,
    /// One note on a customer.
    NoteId,
    /// Two customers who were made one.
    MergeId,
    /// A call, text, mail, meeting or note in the life of a customer.
    InteractionId,
    /// One thing that must leave the building.
    JobId,
    /// One try at carrying out one or more jobs.
    AttemptId,
}

//! Mail over SMTP: one connection for one mail, step by step, so that it is known how far it came when
//! something fails. Only behind the last byte of the content can anybody be in doubt (design 4.2).

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};

use super::client::Guard;
use super::reply::presentable;
use super::{Answer, Endpoints, Outcome};
use crate::config::MailTls;
use crate::domain::job::Destination;
use crate::domain::mail::Mail;
use crate::domain::qr::Qr;

/// Name resolution, TCP and TLS.
const CONNECT: Duration = Duration::from_secs(5);

/// Any one command.
const COMMAND: Duration = Duration::from_secs(20);

/// The content, and the server's word about it: it may look for viruses first.
const CONTENT: Duration = Duration::from_secs(60);

/// The server, and how to sign in to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    /// Whom mail comes from.
    pub from: String,
    pub from_name: String,
    /// Name and password, where the server wants them.
    pub login: Option<(String, String)>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("mail::Account")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Sends one mail; without one, only says hello.
pub async fn perform(guard: Guard, mail: Option<&Mail>, endpoints: &Endpoints) -> Outcome {
    let Some(account) = &endpoints.mail else {
        return Outcome::NotSetUp { why: endpoints.missing(Destination::Mail) };
    };
    let written = match mail.map(|mail| Written::new(account, mail)).transpose() {
        Ok(written) => written,
        Err(why) => return Outcome::Rejected { status: 0, code: None, why },
    };
    match exchange(guard, account, written.as_ref()).await {
        Ok(answer) => Outcome::Accepted { answer, date: None },
        Err(outcome) => outcome,
    }
}

/// A mail as it goes over the wire.
struct Written {
    from: Address,
    to: Address,
    content: Vec<u8>,
}

impl Written {
    fn new(account: &Account, mail: &Mail) -> Result<Self, String> {
        let from: Address = account.from.parse().map_err(|_| "[mail] from is no address".to_owned())?;
        let to: Address =
            mail.to.parse().map_err(|_| "nothing was sent: this is no e-mail address".to_owned())?;
        let sender = Mailbox::new(Some(account.from_name.clone()), from.clone());
        // The same for every try: whoever gets it twice can tell.
        let id = format!("<{}@{}>", mail.id.hyphenated(), from.domain());
        let at = UNIX_EPOCH + Duration::from_micros(u64::try_from(mail.at.0).unwrap_or(0));
        let head = Message::builder()
            .message_id(Some(id))
            .date(at)
            .from(sender)
            .to(Mailbox::new(None, to.clone()))
            .subject(&mail.subject);
        let words = SinglePart::plain(mail.body.clone());
        let message = match &mail.link {
            None => head.singlepart(words),
            Some(link) => {
                let code = Qr::of(link).and_then(|code| code.png());
                let code = code.ok_or("nothing was sent: the link is too long for a QR code")?;
                let png = ContentType::parse("image/png").map_err(|why| why.to_string())?;
                let picture = Attachment::new("payment.png".to_owned()).body(code, png);
                head.multipart(MultiPart::mixed().singlepart(words).singlepart(picture))
            }
        };
        let message = message.map_err(|_| "nothing was sent: the mail cannot be written".to_owned())?;
        Ok(Self { from, to, content: message.formatted() })
    }
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Hello,
    SignIn,
    Sender,
    Recipient,
    /// May the content come?
    Data,
    /// The content is on its way, or gone.
    Content,
}

/// What went wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// The server's own no.
    Reply { status: u16, words: String },
    /// No answer, a cut or unreadable one.
    Lost(String),
}

async fn exchange(guard: Guard, account: &Account, mail: Option<&Written>) -> Result<Answer, Outcome> {
    let mut line = connect(guard, account).await?;
    let done = converse(&mut line, account, mail).await;
    // Accepted or not, the answer stands: a goodbye that is lost changes nothing.
    let _ = tokio::time::timeout(COMMAND, line.quit()).await;
    done
}

async fn converse(
    line: &mut AsyncSmtpConnection,
    account: &Account,
    mail: Option<&Written>,
) -> Result<Answer, Outcome> {
    if let Some((user, password)) = &account.login {
        let login = Credentials::new(user.clone(), password.clone());
        within(COMMAND, Stage::SignIn, line.auth(&[Mechanism::Plain, Mechanism::Login], &login)).await?;
    }
    let Some(mail) = mail else {
        within(COMMAND, Stage::Hello, line.command(Noop)).await?;
        return Ok(Answer::Reached);
    };
    let parameters =
        parameters(line, mail).map_err(|why| Outcome::Rejected { status: 0, code: None, why })?;
    let from = MailFrom::new(Some(mail.from.clone()), parameters);
    within(COMMAND, Stage::Sender, line.command(from)).await?;
    within(COMMAND, Stage::Recipient, line.command(Rcpt::new(mail.to.clone(), Vec::new()))).await?;
    within(COMMAND, Stage::Data, line.command(Data)).await?;
    within(CONTENT, Stage::Content, line.message(&mail.content)).await?;
    Ok(Answer::Mailed)
}

fn parameters(line: &AsyncSmtpConnection, mail: &Written) -> Result<Vec<MailParameter>, String> {
    let mut parameters = Vec::new();
    let plain = |address: &Address| address.to_string().is_ascii();
    if !(plain(&mail.from) && plain(&mail.to)) {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(
                "nothing was sent: the mail server does not know addresses with such letters".to_owned()
            );
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.content.is_ascii() && line.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

async fn connect(guard: Guard, account: &Account) -> Result<AsyncSmtpConnection, Outcome> {
    let local = is_loopback(&account.host);
    if guard == Guard::LoopbackOnly && !local {
        let why = "this is the demo or the sandbox: it only talks to 127.0.0.1 and localhost".to_owned();
        return Err(Outcome::NotSent { why });
    }
    if account.tls == MailTls::None && account.login.is_some() && !local {
        let why = "a password is never sent without TLS: set [mail] tls, or remove the password".to_owned();
        return Err(Outcome::Credential { why });
    }
    // Here a name is never asked for, and the kernel keeps the source on this machine.
    let (host, source) = if local {
        ("127.0.0.1", Some(IpAddr::V4(Ipv4Addr::LOCALHOST)))
    } else {
        (account.host.as_str(), None)
    };
    let tls = || TlsParameters::new(account.host.clone());
    let unset = |why: Error| Outcome::NotSent { why: format!("TLS could not be set up: {why}") };
    let wrapped = if account.tls == MailTls::Tls { Some(tls().map_err(unset)?) } else { None };
    let name = ClientId::default();
    let opened =
        AsyncSmtpConnection::connect_tokio1((host, account.port), Some(CONNECT), &name, wrapped, source);
    let mut line = match tokio::time::timeout(CONNECT + COMMAND, opened).await {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => return Err(classify(Stage::Hello, fault(&error))),
        Err(_) => return Err(classify(Stage::Hello, Fault::Lost("no answer in time".to_owned()))),
    };
    if account.tls == MailTls::Starttls {
        if !line.can_starttls() {
            let why =
                "the mail server does not offer STARTTLS: see [mail] tls in the configuration".to_owned();
            return Err(Outcome::Credential { why });
        }
        within(COMMAND, Stage::Hello, line.starttls(tls().map_err(unset)?, &name)).await?;
    }
    Ok(line)
}

/// `localhost` and what is written as an address of this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
}

async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Outcome> {
    match tokio::time::timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(classify(stage, fault(&error))),
        Err(_) => Err(classify(stage, Fault::Lost("no answer in time".to_owned()))),
    }
}

fn fault(error: &Error) -> Fault {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.status().and_then(|code| code.to_string().parse().ok()) {
        Some(status) => Fault::Reply { status, words: cause },
        None if cause.is_empty() => Fault::Lost(error.to_string()),
        None => Fault::Lost(cause),
    }
}

/// What a fault at a stage proves. A code is only given where the server says that there is no such
/// address.
fn classify(stage: Stage, fault: Fault) -> Outcome {
    let (status, words) = match fault {
        Fault::Lost(why) => {
            let why = presentable(&why);
            return match stage {
                Stage::Hello | Stage::SignIn => {
                    Outcome::NotSent { why: format!("the mail server could not be reached: {why}") }
                }
                Stage::Sender | Stage::Recipient | Stage::Data => Outcome::NotProcessed {
                    why: format!("the mail server broke off before the mail was sent: {why}"),
                    retry_after: None,
                },
                Stage::Content => {
                    Outcome::Ambiguous { why: format!("no complete answer from the mail server: {why}") }
                }
            };
        }
        Fault::Reply { status, words } => (status, words),
    };
    let why = format!("the mail server answered {status}: {}", presentable(&words));
    match (stage, status) {
        (_, 400..=499) => Outcome::NotProcessed { why, retry_after: None },
        (Stage::Hello, _) => Outcome::NotProcessed { why, retry_after: None },
        // Our name, our password, our sender: nothing about this mail.
        (Stage::SignIn | Stage::Sender, 500..=599) | (_, 530 | 534 | 535 | 538) => {
            Outcome::Credential { why }
        }
        (Stage::Recipient, 500..=599) => {
            let code = is_dead(status, &words).then_some(i64::from(status));
            Outcome::Rejected { status, code, why }
        }
        (_, 500..=599) => Outcome::Rejected { status, code: None, why },
        (Stage::Content, _) => Outcome::Ambiguous { why },
        _ => Outcome::NotProcessed { why, retry_after: None },
    }
}

/// 550 is also said by those who do not like us: the enhanced code (RFC 3463) tells, where there is one.
fn is_dead(status: u16, words: &str) -> bool {
    let enhanced = words.split_whitespace().next().filter(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    });
    match enhanced {
        Some(code) => code.starts_with("5.1.") || code == "5.2.1",
        None => matches!(status, 550 | 551 | 553),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::time::Micros;

    fn reply(stage: Stage, status: u16, words: &str) -> char {
        letter(&classify(stage, Fault::Reply { status, words: words.to_owned() }))
    }

    fn letter(outcome: &Outcome) -> char {
        match outcome {
            Outcome::Accepted { .. } => 'A',
            Outcome::NotSent { .. } => 'S',
            Outcome::NotProcessed { .. } => 'N',
            Outcome::Rejected { code: Some(_), .. } => 'D',
            Outcome::Rejected { .. } => 'R',
            Outcome::Credential { .. } => 'C',
            Outcome::NotSetUp { .. } => 'U',
            Outcome::Ambiguous { .. } => '?',
        }
    }

    const STAGES: [Stage; 6] =
        [Stage::Hello, Stage::SignIn, Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content];

    /// One letter a stage. S: not sent, N: not processed, R: rejected, D: rejected, no such address,
    /// C: credentials, ?: nobody knows.
    #[test]
    fn nic_136_every_answer_at_every_stage_has_its_class() {
        for (status, words, letters) in [
            (421, "4.3.2 shutting down", "NNNNNN"),
            (450, "4.2.0 greylisted", "NNNNNN"),
            (452, "", "NNNNNN"),
            (535, "5.7.8 wrong password", "NCCCCC"),
            (530, "5.7.0 sign in first", "NCCCCC"),
            (550, "5.1.1 no such user", "NCCDRR"),
            (550, "no such user", "NCCDRR"),
            (550, "5.7.1 we do not like you", "NCCRRR"),
            (551, "gone", "NCCDRR"),
            (552, "5.2.2 mailbox full", "NCCRRR"),
            (553, "", "NCCDRR"),
            (554, "5.7.1 spam", "NCCRRR"),
            (554, "", "NCCRRR"),
            (354, "what?", "NNNNN?"),
        ] {
            let got: String = STAGES.map(|stage| reply(stage, status, words)).iter().collect();
            assert_eq!(got, letters, "{status} {words}");
        }
        let lost: String =
            STAGES.map(|stage| letter(&classify(stage, Fault::Lost("reset".into())))).iter().collect();
        assert_eq!(lost, "SSNNN?");
    }

    /// Promise 2: what may have arrived is never sent again by the machine.
    #[test]
    fn only_the_content_leaves_a_doubt_and_a_doubt_is_never_repeatable() {
        for stage in STAGES {
            let outcome = classify(stage, Fault::Lost("timeout".into()));
            assert_eq!(stage == Stage::Content, matches!(outcome, Outcome::Ambiguous { .. }), "{stage:?}");
        }
    }

    #[test]
    fn no_sentence_quotes_an_address() {
        let words = "5.1.1 <v.khanna@example.com>: user unknown".to_owned();
        let outcome = classify(Stage::Recipient, Fault::Reply { status: 550, words });
        let Outcome::Rejected { why, .. } = outcome else { panic!("{outcome:?}") };
        assert!(!why.contains("khanna"), "{why}");
    }

    fn account() -> Account {
        Account {
            host: "mail.example.com".into(),
            port: 25,
            tls: MailTls::None,
            from: "desk@example.com".into(),
            from_name: "Cordboard \"Life\"".into(),
            login: Some(("desk".into(), "s3cret".into())),
        }
    }

    fn mail() -> Mail {
        Mail {
            id: Uuid::from_u128(7),
            to: "kevin@curepipe.example".into(),
            subject: "Payment\r\nBcc: everybody@example.com".into(),
            body: "Dear Kévin".into(),
            link: Some("https://pay.example.com/?ref=1".into()),
            at: Micros::from_secs(1_764_325_920),
        }
    }

    #[test]
    fn a_mail_is_the_same_at_every_try_and_no_subject_is_a_header() {
        let written = || Written::new(&account(), &mail()).unwrap().content;
        let text = String::from_utf8(written()).unwrap();
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@example.com>\r\n",
            "Date: Fri, 28 Nov 2025 10:32:00 +0000\r\n",
            "To: kevin@curepipe.example\r\n",
            "Content-Type: image/png\r\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("\r\nBcc:"), "{text}");
        let header = |text: &[u8]| {
            let text = String::from_utf8(text.to_vec()).unwrap();
            text.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned)
        };
        assert_eq!(header(&written()), header(&written()));
    }

    #[tokio::test]
    async fn the_demo_reaches_nothing_but_this_machine() {
        let endpoints = Endpoints { mail: Some(account()), ..Endpoints::default() };
        let outcome = perform(Guard::LoopbackOnly, Some(&mail()), &endpoints).await;
        let why = "this is the demo or the sandbox: it only talks to 127.0.0.1 and localhost".to_owned();
        assert_eq!(outcome, Outcome::NotSent { why });
        for host in
            ["127.0.0.1.example.com", "localhost.example.com", "2130706433", "example.com", "[::1]", ""]
        {
            assert!(!is_loopback(host), "{host}");
        }
        assert!(is_loopback("127.0.0.1") && is_loopback("LOCALHOST"));
    }

    #[tokio::test]
    async fn a_password_never_leaves_without_tls() {
        let endpoints = Endpoints { mail: Some(account()), ..Endpoints::default() };
        let outcome = perform(Guard::Anywhere, None, &endpoints).await;
        assert_eq!(letter(&outcome), 'C', "{outcome:?}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?} {:?}", account(), mail());
        for secret in ["s3cret", "Kévin", "kevin@"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

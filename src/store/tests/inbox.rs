//! The inbox and its threads: TWS-28, UPZ-11, UPZ-13, G8, G14; and consent as a screen shows it.

use uuid::Uuid;

use super::super::consent::{log, no, yes_by_voice};
use super::super::conversations::{assign, close, link, reopen, unread};
use super::super::drafts::put;
use super::super::inbound::polled;
use super::super::inbox::{Reading, conversations, read, thread};
use super::super::{presence, timeline};
use super::*;
use crate::domain::shown::{
    Consent, Conversation, Conversations, DraftOf, Hours, InboxFilter, InboxView, Party, Text as Shown,
    Thread,
};
use crate::domain::text::SafeText;
use crate::domain::wording;

const STRANGER: &str = "+23057009988";

const PAGE: Reading = Reading { after: None, newest_first: true, limit: 9, desk: Uuid::nil() };

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

impl Desk {
    fn hears(&mut self, epoch: i64, sid: &str, from: &str, body: &str, seconds: u64) {
        let seen = Seen { from: number(from).into(), ..inbound(sid, body, Delivery::Received, at(seconds)) };
        polled(&mut self.db, epoch, at(seconds), vec![seen]).unwrap();
    }

    fn inbox(&self, view: InboxView) -> Vec<Conversation> {
        self.inbox_of(&self.agent, &InboxFilter { view, find: None })
    }

    fn inbox_of(&self, actor: &Actor, filter: &InboxFilter) -> Vec<Conversation> {
        let page = conversations(&self.db, actor, at(9), filter, PAGE).unwrap();
        assert_eq!(page.of, i64::try_from(page.lines.len()).unwrap());
        page.lines
    }

    fn thread(&self, party: &Party, limit: u32) -> Thread {
        thread(&self.db, &self.agent, at(9), party, (limit, Uuid::nil())).unwrap()
    }

    /// Whose last texts these are, in the words of a view.
    fn last(&self, view: InboxView) -> Vec<String> {
        self.inbox(view).iter().map(|line| line.last.to_string()).collect()
    }

    /// Kevin wrote and was answered; a stranger wrote; Kevin wrote from his other number.
    fn busy() -> Self {
        let mut desk = Self::new();
        let epoch = desk.epoch();
        desk.hears(epoch, "SM1", KEVINS, "merci\nbeaucoup", 1);
        desk.allowed_text(at(2), "you are welcome");
        desk.hears(epoch, "SM2", STRANGER, "who is this?", 3);
        desk.capture(at(4), "5844 0010", "", NO_UPSTREAM).unwrap();
        desk.hears(epoch, "SM3", OTHER, "my new number", 5);
        desk
    }
}

#[test]
fn upz_11_the_inbox_lists_conversations_newest_first() {
    let desk = Desk::busy();
    let ids: Vec<_> = desk.inbox(InboxView::All).iter().map(|line| (line.id, line.seq)).collect();
    let kevin = Party::Customer(desk.kevin);
    let line = |n: usize, party: Party, name: &str, theirs: &str, last: &str, seconds| Conversation {
        id: ids[n].0,
        seq: ids[n].1,
        party,
        name: safe(name),
        ours: safe(OURS),
        theirs: safe(theirs),
        unread: 1,
        needs_reply: true,
        closed: false,
        assigned: safe(""),
        draft: false,
        answering: safe(""),
        inbound: true,
        last: safe(last),
        at: at(seconds),
    };
    let new = line(0, kevin.clone(), "Kevin Anderson Curepipe", OTHER, "my new number", 5);
    let stranger = line(1, Party::Number(safe(STRANGER)), "", STRANGER, "who is this?", 3);
    let old = line(2, kevin, "Kevin Anderson Curepipe", KEVINS, "you are welcome", 2);
    let old = Conversation { needs_reply: false, inbound: false, ..old };
    assert_eq!(desk.inbox(InboxView::All), [new.clone(), stranger.clone(), old.clone()]);
    assert_eq!(desk.inbox(InboxView::Unread), [new.clone(), stranger.clone(), old.clone()]);
    assert_eq!(desk.inbox(InboxView::ForUs), [new.clone(), stranger.clone()]);
    assert_eq!(desk.inbox(InboxView::ForThem), std::slice::from_ref(&old));
    assert_eq!(desk.inbox(InboxView::Mine), []);
    assert_eq!(desk.inbox(InboxView::Unassigned), [new.clone(), stranger.clone(), old.clone()]);
    // Page after page, and from the other end.
    let all = InboxFilter::default();
    let page = |after, newest_first| {
        let reading = Reading { after, newest_first, limit: 1, ..PAGE };
        conversations(&desk.db, &desk.agent, at(9), &all, reading).unwrap()
    };
    let one = |line: &Conversation| Conversations { lines: vec![line.clone()], of: 3 };
    assert_eq!(page(None, true), one(&new));
    assert_eq!(page(Some(new.seq), true), one(&stranger));
    assert_eq!(page(None, false), one(&old));
    assert_eq!(page(Some(old.seq), false), one(&stranger));
    assert_eq!(page(Some(new.seq), false), Conversations { lines: vec![], of: 3 });
}

/// TWS-85: by the beginnings of words, in any order, with or without accents; whatever the view.
#[test]
fn tws_85_texts_are_found_by_their_words() {
    let mut desk = Desk::busy();
    let found = |desk: &Desk, words: &str| -> Vec<String> {
        let filter = InboxFilter { view: InboxView::Mine, find: Some(words.to_owned()) };
        desk.inbox_of(&desk.agent, &filter).iter().map(|line| line.last.to_string()).collect()
    };
    assert_eq!(found(&desk, "MERC"), ["merci beaucoup"]);
    assert_eq!(found(&desk, "beau  mérci"), ["merci beaucoup"]);
    assert_eq!(found(&desk, "my"), ["my new number"]);
    assert_eq!(found(&desk, "you"), ["you are welcome"]);
    for nothing in ["number you", "xyzzy", "\" OR 1", "%", "*"] {
        assert_eq!(found(&desk, nothing), [""; 0], "{nothing}");
    }
    assert_eq!(found(&desk, " ").len(), 0, "blanks find nothing: the view is shown, which is empty");
    // A body that is taken away is found no more.
    desk.run("update message set body = '' where body = 'my new number'");
    assert_eq!(found(&desk, "my"), [""; 0]);
    let epoch = desk.epoch();
    desk.hears(epoch, "SM9", STRANGER, "王小明 您好", 8);
    assert_eq!(found(&desk, "小明"), ["王小明 您好"]);
}

/// What came to nothing is no answer: they wait for us still.
#[test]
fn a_text_that_came_to_nothing_leaves_them_waiting() {
    let mut desk = Desk::busy();
    assert_eq!(desk.last(InboxView::ForThem), ["you are welcome"]);
    for ended in ["canceled", "expired", "undelivered", "failed", "discarded"] {
        desk.run("update message set status = 'sent' where direction = 'outbound'");
        desk.run("update conversation set last_inbound = 0 where theirs = '+23057372333'");
        desk.run(&format!("update message set status = '{ended}' where direction = 'outbound'"));
        assert_eq!(desk.last(InboxView::ForThem), [""; 0], "{ended}");
        assert_eq!(desk.last(InboxView::ForUs).len(), 3, "{ended}");
    }
    desk.run("update message set status = 'delivered' where direction = 'outbound'");
    desk.allowed_text(at(8), "hello");
    assert_eq!(desk.last(InboxView::ForThem), ["hello"]);
}

#[test]
fn a_conversation_is_taken_handed_over_closed_and_opened() {
    let mut desk = Desk::busy();
    let (agent, other) = (desk.agent.clone(), desk.supervisor.clone());
    let line = |desk: &Desk| {
        desk.inbox(InboxView::All).into_iter().find(|line| line.theirs == safe(STRANGER)).unwrap()
    };
    let stranger = line(&desk);
    let mine = |desk: &Desk, who: &Actor| -> Vec<SafeText> {
        let filter = InboxFilter { view: InboxView::Mine, find: None };
        desk.inbox_of(who, &filter).into_iter().map(|line| line.theirs).collect()
    };
    assign(&mut desk.db, &agent, at(6), stranger.id, agent.user).unwrap();
    assert_eq!((mine(&desk, &agent), mine(&desk, &other)), (vec![safe(STRANGER)], vec![]));
    assign(&mut desk.db, &agent, at(6), stranger.id, other.user).unwrap();
    assert_eq!((mine(&desk, &agent), mine(&desk, &other)), (vec![], vec![safe(STRANGER)]));
    assert_eq!(line(&desk), Conversation { assigned: safe("Ana Silva"), ..stranger.clone() });

    close(&mut desk.db, &agent, at(6), stranger.id, stranger.seq).unwrap();
    assert_eq!(mine(&desk, &other), []);
    assert_eq!(desk.last(InboxView::ForUs), ["my new number"]);
    let closed =
        Conversation { closed: true, needs_reply: false, assigned: safe("Ana Silva"), ..stranger.clone() };
    assert_eq!(line(&desk), closed);
    reopen(&mut desk.db, &agent, at(6), stranger.id).unwrap();
    assert_eq!(mine(&desk, &other), [safe(STRANGER)]);

    // They write while somebody closes: what nobody has seen is not put away.
    let epoch = desk.epoch();
    desk.hears(epoch, "SM9", STRANGER, "hello?", 7);
    let refused = close(&mut desk.db, &agent, at(8), stranger.id, stranger.seq).unwrap_err().to_string();
    assert_eq!(refused, "there is a newer text in it: nothing was closed; read it first");
    let now = line(&desk);
    close(&mut desk.db, &agent, at(8), now.id, now.seq).unwrap();
    // A new text opens it by itself.
    desk.hears(epoch, "SM10", STRANGER, "anybody?", 9);
    assert_eq!(mine(&desk, &other), [safe(STRANGER)]);

    assign(&mut desk.db, &agent, at(9), stranger.id, None).unwrap();
    assert_eq!((line(&desk).assigned, mine(&desk, &other)), (safe(""), vec![]));
    read(&mut desk.db, &agent, at(9), &Party::Number(safe(STRANGER))).unwrap();
    assert_eq!(line(&desk).unread, 0);
    unread(&mut desk.db, &agent, at(9), stranger.id).unwrap();
    assert_eq!(line(&desk).unread, 1);

    let nowhere = crate::domain::ids::ConversationId(Uuid::nil());
    assert!(matches!(unread(&mut desk.db, &agent, at(9), nowhere), Err(Error::NotFound { .. })));
    let nobody = Some(crate::domain::ids::UserId(Uuid::nil()));
    assert!(matches!(assign(&mut desk.db, &agent, at(9), stranger.id, nobody), Err(Error::NotFound { .. })));
}

/// G8: what an unknown number wrote is the customer's once somebody says whose it is, or puts them on file.
#[test]
fn g8_an_unknown_number_becomes_a_customers() {
    let mut desk = Desk::busy();
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    assert_eq!(link(&mut desk.db, &agent, at(6), STRANGER, kevin).unwrap(), safe("Kevin Anderson Curepipe"));
    let bodies: Vec<_> =
        desk.thread(&Party::Customer(kevin), 9).texts.iter().map(|text| text.body.to_string()).collect();
    assert_eq!(bodies, ["merci\nbeaucoup", "you are welcome", "who is this?", "my new number"]);
    let newest = timeline::of(&desk.db, &agent, kevin, None, 1).unwrap();
    assert!(
        matches!(&newest[0].what, crate::domain::shown::What::Text(text) if text.body == safe("who is this?"))
    );
    let refused = link(&mut desk.db, &agent, at(6), STRANGER, kevin).unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");

    let epoch = desk.epoch();
    desk.hears(epoch, "SM7", "+23057009999", "it is me, Kim", 7);
    let kim = NewCustomer {
        name: "Kim".into(),
        phones: vec![phone("mobile", "+23057009999")],
        ..NewCustomer::default()
    };
    let kim = super::super::customers::add(&mut desk.db, &agent, at(8), &kim).unwrap();
    assert_eq!(desk.thread(&Party::Customer(kim), 9).texts.len(), 1);
    assert_eq!(desk.inbox(InboxView::All)[0].party, Party::Customer(kim));
    // Whose number it is of two is not guessed.
    let add = |desk: &mut Desk, name: &str| {
        let phones = vec![phone("mobile", "+23057009997")];
        let new = NewCustomer { name: name.into(), phones, ..NewCustomer::default() };
        super::super::customers::add(&mut desk.db, &agent, at(9), &new).unwrap();
    };
    add(&mut desk, "A");
    add(&mut desk, "B");
    desk.hears(epoch, "SM8", "+23057009997", "hello", 9);
    add(&mut desk, "C");
    assert_eq!(desk.inbox(InboxView::All)[0].party, Party::Number(safe("+23057009997")));
}

/// Who is at it is named, in the list and in the thread; one's own desk is no news. Drafts stand in the list.
#[test]
fn another_agent_is_answering_and_drafts_stand_in_the_list() {
    let mut desk = Desk::busy();
    let (agent, other, kevin) = (desk.agent.clone(), desk.supervisor.clone(), Party::Customer(desk.kevin));
    let stranger = Party::Number(safe(STRANGER));
    let there = Uuid::from_u128(9);
    for party in [&kevin, &stranger] {
        presence::seen(&mut desk.db, &other, at(5), there, Some(party), "texting").unwrap();
        let names: Vec<_> =
            desk.inbox(InboxView::All).into_iter().map(|line| (line.party, line.answering)).collect();
        for (listed, name) in names {
            assert_eq!(name, safe(if listed == *party { "Ana Silva" } else { "" }));
        }
        assert_eq!(desk.thread(party, 9).answering, [safe("Ana Silva")]);
        let own = thread(&desk.db, &agent, at(9), party, (9, there)).unwrap();
        assert_eq!(own.answering, [] as [SafeText; 0]);
        let late = thread(&desk.db, &agent, at(99), party, (9, Uuid::nil())).unwrap();
        assert_eq!(late.answering, [] as [SafeText; 0], "who was not heard of for a minute is gone");
    }
    let drafts =
        |desk: &Desk| -> Vec<bool> { desk.inbox(InboxView::All).iter().map(|line| line.draft).collect() };
    assert_eq!(drafts(&desk), [false; 3]);
    put(&mut desk.db, &agent, at(6), safe(STRANGER), DraftOf::Text, "I am").unwrap();
    assert_eq!(drafts(&desk), [false, true, false]);
    put(&mut desk.db, &agent, at(6), Some(desk.kevin), DraftOf::Text, "Dear").unwrap();
    put(&mut desk.db, &other, at(6), Some(desk.kevin), DraftOf::Note, "x").unwrap();
    assert_eq!(drafts(&desk), [true, true, true]);
}

/// A text leaves from the number they know, and the other's name stands beside theirs.
#[test]
fn the_sending_number_is_remembered_and_others_are_named() {
    let mut desk = Desk::busy();
    let kevin = Party::Customer(desk.kevin);
    assert_eq!(desk.thread(&kevin, 9).ours, Some(safe(OURS)));
    let second = "+23052500200";
    let epoch = desk.epoch();
    let seen = Seen {
        from: number(OTHER).into(),
        to: number(second).into(),
        ..inbound("SM8", "other line", Delivery::Received, at(8))
    };
    polled(&mut desk.db, epoch, at(8), vec![seen]).unwrap();
    assert_eq!(desk.thread(&kevin, 9).ours, Some(safe(second)));
    assert_eq!(desk.thread(&Party::Number(safe(STRANGER)), 9).ours, Some(safe(OURS)));

    let by = |desk: &Desk, actor: &Actor| -> Vec<String> {
        let thread = thread(&desk.db, actor, at(9), &kevin, (9, Uuid::nil())).unwrap();
        thread.texts.iter().filter(|text| !text.inbound).map(|text| text.by.to_string()).collect()
    };
    assert_eq!(
        (by(&desk, &desk.agent), by(&desk, &desk.supervisor)),
        (vec![String::new()], vec!["David Brown".to_owned()])
    );
}

/// Twilio had it and it did not arrive: the same words as a new text that is linked to it, once.
#[test]
fn what_did_not_arrive_is_sent_again_as_a_new_text() {
    let mut desk = Desk::busy();
    let agent = desk.agent.clone();
    let first: crate::domain::ids::MessageId =
        desk.one("select id from message where direction = 'outbound'");
    let due = WINDOW.due(at(20));
    let refused = super::super::retry::text_again(&mut desk.db, &agent, at(20), first, due).unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    desk.run("update job set state = 'accepted', settled_at = 1 where kind = 'text';
              update message set status = 'undelivered', error_code = 30008, sid = 'SM77' where direction = 'outbound'");
    super::super::retry::text_again(&mut desk.db, &agent, at(20), first, due).unwrap();
    let again: Vec<u8> = desk.one("select retry_of from message order by seq desc limit 1");
    assert_eq!(again, first.0.as_bytes());
    let texts = desk.thread(&Party::Customer(desk.kevin), 9).texts;
    let newest = texts.last().unwrap();
    assert_eq!(
        (newest.body.as_str(), newest.again, newest.status.as_str()),
        ("you are welcome", true, "waiting")
    );
    let twice =
        super::super::retry::text_again(&mut desk.db, &agent, at(21), first, due).unwrap_err().to_string();
    assert!(twice.contains("was tried again already"), "{twice}");
}

#[test]
fn tws_75_why_reads_the_facts_of_a_text() {
    let mut desk = Desk::busy();
    let agent = desk.agent.clone();
    let stands = |desk: &Desk| {
        let why = super::super::why::named(&desk.db, &desk.agent, at(60), "1").unwrap();
        crate::domain::why::verdict(&why.steps)
    };
    assert_eq!(stands(&desk), "sync: nobody carries texts out: open a desk, or run `cordboard sync`");
    desk.run("update destination set state = 'offline', reason = 'could not connect' where name = 'twilio'");
    assert!(stands(&desk).starts_with("network: Twilio cannot be reached (could not connect)"));
    desk.consent(KEVINS, Act::Revoke);
    assert!(stands(&desk).starts_with("gate: "), "{}", stands(&desk));
    let refused = super::super::why::named(&desk.db, &agent, at(60), "SM1").unwrap_err().to_string();
    assert_eq!(refused, "this text came from the customer: there is nothing to send");
    assert!(matches!(super::super::why::named(&desk.db, &agent, at(60), "77"), Err(Error::NotFound { .. })));
}

#[test]
fn reading_a_thread_reads_all_its_conversations_and_no_other() {
    let mut desk = Desk::busy();
    let (agent, kevin) = (desk.agent.clone(), Party::Customer(desk.kevin));
    read(&mut desk.db, &agent, at(9), &kevin).unwrap();
    let unread = |desk: &Desk| -> Vec<SafeText> {
        desk.inbox(InboxView::Unread).into_iter().map(|line| line.theirs).collect()
    };
    assert_eq!(unread(&desk), [safe(STRANGER)]);
    read(&mut desk.db, &agent, at(9), &Party::Number(safe(STRANGER))).unwrap();
    assert_eq!(unread(&desk), []);
    // Said once more, heard once more.
    let epoch = desk.epoch();
    desk.hears(epoch, "SM4", STRANGER, "hello?", 10);
    assert_eq!(unread(&desk), [safe(STRANGER)]);
}

#[test]
fn tws_28_a_thread_is_all_of_a_customer_newest_last() {
    let desk = Desk::busy();
    desk.run("update customer set timezone = 'Indian/Mauritius'");
    let party = Party::Customer(desk.kevin);
    let thread = desk.thread(&party, 9);
    let ids: Vec<_> = thread.texts.iter().map(|text| text.id).collect();
    let heard = |n: usize, body: &str, seconds| Shown {
        id: ids[n],
        inbound: true,
        body: SafeText::multiline(body),
        status: "received".into(),
        error_code: None,
        segments: Some(1),
        at: at(seconds),
        held_until: None,
        job: None,
        by: safe(""),
        reason: safe(""),
        price: None,
        again: false,
        media: Vec::new(),
    };
    let said = Shown {
        inbound: false,
        status: "waiting".into(),
        segments: None,
        held_until: Some(at(7)),
        job: Some(1),
        ..heard(1, "you are welcome", 2)
    };
    let expected = Thread {
        party,
        name: safe("Kevin Anderson Curepipe"),
        number: Some(safe(OTHER)),
        consent: Some(Consent::NeverAsked),
        timezone: "Indian/Mauritius".into(),
        hours: Hours::default(),
        ours: Some(safe(OURS)),
        answering: Vec::new(),
        texts: vec![heard(0, "merci\nbeaucoup", 1), said, heard(2, "my new number", 5)],
    };
    assert_eq!(thread, expected);
}

#[test]
fn upz_13_a_long_thread_gives_its_newest_and_a_strangers_is_his_number() {
    let desk = Desk::busy();
    let newest = desk.thread(&Party::Customer(desk.kevin), 1);
    assert_eq!(newest.texts.iter().map(|text| &text.body).collect::<Vec<_>>(), [&safe("my new number")]);
    let party = Party::Number(safe(STRANGER));
    let stranger = desk.thread(&party, 9);
    let expected = Thread {
        party,
        name: SafeText::default(),
        number: Some(safe(STRANGER)),
        consent: Some(Consent::NeverAsked),
        timezone: String::new(),
        hours: Hours::default(),
        ours: Some(safe(OURS)),
        answering: Vec::new(),
        texts: stranger.texts.clone(),
    };
    assert_eq!(stranger, expected);
    assert_eq!(stranger.texts.len(), 1);
    let short = desk.thread(&Party::Number(safe("12345")), 9);
    assert_eq!((short.number, short.consent), (None, None), "nobody can text a short code");
    let nobody = Party::Customer(CustomerId(uuid::Uuid::nil()));
    let none = thread(&desk.db, &desk.agent, at(9), &nobody, (9, Uuid::nil()));
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

/// A family on one number has one conversation; each sees the texts that were meant for them.
#[test]
fn g13_a_text_to_another_of_the_family_is_in_their_thread_too() {
    let mut desk = Desk::busy();
    let kim =
        NewCustomer { name: "Kim".into(), phones: vec![phone("mobile", KEVINS)], ..NewCustomer::default() };
    let kevin = desk.kevin;
    desk.kevin = super::super::customers::add(&mut desk.db, &desk.agent, at(6), &kim).unwrap();
    desk.text(at(7), KEVINS, "for Kim").unwrap();
    let bodies = |id| -> Vec<String> {
        desk.thread(&Party::Customer(id), 9).texts.iter().map(|text| text.body.to_string()).collect()
    };
    assert_eq!(bodies(desk.kevin), ["for Kim"]);
    assert_eq!(bodies(kevin), ["merci\nbeaucoup", "you are welcome", "my new number", "for Kim"]);
}

#[test]
fn g7_a_yes_by_voice_keeps_the_words_and_a_no_closes_what_it_names() {
    let mut desk = Desk::new();
    let (agent, kevins) = (desk.agent.clone(), number(KEVINS));
    let consent = |desk: &Desk| desk.thread(&Party::Customer(desk.kevin), 9).consent;
    let customer = Some(desk.kevin);
    yes_by_voice(&mut desk.db, &agent, at(1), &kevins, customer, wording::VOICE, wording::VOICE_VERSION)
        .unwrap();
    assert_eq!(consent(&desk), Some(Consent::Yes { method: "voice".into(), at: at(1) }));
    assert_eq!(log(&desk.db, &agent, &kevins).unwrap()[0].wording, wording::VOICE);
    assert_eq!(desk.one::<String>("select wording_version from consent"), "voice-1");

    desk.text(at(2), KEVINS, "hello").unwrap();
    assert_eq!(no(&mut desk.db, &agent, at(3), &kevins, customer, &[Purpose::Marketing]).unwrap(), 0);
    assert!(consent(&desk).unwrap().is_yes());
    assert_eq!(no(&mut desk.db, &agent, at(4), &kevins, customer, &Purpose::ALL).unwrap(), 1);
    let why = "the customer said no to texts on 2026-01-01; ask them, then press Enter".to_owned();
    assert_eq!(consent(&desk), Some(Consent::No { since: at(4), why, stopped: false }));

    let epoch = desk.epoch();
    desk.hears(epoch, "SM9", KEVINS, "STOP", 5);
    let why =
        "the customer texted STOP on 2026-01-01; only their own START opens this number again".to_owned();
    assert_eq!(consent(&desk), Some(Consent::No { since: at(5), why, stopped: true }));
}

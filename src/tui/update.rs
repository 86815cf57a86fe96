//! One message after the other changes the model; what has to be done outside comes back as effects.
//! No clock, no randomness, nothing waits.

use super::command;
use super::key::Key;
use super::keymap::Action;
use super::model::{Cx, Event, Model, Move, Told};
use super::msg::{Answer, Effect, Exit, Failure, Msg, Read, Seq, Tone, Write};
use super::ring;
use super::saving;
use super::screens::ask::AskBox;
use super::screens::customers::CustomersScreen;
use super::screens::go::GoBox;
use super::screens::help::HelpScreen;
use super::screens::inbox::InboxScreen;
use super::screens::line::{COMMAND, LineBox};
use super::screens::lock::LockScreen;
use super::screens::messages::MessagesScreen;
use super::screens::outbox::OutboxScreen;
use super::screens::palette::Palette;
use super::screens::record::{self, RecordScreen};
use super::screens::reports::ReportsScreen;
use super::screens::updates::UpdatesScreen;
use super::screens::users::UsersScreen;
use super::screens::{Kind, Screen};
use super::view::contexts;
use super::{exporting, importing};
use crate::domain::shown::{PUT_BACK, Undoable, Undone};
use crate::domain::time::Micros;

/// The second Ctrl+C counts for so long, in seconds.
const SECOND_THOUGHT: u64 = 3;

/// A paste on the desk is a search; nobody searches for more.
const LONGEST_SEARCH: usize = 120;

/// Asks before taking back what belongs to another customer.
const TAKE_BACK: &str = "take back";

/// Takes one message in.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(mut strip) = model.strip.take() {
        strip.told(&msg, model);
        model.strip = Some(strip);
    }
    match msg {
        Msg::Key(key) => {
            model.unheard = 0;
            on_key(model, key, &mut effects);
        }
        Msg::Paste(text) => {
            model.unheard = 0;
            on_paste(model, &text, &mut effects);
        }
        Msg::Resize(width, height) => model.size = (width, height),
        Msg::Tick(now, offset) => on_tick(model, now, offset),
        Msg::Answer(seq, answer) => on_answer(model, seq, &answer, &mut effects),
        Msg::Failed(seq, failure) => on_failure(model, seq, &failure, &mut effects),
        Msg::Changed => on_change(model, &mut effects),
        Msg::Say(tone, text) => model.say(tone, text),
        Msg::Become(named) => leave(model, Exit::Become(named), &mut effects),
        Msg::Resumed => effects.push(Effect::Redraw),
        Msg::Ending => leave(model, Exit::Quit, &mut effects),
    }
    if let Some(mut strip) = model.strip.take() {
        strip.asked(&effects, model);
        model.strip = Some(strip);
    }
    effects
}

/// What a desk asks for before its first key.
pub fn start(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    if !matches!(model.top(), Screen::Welcome(_)) {
        ask_state(model, &mut effects);
    }
    tell(model, model.stack.len() - 1, Event::Opened, &mut effects);
    effects
}

fn on_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let contexts = contexts(model.top());
    let action = model.settings.keymap.action(&contexts, key);
    let top = model.stack.len() - 1;
    match action {
        Some(action) => act(model, action, effects),
        None if model.top().typing().is_some() => tell(model, top, Event::Type(key), effects),
        None => search_from_desk(model, key, effects),
    }
}

/// On the desk any digit or `+` starts a look-up (screens.md, rule 2).
fn search_from_desk(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let digit = key.typed().filter(|c| c.is_ascii_digit() || *c == '+');
    if let Some(c) = digit.filter(|_| model.top().kind() != Kind::Box && !is_sealed(model.top())) {
        look_up(model, &c.to_string(), effects);
    }
}

/// From these nothing leads away but their own keys.
fn is_sealed(screen: &Screen) -> bool {
    matches!(screen, Screen::Lock(_) | Screen::Welcome(_))
}

fn on_paste(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    let top = model.stack.len() - 1;
    if model.top().typing().is_some() || is_sealed(model.top()) {
        tell(model, top, Event::Paste(text), effects);
    } else if model.top().kind() != Kind::Box {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
        let search: String = line.chars().take(LONGEST_SEARCH).collect();
        let all = text.chars().count();
        if all > LONGEST_SEARCH {
            model.say(Tone::Note, format!("Only this of the {all} characters is looked up."));
        }
        look_up(model, &search, effects);
    }
}

fn on_tick(model: &mut Model, now: Micros, offset: i32) {
    model.now = now;
    model.offset = offset;
    model.quitting = model.quitting.filter(|since| now.since(*since).as_secs() < SECOND_THOUGHT);
}

fn on_answer(model: &mut Model, seq: Seq, answer: &Answer, effects: &mut Vec<Effect>) {
    if saving::answered(model, seq, answer) {
        return on_change(model, effects);
    }
    importing::told(model, seq, answer);
    exporting::told(model, seq, answer);
    match answer {
        Answer::State(state) if seq == model.awaited.state => ring::stands(model, state, effects),
        Answer::Undoable(what) if seq == model.awaited.undoable => offer_undo(model, what.as_ref(), effects),
        Answer::Undone(undone) if seq == model.awaited.undone => undid(model, undone, effects),
        Answer::Saved if seq == model.awaited.captured => {
            model.say(Tone::Good, "Saved. u takes it back.");
            on_change(model, effects);
        }
        Answer::Marked(marked) if seq == model.awaited.marked => {
            saving::marked(model, marked);
            on_change(model, effects);
        }
        _ => {
            for at in 0..model.stack.len() {
                tell(model, at, Event::Answer(seq, answer), effects);
            }
        }
    }
}

fn on_failure(model: &mut Model, seq: Seq, failure: &Failure, effects: &mut Vec<Effect>) {
    if saving::failed(model, seq, failure) {
        return;
    }
    importing::failed(model, seq, failure);
    if exporting::failed(model, seq, failure) {
        return;
    }
    if [model.awaited.undoable, model.awaited.undone, model.awaited.captured, model.awaited.marked]
        .contains(&seq)
    {
        model.say(Tone::Bad, failure.why.clone());
        return;
    }
    for at in 0..model.stack.len() {
        tell(model, at, Event::Failed(seq, failure), effects);
    }
}

/// What is seen is asked for again; what is covered asks when it is seen.
fn on_change(model: &mut Model, effects: &mut Vec<Effect>) {
    if is_sealed(model.top()) {
        return;
    }
    ask_state(model, effects);
    let mut seen = Vec::new();
    for (at, screen) in model.stack.iter().enumerate().rev() {
        match screen.kind() {
            Kind::Box | Kind::Row => {}
            Kind::Part => seen.push(at),
            Kind::Body => {
                seen.push(at);
                break;
            }
        }
    }
    for at in seen {
        tell(model, at, Event::Changed, effects);
    }
}

fn ask_state(model: &mut Model, effects: &mut Vec<Effect>) {
    model.awaited.state = model.next_seq();
    effects.push(Effect::Read(model.awaited.state, Read::State));
}

/// Carries out an action: the desk's own here, the others on the screen on top.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let top = model.stack.len() - 1;
    match action {
        Action::Quit => quit(model, effects),
        Action::Suspend => effects.extend([Effect::KeepDrafts, Effect::Suspend]),
        _ if is_sealed(model.top()) => tell(model, top, Event::Act(action), effects),
        Action::Palette if !matches!(model.top(), Screen::Palette(_)) => {
            let listed = model.settings.keymap.listed(&contexts(model.top()));
            let mut actions: Vec<(Action, Vec<Key>)> = listed
                .into_iter()
                .filter(|(_, action, _)| !matches!(action, Action::Palette | Action::Back))
                .map(|(_, action, keys)| (action, keys))
                .collect();
            let places = super::keymap::PLACES.iter();
            actions.extend(places.map(|(c, place)| (*place, vec![Key::char('g'), Key::char(*c)])));
            open(model, Screen::Palette(Palette::new(actions)), effects);
        }
        Action::Help if !matches!(model.top(), Screen::Help(_)) => {
            let keys = model.settings.keymap.listed(&contexts(model.top()));
            let help = HelpScreen::new(keys, model.me.role);
            open(model, Screen::Help(help), effects);
        }
        Action::Find if !matches!(model.top(), Screen::Lookup(_)) => look_up(model, "", effects),
        Action::Caller => ring::answer(model, effects),
        Action::Go => open(model, Screen::Go(GoBox), effects),
        Action::Command => open(model, Screen::Line(LineBox::command("")), effects),
        Action::HowToQuit => model.say(Tone::Note, ":q quits. Ctrl+C twice does too. Nothing is lost."),
        Action::TakeBack => {
            model.awaited.undoable = model.next_seq();
            effects.push(Effect::Read(model.awaited.undoable, Read::Undoable));
        }
        Action::NewCustomer if !matches!(model.top(), Screen::Record(_) | Screen::Inbox(_)) => {
            new_customer(model, effects);
        }
        Action::Customers => place(model, Screen::Customers(CustomersScreen::new()), effects),
        Action::Inbox => place(model, Screen::Inbox(InboxScreen::new()), effects),
        Action::Updates => {
            let screen = UpdatesScreen::new(&model.me);
            place(model, Screen::Updates(screen), effects);
        }
        Action::Outbox => place(model, Screen::Outbox(OutboxScreen::new()), effects),
        Action::Reports => place(model, Screen::Reports(ReportsScreen::default()), effects),
        Action::Users => place(model, Screen::Users(UsersScreen::new()), effects),
        Action::Import => importing::ask(model, effects),
        Action::ExportCustomers => exporting::ask(model, effects),
        Action::Messages => {
            let screen = MessagesScreen::new(&model.log);
            place(model, Screen::Messages(screen), effects);
        }
        Action::Lock => {
            effects.push(Effect::KeepDrafts);
            open(model, Screen::Lock(LockScreen), effects);
        }
        Action::Back => {
            effects.push(Effect::KeepDrafts);
            tell(model, top, Event::Act(action), effects);
        }
        action => tell(model, top, Event::Act(action), effects),
    }
}

fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.quitting.is_some() {
        leave(model, Exit::Quit, effects);
        return;
    }
    model.quitting = Some(model.now);
    model.say(Tone::Note, "Ctrl+C once more quits. What you typed is kept.");
}

/// Ends the desk; what was typed is written first.
pub(super) fn leave(model: &mut Model, exit: Exit, effects: &mut Vec<Effect>) {
    for at in 0..model.stack.len() {
        tell(model, at, Event::Leaving, effects);
    }
    model.over = true;
    effects.extend([Effect::KeepDrafts, Effect::Leave(exit)]);
}

/// Opens a screen and lets it ask for what it shows.
pub(super) fn open(model: &mut Model, screen: Screen, effects: &mut Vec<Effect>) {
    model.stack.push(screen);
    tell(model, model.stack.len() - 1, Event::Opened, effects);
}

/// A screen of the go list: above the look-up, nothing else between.
pub(super) fn place(model: &mut Model, screen: Screen, effects: &mut Vec<Effect>) {
    home(model, effects);
    open(model, screen, effects);
}

pub(super) fn home(model: &mut Model, effects: &mut Vec<Effect>) {
    while model.stack.len() > 1 {
        close(model, effects);
    }
}

/// A new customer, with what stands in the look-up line (TTX-50).
pub(super) fn new_customer(model: &mut Model, effects: &mut Vec<Effect>) {
    let typed = match model.stack.first() {
        Some(Screen::Lookup(lookup)) if model.stack.len() == 1 => lookup.asked(),
        _ => "",
    };
    let screen = RecordScreen::create(&model.settings.forms, &record::from_search(typed));
    place(model, Screen::Record(screen), effects);
}

/// Back to the look-up with the caret in its line.
pub(super) fn look_up(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    home(model, effects);
    let (mut cx, stack) = Cx::new(model);
    if let Some(Screen::Lookup(lookup)) = stack.first_mut() {
        lookup.start(&mut cx, text);
    }
    let (asked, moves, said) = (cx.effects, cx.moves, cx.said);
    settle(model, asked, moves, said, effects);
}

fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.stack.len() < 2 {
        return;
    }
    let top = model.stack.len() - 1;
    tell(model, top, Event::Leaving, effects);
    let Some(closed) = model.stack.pop() else { return };
    saving::closed(model);
    if matches!(closed.kind(), Kind::Body | Kind::Part) {
        effects.push(Effect::KeepDrafts);
        tell(model, model.stack.len() - 1, Event::Shown, effects);
    }
}

/// Hands an event to one screen and does what it asks for.
fn tell(model: &mut Model, at: usize, event: Event<'_>, effects: &mut Vec<Effect>) {
    let (mut cx, stack) = Cx::new(model);
    let Some(screen) = stack.get_mut(at) else { return };
    screen.update(&mut cx, event);
    let (asked, moves, said) = (cx.effects, cx.moves, cx.said);
    saving::handed_over(model, at, &asked);
    importing::begun(model, &asked);
    settle(model, asked, moves, said, effects);
}

fn settle(
    model: &mut Model,
    asked: Vec<Effect>,
    moves: Vec<Move>,
    said: Vec<(Tone, String)>,
    effects: &mut Vec<Effect>,
) {
    effects.extend(asked);
    for (tone, text) in said {
        model.say(tone, text);
    }
    for step in moves {
        match step {
            Move::Open(screen) => open(model, *screen, effects),
            Move::Close => close(model, effects),
            Move::Become(screen) => {
                model.stack.pop();
                saving::closed(model);
                open(model, *screen, effects);
            }
            Move::Home => home(model, effects),
            Move::Act(action) => act(model, action, effects),
            Move::Leave(exit) => leave(model, exit, effects),
            Move::Tell(Told::Typed(importing::FILE, line)) => importing::open(model, &line, effects),
            Move::Tell(Told::Typed(exporting::PLACE, line)) => exporting::typed(model, &line, effects),
            Move::Tell(Told::Chosen(exporting::FORM, choice)) => exporting::chosen(model, choice, effects),
            Move::Tell(Told::Typed(COMMAND, line)) => command::run(model, &line, effects),
            Move::Tell(Told::Chosen(TAKE_BACK, choice)) => take_back(model, choice, effects),
            Move::Tell(told) => {
                let top = model.stack.len() - 1;
                tell(model, top, Event::Told(&told), effects);
            }
        }
    }
}

/// Screens forget what was typed in them: it was thrown away.
pub(super) fn forget_drafts(model: &mut Model, effects: &mut Vec<Effect>) {
    while matches!(model.top(), Screen::Form(_) | Screen::Record(_) | Screen::Note(_) | Screen::Text(_)) {
        model.stack.pop();
    }
    saving::closed(model);
    on_change(model, effects);
}

/// What is taken back is named first; another customer's only after a yes.
fn offer_undo(model: &mut Model, what: Option<&Undoable>, effects: &mut Vec<Effect>) {
    let Some(what) = what else {
        model.say(Tone::Note, "Nothing of yours can be taken back now: it has left, or there is nothing.");
        return;
    };
    model.undo = Some(what.clone());
    let elsewhere = model.customer().is_some_and(|shown| what.customer != Some(shown));
    if what.kind == PUT_BACK {
        let lines = [
            format!("The update of {} has left, or its time is over.", what.name),
            "A new update puts back what was on file before it, and says so.".to_owned(),
        ];
        let ask = AskBox::new(TAKE_BACK, "It cannot be withdrawn any more", &lines, &["Put it back"]);
        open(model, Screen::Ask(ask), effects);
    } else if elsewhere {
        let line = format!("Your newest act is the {} of {}.", what.kind, what.name);
        let ask = AskBox::new(TAKE_BACK, "Another customer's", &[line], &["Take it back"]);
        open(model, Screen::Ask(ask), effects);
    } else {
        take_back(model, 0, effects);
    }
}

fn take_back(model: &mut Model, _choice: usize, effects: &mut Vec<Effect>) {
    if let Some(what) = model.undo.take() {
        model.awaited.undone = model.next_seq();
        effects.push(Effect::Write(model.awaited.undone, Write::TakeBack { seq: what.seq, kind: what.kind }));
    }
}

fn undid(model: &mut Model, undone: &Undone, effects: &mut Vec<Effect>) {
    saving::undone(model, undone);
    on_change(model, effects);
}

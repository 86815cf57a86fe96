//! A desk's model and runner without the command line, as `cli::desk` puts them together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cordboard::domain::consent::Purpose;
use cordboard::domain::money::Currency;
use cordboard::domain::phone::E164;
use cordboard::domain::role::Actor;
use cordboard::store::messages::{Checks, Window};
use cordboard::store::payments;
use cordboard::store::updates::Leaving;
use cordboard::tui::keymap::Keymap;
use cordboard::tui::model::{Model, Settings};
use cordboard::tui::runner::Office;
use cordboard::tui::theme::Theme;

pub fn desk(actor: &Actor, exports: &Path) -> Model {
    let settings = Settings {
        policy: super::POLICY,
        numbers: vec![E164::parse(super::OURS).unwrap()],
        purpose: Purpose::Service,
        currency: Currency::MUR,
        undo_seconds: 5,
        upstream: true,
        keymap: Keymap::default(),
        theme: Theme::default(),
        ascii: false,
        demo: false,
        exports: exports.to_owned(),
        wording: "May we text this number about your policy?".to_owned(),
        forms: cordboard::config::forms::shipped(),
        alphabet: cordboard::domain::spell::Alphabet::Letters,
        verified_by: Vec::new(),
        must_verify: false,
        lint: cordboard::domain::lint::Rules::default(),
        prices: cordboard::domain::price_list::PriceList::default(),
    };
    Model::new(actor.clone(), settings, super::now(), 4 * 3600, (80, 24))
}

pub fn office(actor: &Actor) -> Office {
    Office {
        actor: actor.clone(),
        clock: super::now,
        leaving: Leaving { undo: Duration::from_secs(5), upstream: true },
        window: Window { undo: Duration::from_secs(5), deadline: Duration::from_secs(4 * 3600) },
        checks: Checks::default(),
        numbers: vec![E164::parse(super::OURS).unwrap()],
        mobile: Arc::new(str::to_owned),
        must_verify: false,
        tell_old: None,
        desk: uuid::Uuid::from_u128(1),
        policy: super::POLICY,
        is_sensitive: Arc::new(|_| false),
        approval: false,
        purpose: Purpose::Service,
        at_once: 10,
        currency: Currency::MUR,
        payments: payments::Office {
            desk: "Desk".to_owned(),
            link: "https://pay.example.com/?policy={policy}&amount={amount}&ref={reference}".parse().ok(),
            mail: true,
            from: E164::parse(super::OURS),
            currency: Currency::MUR,
            upstream: true,
        },
    }
}

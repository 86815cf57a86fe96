//! The customer record from the command line: one customer by each form, edits, tags, stages, deletion
//! and return.

use crate::home::{AGENT, Home, KEVIN};

impl Home {
    /// The values of a card, by key.
    fn values(&self, customer: &str) -> serde_json::Value {
        self.json(&["customers", "show", customer])[0]["values"].clone()
    }

    fn add(&self, name: &str, args: &[&str]) -> crate::home::Ran {
        self.agent(&[&["customers", "add", "--name", name], args].concat())
    }
}

/// TTX-59 to 63: patient name and phone, date of birth, insurer, emergency contact, medical notes.
#[test]
fn ttx_59_to_63_a_patient() {
    let home = Home::desk();
    let fields = [
        "--form",
        "healthcare",
        "--set",
        "date-of-birth=14 Mar 1980",
        "--set",
        "insurance-provider=Swan Life",
        "--set",
        "emergency-contact=Jean Curepipe",
        "--set",
        "emergency-phone=5712 0001",
        "--set",
        "medical-notes=allergic to penicillin",
    ];
    // TTX-59: the phone is required.
    home.add("Anna Curepipe", &fields).refused(2, &["mobile: missing: it is required"]);
    let added = home.add("Anna Curepipe", &[&fields[..], &["--mobile", "5844 0010"]].concat());
    assert_eq!(added.code, 0, "{added:?}");
    let expected = serde_json::json!({
        "name": "Anna Curepipe",
        "mobile": "+23058440010",
        "industry": "healthcare",
        "date-of-birth": "1980-03-14",
        "insurance-provider": "Swan Life",
        "emergency-contact": "Jean Curepipe",
        "emergency-phone": "+23057120001",
        "medical-notes": "allergic to penicillin",
    });
    assert_eq!(home.values("5844 0010"), expected);
    let card = home.ok(&["--as", AGENT, "customers", "show", "5844 0010"]);
    assert!(card.contains("date of birth: 1980-03-14\n"), "{card}");
    assert!(card.contains("emergency phone: 5712 0001\n"), "{card}");
    // What is sensitive is not searched.
    assert_eq!(home.agent(&["lookup", "penicillin"]).code, 4);
}

/// TTX-64 to 67: client name and phone, case type, case status, attorney notes.
#[test]
fn ttx_64_to_67_a_client() {
    let home = Home::desk();
    let add = |case: &str, status: &str| {
        let (case, status) = (format!("case-type={case}"), format!("case-status={status}"));
        let args = ["--form", "legal", "--mobile", "5844 0010", "--set", &case, "--set", &status];
        home.add("Anna Curepipe", &args)
    };
    add("divorce", "open").refused(
        2,
        &[
            "case-type: no such choice; give one of personal-injury, family-law, business-law, criminal-law",
            "case-status: no such choice; give one of active, pending, closed",
        ],
    );
    assert_eq!(add("Family-Law", "active").code, 0);
    home.agent(&[
        "customers",
        "edit",
        "5844 0010",
        "--set",
        "attorney-notes=settle",
        "--set",
        "case-status=closed",
    ]);
    let values = home.values("5844 0010");
    let shown = ["case-type", "case-status", "attorney-notes"].map(|key| values[key].as_str().unwrap());
    assert_eq!(shown, ["family-law", "closed", "settle"]);
}

/// NIC-19 to 22, TWS-16 and an office's own form.
#[test]
fn ttx_58_insurance_real_estate_general_and_a_form_of_the_offices_own() {
    let home = Home::desk();
    home.add("Sam Lee", &["--form", "insurance"]).refused(2, &["policy-number: missing"]);
    assert_eq!(home.add("Sam Lee", &["--form", "insurance", "--policy", "LIB/C9300"]).code, 0);
    assert_eq!(home.values("LIB/C9300")["industry"], "insurance");

    let buyer = ["--form", "real-estate", "--mobile", "5844 0010", "--set", "buying=yes"];
    home.add("Li Na", &[&buyer[..], &["--set", "price-to=much"]].concat())
        .refused(2, &["price-to: not a number"]);
    assert_eq!(home.add("Li Na", &[&buyer[..], &["--set", "price-to=4,500,000"]].concat()).code, 0);
    assert_eq!(home.values("5844 0010")["price-to"], "4500000");

    assert_eq!(home.add("Nobody Else", &[]).code, 0);
    home.add("X", &["--form", "garage"]).refused(2, &["no form \"garage\"; there are general, healthcare"]);
    std::fs::create_dir(home.path("forms")).unwrap();
    let garage =
        "title = \"Garage\"\n[[field]]\nkey = \"car\"\nlabel = \"Car\"\ntype = \"text\"\nrequired = true\n";
    home.file("forms/garage.toml", garage);
    let config = std::fs::read_to_string(home.path("config.toml")).unwrap();
    let forms = format!("[desk]\nforms = {:?}", home.path("forms").to_str().unwrap());
    home.file("config.toml", config.replacen("[desk]", &forms, 1));
    home.add("Zoë Li", &["--form", "garage"]).refused(2, &["car: missing"]);
    assert_eq!(home.add("Zoë Li", &["--form", "garage", "--set", "car=blue", "--policy", "G-1"]).code, 0);
    assert_eq!(home.values("G-1")["car"], "blue");

    home.file("forms/garage.toml", garage.replace("\"text\"", "\"txt\""));
    home.run(&["config", "check"])
        .refused(2, &["garage.toml:5:8: unknown variant `txt`", "did you mean `text`?"]);
}

/// TWS-3: fields and more numbers; the contact fields go another way.
#[test]
fn tws_3_an_edit() {
    let home = Home::desk();
    let edit = |args: &[&str]| home.agent(&[&["customers", "edit", KEVIN], args].concat());
    let said = edit(&["--set", "city=Curepipe", "--set", "assigned-agent=#7", "--phone", "home=234 5678"]);
    assert_eq!(
        said.out,
        "changed for Kevin Anderson Curepipe: city, assigned-agent, 1 of the phones and e-mails\n"
    );
    let values = home.values(KEVIN);
    assert_eq!(
        (values["city"].as_str(), values["assigned-agent"].as_str()),
        (Some("Curepipe"), Some("Ana Silva"))
    );
    assert!(home.ok(&["--as", AGENT, "lookup", "2345678"]).contains("Kevin Anderson Curepipe"));
    edit(&["--set", "mobile=5844 0010"]).refused(2, &["mobile: changes only by a contact update"]);
    edit(&["--set", "town=Moka"]).refused(2, &["town: no such field of the form general; there are name,"]);
    edit(&["--set", "city"]).refused(2, &["--set city=Curepipe"]);
    edit(&[]).refused(2, &["nothing to change"]);
    edit(&["--retire", "5737 2333"]).refused(2, &["change only by a contact update"]);
    edit(&["--retire", "5999 9999"]).refused(4, &["has no such number"]);
    assert_eq!(edit(&["--relabel", "2345678=parents"]).code, 0);
    assert_eq!(edit(&["--retire", "2345678", "--set", "city="]).code, 0);
    assert_eq!(home.values(KEVIN)["city"].as_str(), None);
    let points = home.json(&["customers", "show", KEVIN])[0]["contact_points"].clone();
    let retired = points.as_array().unwrap().iter().find(|point| point["value"] == "+2302345678").unwrap();
    assert_eq!((retired["label"].as_str(), retired["retired_at"].is_string()), (Some("parents"), true));
}

/// TWS-5, TWS-6, TTX-53.
#[test]
fn tws_5_and_6_stages_and_tags_are_set_and_found_by() {
    let home = Home::desk();
    let ok = |args: &[&str]| home.ok(&[&["--as", AGENT], args].concat());
    assert_eq!(ok(&["customers", "stage", KEVIN, "client"]), "Kevin Anderson Curepipe: client, was new\n");
    home.agent(&["customers", "stage", KEVIN, "gone"]).refused(2, &["there are new, contacted"]);
    assert_eq!(ok(&["customers", "tag", KEVIN, "Motor", "#VIP"]), "Kevin Anderson Curepipe: motor, vip\n");
    assert_eq!(ok(&["customers", "tag", KEVIN, "--remove", "Vip"]), "Kevin Anderson Curepipe: motor\n");
    home.agent(&["customers", "tag", KEVIN, "a,b"]).refused(2, &["a tag is a word or a few"]);
    home.agent(&["customers", "tag", KEVIN]).refused(2, &["name a tag"]);
    for query in [&["#mot"][..], &["stage:client"], &["#motor", "stage:cli", "kevin"]] {
        assert!(ok(&[&["lookup"], query].concat()).contains("Kevin Anderson Curepipe"), "{query:?}");
    }
    assert_eq!(home.agent(&["lookup", "#vip"]).code, 4);
}

/// TWS-4, TTX-44, G4: asked for twice, nothing lost, back again.
#[test]
fn tws_4_a_deletion_and_a_return() {
    let home = Home::desk();
    home.agent(&["customers", "delete", KEVIN]).refused(2, &["--yes"]);
    let deleted = home.agent(&["customers", "delete", KEVIN, "--yes"]);
    assert!(deleted.out.starts_with("deleted Kevin Anderson Curepipe"), "{deleted:?}");
    assert_eq!(home.agent(&["lookup", "kevin"]).code, 4);
    assert_eq!(home.agent(&["customers", "show", KEVIN]).code, 4);
    home.agent(&["customers", "restore", "Nobody"]).refused(4, &["deleted customer not found"]);
    assert_eq!(home.ok(&["--as", AGENT, "customers", "restore", KEVIN]), "Kevin Anderson Curepipe is back\n");
    assert_eq!(home.values(KEVIN)["mobile"], "+23057372333");
    assert_eq!(home.agent(&["doctor"]).code, 0);
}

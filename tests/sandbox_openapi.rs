//! Our requests for messages, and the sandbox's answers to them, against Twilio's own OpenAPI
//! description (`tests/data/twilio`). The description marks almost nothing as required, so the tests
//! also demand that every described property is there and no other.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of these tests fail the test")]

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard::domain::phone::E164;
use cordboard::domain::text::Body;
use cordboard::remote::{Answer, Endpoints, Outcome, Request, Transport, decode, encode, twilio};
use cordboard::sandbox::{Config, Final, Reaction, World};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Messages.json";
const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json";
const OURS: &str = "+23052500100";
const THEIRS: &str = "+23057372333";

struct Description(Value);

impl Description {
    fn load() -> Self {
        let mut description =
            serde_json::from_str(include_str!("data/twilio/messages_openapi.json")).unwrap();
        without_nullable(&mut description);
        Self(description)
    }

    fn operation(&self, path: &str, method: &str) -> &Value {
        let operation = &self.0["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not described");
        operation
    }

    fn answer(&self, path: &str, method: &str, status: u16) -> &Value {
        &self.operation(path, method)["responses"][status.to_string()]["content"]["application/json"]["schema"]
    }

    fn form(&self) -> Value {
        let content = &self.operation(LIST, "post")["requestBody"]["content"];
        closed(&content["application/x-www-form-urlencoded"]["schema"])
    }

    /// The query parameters of a list as the schema of an object.
    fn query(&self) -> Value {
        let parameters = self.operation(LIST, "get")["parameters"].as_array().unwrap();
        let of_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let properties: Map<String, Value> = of_query
            .map(|parameter| (parameter["name"].as_str().unwrap().to_owned(), parameter["schema"].clone()))
            .collect();
        closed(&json!({"type": "object", "properties": properties}))
    }

    fn validator(&self, schema: &Value) -> Validator {
        // References are written from the root of the description.
        let whole = json!({"allOf": [schema], "components": self.0["components"]});
        jsonschema::draft202012::new(&whole).unwrap()
    }

    fn check(&self, schema: &Value, value: &Value) {
        let errors: Vec<String> = self
            .validator(schema)
            .iter_errors(value)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?} in {value:#}");
    }

    fn check_message(&self, message: &Value) {
        let schema = &self.0["components"]["schemas"]["api.v2010.account.message"];
        self.check(schema, message);
        assert_eq!(names(message), names(&schema["properties"]));
    }
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema has a list of types.
fn without_nullable(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.remove("nullable") == Some(Value::Bool(true)) {
                let kind = object["type"].take();
                object.insert("type".to_owned(), json!([kind, "null"]));
            }
            object.values_mut().for_each(without_nullable);
        }
        Value::Array(values) => values.iter_mut().for_each(without_nullable),
        _ => {}
    }
}

fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema["additionalProperties"] = json!(false);
    schema
}

fn names(object: &Value) -> Vec<&String> {
    let mut names: Vec<&String> = object.as_object().unwrap().keys().collect();
    names.sort();
    names
}

/// Form fields or query parameters as JSON: numbers where the schema wants numbers.
fn decoded(schema: &Value, encoded: &[u8]) -> Value {
    let pairs: BTreeMap<String, String> = serde_urlencoded::from_bytes(encoded).unwrap();
    let typed = |(name, text): (String, String)| {
        let is_number = schema["properties"][&name]["type"] == "integer";
        let value =
            if is_number { text.parse::<i64>().map_or(json!(text), |n| json!(n)) } else { json!(text) };
        (name, value)
    };
    Value::Object(pairs.into_iter().map(typed).collect())
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn endpoints(config: &Config) -> Endpoints {
    let account = twilio::Account {
        base_url: "http://127.0.0.1:1".to_owned(),
        account_sid: config.account_sid.clone(),
        user: config.account_sid.clone(),
        secret: config.auth_token.clone(),
    };
    Endpoints { twilio: Some(account), ..Endpoints::default() }
}

/// What our client writes, what the World says to it, and what our client makes of that.
fn exchange(world: &mut World, request: &Request) -> (http::Request<Vec<u8>>, u16, Value, Outcome) {
    let sent = encode(request, &endpoints(&world.config)).unwrap();
    let Reaction::Respond(response) = world.handle(&sent) else { panic!("no answer") };
    let body = serde_json::from_slice(response.body()).unwrap();
    let status = response.status().as_u16();
    (sent, status, body, decode(request, Transport::Response(response)))
}

fn create(to: &str, body: &str) -> Request {
    Request::CreateMessage { from: number(OURS), to: number(to), body: Body(body.to_owned()) }
}

fn list() -> Request {
    Request::ListMessages { from: None, to: None, sent_since: None, page_size: 2 }
}

#[test]
fn creating_a_message() {
    let description = Description::load();
    let mut world = World::new(Config::default());
    for body in ["Hello", "Bonjour, ça va ? 😀 & = + %", &"long ".repeat(100)] {
        let (sent, status, message, outcome) = exchange(&mut world, &create(THEIRS, body));
        let form = description.form();
        let fields = decoded(&form, sent.body());
        description.check(&form, &fields);
        assert_eq!(fields, json!({"To": THEIRS, "From": OURS, "Body": body}));
        assert_eq!(sent.uri().path(), LIST.replace("{AccountSid}", &world.config.account_sid));
        assert_eq!(status, 201);
        description.check_message(&message);
        description.check(description.answer(LIST, "post", 201), &message);
        assert!(matches!(outcome, Outcome::Accepted { answer: Answer::Message(_), .. }), "{outcome:?}");
    }
}

#[test]
fn fetching_a_message_at_every_stage_of_its_life() {
    let description = Description::load();
    for end in [Final::Sent, Final::Delivered, Final::Undelivered, Final::Failed] {
        let mut world = World::new(Config::default());
        world.outcome_for(THEIRS, end, Some(30008));
        let sid = exchange(&mut world, &create(THEIRS, "Hello")).2["sid"].as_str().unwrap().to_owned();
        for _ in 0..16 {
            let (sent, status, message, _) =
                exchange(&mut world, &Request::FetchMessage { sid: sid.clone() });
            let path = ONE.replace("{AccountSid}", &world.config.account_sid).replace("{Sid}", &sid);
            assert_eq!((status, sent.uri().path()), (200, path.as_str()));
            description.check_message(&message);
            description.check(description.answer(ONE, "get", 200), &message);
            world.advance(Duration::from_millis(500));
        }
    }
}

#[test]
fn listing_messages_page_by_page() {
    let description = Description::load();
    let mut world = World::new(Config::default());
    for word in ["one", "two", "three"] {
        exchange(&mut world, &create(THEIRS, word));
        world.inbound(THEIRS, OURS, word);
    }
    world.advance(Duration::from_secs(60));
    let filtered = Request::ListMessages {
        from: Some(number(OURS)),
        to: Some(number(THEIRS)),
        sent_since: Some("2026-01-01".to_owned()),
        page_size: 2,
    };
    for (first, expected) in [(list(), 6), (filtered, 3)] {
        let mut next = Some(first);
        let mut seen = 0;
        while let Some(request) = next.take() {
            let (sent, status, page, _) = exchange(&mut world, &request);
            let query = description.query();
            description.check(&query, &decoded(&query, sent.uri().query().unwrap().as_bytes()));
            assert_eq!(status, 200);
            let schema = description.answer(LIST, "get", 200);
            description.check(schema, &page);
            assert_eq!(names(&page), names(&schema["properties"]));
            let messages = page["messages"].as_array().unwrap();
            messages.iter().for_each(|message| description.check_message(message));
            seen += messages.len();
            next = page["next_page_uri"].as_str().map(|uri| Request::NextMessages { uri: uri.to_owned() });
        }
        assert_eq!(seen, expected);
    }
}

/// The description has no error body; FACTS 5 has.
#[test]
fn refusals_have_twilios_error_body() {
    let description = Description::load();
    let schema = closed(&json!({
        "type": "object",
        "required": ["code", "message", "more_info", "status"],
        "properties": {
            "code": {"type": "integer"}, "message": {"type": "string"}, "status": {"type": "integer"},
            "more_info": {"type": "string", "pattern": "^https://www.twilio.com/docs/errors/[0-9]+$"},
        }
    }));
    let mut world = World::new(Config::default());
    let missing = Request::FetchMessage { sid: format!("SM{:032}", 0) };
    for (request, code) in [(create("+15005550001", "Hi"), 21211), (missing, 20404)] {
        let (_, status, body, outcome) = exchange(&mut world, &request);
        description.check(&schema, &body);
        assert_eq!((&body["code"], &body["status"]), (&json!(code), &json!(status)));
        assert!(matches!(outcome, Outcome::Rejected { code: Some(c), .. } if c == code), "{outcome:?}");
    }
}

/// The checks above can fail: each of these is a mistake Twilio's description knows about.
#[test]
fn mistakes_are_noticed() {
    let description = Description::load();
    let mut world = World::new(Config::default());
    let message = exchange(&mut world, &create(THEIRS, "Hello")).2;
    let schema = description.answer(LIST, "post", 201);
    let validator = description.validator(schema);
    for (name, wrong) in [
        ("num_segments", json!(1)),
        ("price", json!(-0.0075)),
        ("error_code", json!("30003")),
        ("status", json!("on its way")),
        ("direction", json!("outbound")),
        ("sid", json!("SM1")),
    ] {
        let mut changed = message.clone();
        changed[name] = wrong;
        assert!(validator.is_valid(&message) && !validator.is_valid(&changed), "{name}");
    }
    let form = description.form();
    assert!(!description.validator(&form).is_valid(&json!({"to": THEIRS, "Body": "Hi"})));
    let query = description.query();
    for wrong in ["PageSize=0", "PageSize=1001", "PageSize=many", "Status=sent"] {
        assert!(!description.validator(&query).is_valid(&decoded(&query, wrong.as_bytes())), "{wrong}");
    }
}

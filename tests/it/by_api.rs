//! A system with an API: the same documents are entered by requests, no browser has a part in it, and nothing is entered
//! twice whatever goes wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jitan::engine::boundary::Boundary;
use jitan::model::document::event::FailureClass;
use jitan::model::document::stage::{Stage as DocumentStage, StageKind};

use crate::crash_matrix::crash_and_go_on;
use crate::night::{Night, Settings, my_number, told};
use crate::portal::API_KEY;
use crate::portal::faults::{Answer, Fault, Kind, Stage};
use crate::scenario_folder::{Folder, Mistake, each_is_told};

const FIELDS: [&str; 18] = [
    "kana",
    "name",
    "birth_era",
    "birth_y",
    "birth_m",
    "birth_d",
    "my_number",
    "phone",
    "occupation",
    "bank",
    "branch",
    "account_type",
    "account_no",
    "child1_name",
    "child1_y",
    "child1_m",
    "child1_d",
    "child1_living",
];

/// The scenario's steps as requests.
fn steps() -> String {
    let field = |name: &str| format!("          - {{at: /{name}, value: ${name}}}\n");
    let fields: String = FIELDS.iter().map(|name| field(name)).collect();
    format!(
        "steps:
  - http:
      get: /api/towns/$postal
      take: [{{into: town, at: /town/name}}]
      refused_by: {{status: [404], said: /message}}
  - submit:
      http:
        post: /api/claims
        json:
{fields}          - {{at: /submitted, value: $submitted | era_date}}
          - {{at: /postal, value: $postal | postal_hyphen}}
          - {{at: /address, value: $town ~ \"二丁目66-1\"}}
        confirmed_by: 201
        receipt: /receipt/number
        refused_by: {{status: [422], said: /message}}
      probe:
        http:
          get: /api/claims
          query: [{{name: my_number, value: $my_number}}]
          rows: /items
        matches:
          - {{column: kana, value: $kana}}
          - {{column: account_no, value: $account_no}}
        receipt: receipt
        entered_by: entered_by
        entered_at: entered_at

"
    )
}

/// An installation whose shipped scenario enters by the portal's API. There is no browser.
fn night(settings: &Settings) -> Night {
    night_of(settings, &steps())
}

fn night_of(settings: &Settings, steps: &str) -> Night {
    let night = Night::begin(settings);
    let file = |name: &str| night.path("scenarios").join(name);
    let target = fs::read_to_string(file("targets/portal.yaml")).unwrap();
    let headers = "\napi_headers:\n  - {name: X-Api-Key, value: {secret: portal-key}}\n";
    fs::write(file("targets/portal.yaml"), target + headers).unwrap();
    night.keep_secret("portal-key", API_KEY);
    let mut scenario = fs::read_to_string(file("jido-teate/scenario.yaml")).unwrap();
    let (first, last) = (scenario.find("\nsteps:").unwrap() + 1, scenario.find("# 実行前の点検").unwrap());
    scenario.replace_range(first..last, steps);
    fs::write(file("jido-teate/scenario.yaml"), scenario).unwrap();
    fs::write(night.path("jitan.toml"), "[browser]\npath = \"/nonexistent\"\n").unwrap();
    let deployed = night.jitan(&["deploy", file("jido-teate").to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    night
}

fn hasty() -> Settings {
    Settings { step_timeout: "2s", retry: "{limit: 5, interval: 1s, backoff: 1}", ..Settings::default() }
}

#[test]
fn a_document_is_entered_by_the_api_and_its_trace_tells_how() {
    let night = night(&Settings::default());
    let run = night.plugged(None, &[night.given(1)]);
    assert!(run.status.success(), "{}", told(&run));
    assert_eq!(night.stages(), [StageKind::Done], "{}", told(&run));
    let entries = night.portal.ledger().entries();
    assert_eq!(entries.len(), 1);
    let entered = |name: &str| entries[0].values[name].as_str();
    assert_eq!(entered("my_number"), my_number(1));
    assert_eq!(entered("address"), "板橋区板橋二丁目66-1", "what one answer said is sent in the next request");
    assert_eq!(entered("submitted"), "令和8年11月20日");
    let id = night.documents()[0].id.to_string();
    let story = told(&night.jitan(&["documents", "show", &id]));
    assert!(story.contains(&entries[0].receipt), "{story}");
    let trace = night.path("trace.html");
    let made = night.jitan(&["documents", "trace", &id, "--output", trace.to_str().unwrap()]);
    let html = fs::read_to_string(&trace).unwrap_or_else(|_| panic!("{}", told(&made)));
    let html = html.replace("&#x2f;", "/");
    for told in ["GET /api/towns/*", "POST /api/claims", "201"] {
        assert!(html.contains(told), "{told} is not in {html}");
    }
    assert!(!html.contains("click") && !html.contains("read back"), "there is no page: {html}");
    for personal in [my_number(1).as_str(), "1738501", "板橋　花子", API_KEY] {
        assert!(!html.contains(personal), "{personal} is in the trace");
    }
}

#[test]
fn whatever_goes_wrong_at_the_request_everybody_is_entered_once() {
    let late = Kind::LateCommit { ms: 2_500, answer: Answer::Status(504) };
    let then = |answer| Kind::CommitThen { answer };
    let wrong = [
        ("500, nothing done", Kind::Status { code: 500 }),
        ("404, nothing done", Kind::Status { code: 404 }),
        ("500 after the commit", then(Answer::Status(500))),
        ("cut, nothing done", Kind::Drop),
        ("cut after the commit", then(Answer::Drop)),
        ("silence, nothing done", Kind::Hang),
        ("silence after the commit", then(Answer::Hang)),
        ("a commit 2.5 s late", late),
    ];
    for (what, kind) in wrong {
        let night = night(&Settings { settles_within: "4s", ..hasty() });
        night.portal.faults().add(Fault { stage: Stage::Commit, kind, times: Some(1), after: 0 });
        let run = night.plugged(None, &[night.given(1), night.given(2)]);
        assert!(run.status.success(), "{what}: {}", told(&run));
        assert_eq!(night.stages(), [StageKind::Done, StageKind::Done], "{what}: {}", told(&run));
        let once: BTreeMap<String, usize> = (1..=2).map(|person| (my_number(person), 1)).collect();
        assert_eq!(night.entered(), once, "{what}");
        assert!(night.portal.faults().waiting().is_empty(), "{what}: nothing went wrong");
    }
}

#[test]
fn killed_at_any_boundary_everybody_is_entered_exactly_once() {
    // No browser gives up a request here.
    let probing = [Boundary::ProbeSeen, Boundary::Probed, Boundary::Settled, Boundary::RequestHeld];
    for boundary in Boundary::ALL.into_iter().filter(|boundary| !probing.contains(boundary)) {
        crash_and_go_on(&night(&Settings::default()), boundary, None);
    }
}

#[test]
fn what_the_system_refuses_is_told_in_its_words_and_not_tried_again() {
    let refused =
        [("account_no", "12345678", "口座番号は7文字以内で"), ("postal", "0000000", "この郵便番号の町はありません")];
    for (field, text, words) in refused {
        let night = night(&hasty());
        let file = given_with(&night, field, text);
        let run = night.plugged(None, &[file]);
        assert!(run.status.success(), "{}", told(&run));
        let documents = night.documents();
        assert!(
            matches!(&documents[0].stage, DocumentStage::Failed { retry_at: None, .. }),
            "{:?}",
            documents[0].stage
        );
        let story = told(&night.jitan(&["documents", "show", &documents[0].id.to_string()]));
        assert!(story.contains(words), "{words} is not in {story}");
        assert!(night.portal.ledger().entries().is_empty());
    }
}

/// The first person's document, with one value written otherwise.
fn given_with(night: &Night, field: &str, text: &str) -> PathBuf {
    let file = night.given(1);
    let mut values: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    values[field] = text.into();
    fs::write(&file, values.to_string()).unwrap();
    file
}

#[test]
fn a_value_that_cannot_be_sent_as_declared_stops_its_document_before_the_intent() {
    let as_text = "{at: /account_no, value: $account_no}";
    let as_number = steps().replace(as_text, "{at: /account_no, value: $account_no, as: number}");
    assert_ne!(as_number, steps());
    let night = night_of(&hasty(), &as_number);
    let run = night.plugged(None, &[given_with(&night, "account_no", "12 34")]);
    assert!(run.status.success(), "{}", told(&run));
    let document = &night.documents()[0];
    let business = FailureClass::Business;
    assert!(
        matches!(&document.stage, DocumentStage::Failed { class, retry_at: None, .. } if *class == business),
        "{:?}",
        document.stage
    );
    let story = told(&night.jitan(&["documents", "show", &document.id.to_string()]));
    assert!(story.contains("/account_no") && !story.contains("12 34"), "{story}");
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn a_wrong_key_stops_the_scenario_before_anything_is_sent() {
    let night = night(&hasty());
    night.keep_secret_again("portal-key", "another key");
    night.plugged(None, &[night.given(1), night.given(2)]);
    assert_eq!(night.stages(), [StageKind::Ready, StageKind::Ready]);
    assert!(night.portal.ledger().entries().is_empty());
    let looked = told(&night.jitan(&["canary"]));
    assert!(looked.contains("HTTP 401"), "{looked}");
}

#[test]
fn the_check_before_the_batch_asks_the_api_too() {
    let looked = told(&night(&hasty()).jitan(&["canary"]));
    assert!(looked.contains("ok jido-teate: 1 checked") && looked.contains("GET /api/claims"), "{looked}");
}

const SCENARIO: &str = "scenario.yaml";
const CLICK: &str = "  - click: {button: 確認}";

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    (SCENARIO, CLICK, "  - http: {query: [{name: a, value: b}]}", "format.one-key-needed"),
    (SCENARIO, CLICK, "  - http: {get: api}", "format.bad-path"),
    (SCENARIO, CLICK, "  - http: {get: /api/$nobody}", "format.unknown-field"),
    (SCENARIO, CLICK, "  - http: {get: /api, json: [{at: /a, value: b}]}", "format.get-with-json"),
    (SCENARIO, CLICK, "  - http: {get: /api, status: 404}", "format.bad-status"),
    (SCENARIO, CLICK, "  - http: {get: /api, refused_by: {status: [500]}}", "format.bad-status"),
    (SCENARIO, CLICK, "  - http: {get: /api, take: [{into: a, at: b}]}", "format.bad-pointer"),
    (SCENARIO, CLICK, "  - http: {get: /api, take: [{into: name, at: /b}]}", "format.taken-is-a-field"),
    (SCENARIO, CLICK, "  - submit: {http: {get: /api, confirmed_by: 201}, on_unknown: ask}", "format.submit-by-get"),
    (SCENARIO, CLICK, "  - submit: {http: {post: /api, confirmed_by: 201}, receipt: {css: b}, on_unknown: ask}", "format.key-beside-http"),
    (SCENARIO, CLICK, "  - submit: {click: {text: a}, on_unknown: ask}", "format.missing-key"),
    (SCENARIO, "      on_unknown: ask", "      probe: {http: {get: /api, rows: /i}, rows: tr, matches: [{column: a, value: $kana}]}", "format.key-beside-http"),
    (SCENARIO, "      on_unknown: ask", "      probe: {steps: [{open: /a}], matches: [{column: a, value: $kana}]}", "format.missing-key"),
    ("targets/demo-system.yaml", "signed_out:", "api_headers: [{name: a, value: $kana}]\nsigned_out:", "format.field-in-sign-in"),
];

#[test]
fn mistakes_in_requests_are_told_at_their_place() {
    each_is_told(MISTAKES, Folder::new);
}

//! What a scenario does in the target after it failed there: a case that was opened is given back.

use std::fs;

use serde_json::Value;

use jitan::model::document::stage::StageKind;

use crate::night::{Night, Settings, told};
use crate::portal::faults::{Fault, Kind, Stage};

/// The shipped scenario, which leaves by these steps.
fn leaving_by(steps: &str) -> Night {
    let night =
        Night::begin(&Settings { step_timeout: "2s", retry: "{limit: 0, interval: 1s}", ..Settings::default() });
    let file = night.path("scenarios/jido-teate/scenario.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\nbaselines:", &format!("\non_error:\n{steps}\nbaselines:"))).unwrap();
    let deployed = night.jitan(&["deploy", night.path("scenarios/jido-teate").to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    night
}

fn rename(night: &Night) {
    let kind = Kind::RenameLabel { from: "口座番号".to_owned(), to: "口座の番号".to_owned() };
    night.portal.faults().add(Fault { stage: Stage::Entry, kind, times: None, after: 0 });
}

fn trace(night: &Night) -> String {
    let id = night.documents()[0].id.to_string();
    let written = night.jitan(&["documents", "trace", &id, "--output", "trace.html"]);
    assert!(written.status.success(), "{}", told(&written));
    fs::read_to_string(night.path("trace.html")).unwrap()
}

#[test]
fn a_document_that_stops_leaves_by_the_steps_for_that_and_keeps_its_first_reason() {
    let night = leaving_by("  - open: /search\n  - expect: {button: 検索}");
    rename(&night);
    night.plugged(None, &[night.given(1)]);
    assert_eq!(night.stages(), [StageKind::Held]);
    let trace = trace(&night);
    let left = trace.split("leaving after the failure").nth(1).unwrap_or_else(|| panic!("{trace}"));
    assert!(left.contains("search</td>") && left.contains("button: 検索"), "{left}");
    let id = night.documents()[0].id.to_string();
    assert!(told(&night.jitan(&["documents", "show", &id])).contains("label: 口座番号"));
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn steps_for_leaving_that_fail_as_well_change_nothing() {
    let night = leaving_by("  - click: {button: ここにはない}");
    rename(&night);
    let run = told(&night.plugged(None, &[night.given(1)]));
    assert_eq!(night.stages(), [StageKind::Held], "{run}");
    let id = night.documents()[0].id.to_string();
    let story = told(&night.jitan(&["documents", "show", &id]));
    assert!(story.contains("label: 口座番号") && !story.contains("ここにはない"), "{story}");
}

#[test]
fn the_check_before_the_batch_leaves_by_them_too_and_holds_only_for_what_they_open_themselves() {
    let looked = |night: &Night| told(&night.jitan(&["canary"]));
    let stands = leaving_by("  - open: /search\n  - expect: {button: 検索}");
    let looks: Value = serde_json::from_slice(&stands.jitan(&["canary", "--format", "json"]).stdout).unwrap();
    let findings = looks[0]["findings"].as_array().unwrap();
    let left: Vec<_> = findings.iter().filter(|finding| finding["place"] == "on_error").collect();
    assert!(left.len() == 2 && left.iter().all(|finding| finding["verdict"]["verdict"] == "stands"), "{looks}");
    // On the page of a failure it may stand; on the one where the check ended it does not.
    let elsewhere = looked(&leaving_by("  - click: {button: ここにはない}\n  - open: /search"));
    assert!(elsewhere.contains("ok jido-teate") && elsewhere.contains("page of a failure"), "{elsewhere}");
    let gone = looked(&leaving_by("  - open: /search\n  - click: {button: ここにはない}"));
    assert!(gone.contains("changed jido-teate") && gone.contains("ここにはない"), "{gone}");
}

#[test]
fn a_document_that_is_entered_leaves_nothing_behind_and_takes_none_of_them() {
    let night = leaving_by("  - click: {button: ここにはない}");
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    assert_eq!(night.stages(), [StageKind::Done]);
    assert!(!trace(&night).contains("leaving after the failure"));
}

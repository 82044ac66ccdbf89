//! The plug is pulled at every named boundary of the submit path, and the run goes on afterwards: nothing is lost,
//! nothing is entered twice, nothing is wrongly called done. Entries are counted in the portal's own ledger.
//!
//! `PROOF_CRASHES` sets how often each boundary is tried (once otherwise).

use std::collections::BTreeMap;

use jitan::engine::boundary::Boundary;
use jitan::model::document::stage::StageKind;

use crate::night::{Night, Settings, my_number, told};
use crate::portal::faults::{Fault, Kind, Stage};

const PEOPLE: u32 = 2;

fn tries() -> u32 {
    std::env::var("PROOF_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// What the ledger and the documents must say in the end.
fn check(night: &Night, boundary: Boundary) {
    let expected: BTreeMap<String, usize> = (1..=PEOPLE).map(|person| (my_number(person), 1)).collect();
    let entered = night.entered();
    for (person, times) in &entered {
        assert!(*times == 1, "{boundary:?}: {person} was entered {times} times");
    }
    for document in night.documents() {
        let kind = document.stage.kind();
        assert!(
            matches!(kind, StageKind::Done | StageKind::Unknown),
            "{boundary:?}: a document ended as {kind:?}: {:?}",
            document.stage
        );
    }
    let done = night.stages().iter().filter(|kind| **kind == StageKind::Done).count();
    assert!(done <= entered.len(), "{boundary:?}: {done} are called done, {} stand in the ledger", entered.len());
    assert_eq!(entered, expected, "{boundary:?}: somebody is missing, or a stranger is there");
}

pub fn crash_and_go_on(night: &Night, boundary: Boundary, fault: Option<&Fault>) {
    let files: Vec<_> = (1..=PEOPLE).map(|person| night.given(person)).collect();
    if let Some(fault) = fault {
        night.portal.faults().add(fault.clone());
    }
    let killed = night.plugged(Some(boundary.word()), &files);
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&killed.status),
        Some(9),
        "{boundary:?}: {}",
        told(&killed)
    );
    let finished = night.plugged(None, &[]);
    assert!(finished.status.success(), "{boundary:?}: {}", told(&finished));
    check(night, boundary);
}

/// Boundaries that an undisturbed submit passes.
fn undisturbed() -> impl Iterator<Item = Boundary> {
    let probing = [Boundary::ProbeSeen, Boundary::Probed, Boundary::Settled];
    Boundary::ALL.into_iter().filter(move |b| !probing.contains(b))
}

#[test]
fn killed_at_any_boundary_of_the_submit_everybody_is_entered_exactly_once() {
    for round in 0..tries() {
        for boundary in undisturbed() {
            println!("round {round}: {}", boundary.word());
            crash_and_go_on(&Night::begin(&Settings::default()), boundary, None);
        }
    }
}

#[test]
fn killed_while_it_asks_what_became_of_a_late_commit_everybody_is_entered_exactly_once() {
    // The portal answers nothing, and commits 2.5 s later: after our time-out, and after the first probe.
    let settings = Settings { settles_within: "4s", step_timeout: "1s", ..Settings::default() };
    for round in 0..tries() {
        for boundary in [Boundary::ProbeSeen, Boundary::Probed, Boundary::Settled] {
            println!("round {round}: {}", boundary.word());
            crash_and_go_on(&Night::begin(&settings), boundary, Some(&late(2_500, 1)));
        }
    }
}

#[test]
fn killed_at_any_boundary_before_a_late_commit_everybody_is_entered_exactly_once() {
    let settings = Settings { settles_within: "4s", step_timeout: "1s", ..Settings::default() };
    for round in 0..tries() {
        use Boundary::{BeforeClick, ClickDispatched, Intended, RequestHeld};
        for boundary in [Intended, BeforeClick, ClickDispatched, RequestHeld] {
            println!("round {round}: {}", boundary.word());
            crash_and_go_on(&Night::begin(&settings), boundary, Some(&late(2_500, 2)));
        }
    }
}

fn late(ms: u64, times: u32) -> Fault {
    let kind = serde_json::from_value(serde_json::json!({"late_commit": {"ms": ms, "answer": "hang"}}));
    let kind: Kind = kind.unwrap();
    Fault { stage: Stage::Commit, kind, times: Some(times), after: 0 }
}

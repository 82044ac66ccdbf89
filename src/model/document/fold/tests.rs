//! Every pair of stage and event against the table, and what must hold in every legal history.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::message;
use crate::model::document::event::{EventKind as E, Medium, RejectReason};
use crate::model::document::stage::StageKind as S;
use crate::model::document::table::{MayDo, TABLE};
use crate::model::id::{Digest, FormName, IntakeId, ScenarioName, TargetName, VersionId};
use crate::model::target::Environment;

const CLERK: &str = "hanako";

fn noon() -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 20, 3, 0, 0).unwrap()
}

fn id() -> DocumentId {
    DocumentId { intake: IntakeId::from_bytes([7; 10]), position: 1 }
}

fn digest(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

fn field(n: u8) -> FieldName {
    FieldName::new(format!("field-{n}")).unwrap()
}

fn why() -> Message {
    message!("model.restored-from-backup")
}

fn person() -> Who {
    Who::Person(CLERK.into())
}

fn lease(n: u8) -> Lease {
    Lease { token: LeaseToken::from_bytes([n; 8]), until: noon() + TimeDelta::minutes(5) }
}

fn intent(token: u8, values: Digest) -> Intent {
    let target = TargetName::new("portal").unwrap();
    Intent { step: 2, values, lease: lease(token).token, target, settles_within: Some(Duration::from_secs(120)) }
}

fn document(stage: Stage) -> Document {
    Document {
        id: id(),
        version: 9,
        scenario: ScenarioName::new("児童手当").unwrap(),
        scenario_version: VersionId::from_bytes([1; 16]),
        environment: Environment::Live,
        received_at: noon(),
        updated_at: noon(),
        stage,
        form: None,
        values: Some(digest(1)),
        values_version: 2,
        failures: 0,
        duplicate_cleared: false,
    }
}

/// A document at a stage, with data under which every step of the table is legal.
fn standing(kind: S, event: E) -> Document {
    let present = Doubt { last: Some(ProbeAnswer::Present), ..new_doubt(Some(intent(1, digest(1))), noon(), None) };
    let unknown = Stage::Unknown { doubt: present, why: why() };
    document(match kind {
        S::Received => Stage::Received,
        S::Review => review(vec![field(1)]),
        S::DuplicateSuspected => Stage::DuplicateSuspected { of: id() },
        S::Ready => Stage::Ready,
        S::Entering => Stage::Entering { lease: lease(1), precheck: None },
        S::Intended => Stage::Intended { intent: intent(1, digest(1)), at: noon(), precheck: None },
        S::Sent => Stage::Sent { intent: intent(1, digest(1)), at: noon(), precheck: None },
        S::Confirmed => Stage::Confirmed { at: noon() },
        S::Unknown => unknown,
        S::Done => Stage::Done { credited_at: noon() },
        S::DoneByHand => Stage::DoneByHand,
        S::Rejected => Stage::Rejected { why: RejectReason::Other },
        S::Failed => Stage::Failed { class: FailureClass::System, why: why(), retry_at: None },
        S::Taken => {
            let from = if event == E::Settled { unknown } else { Stage::Ready };
            Stage::Taken { by: CLERK.into(), from: Box::new(from) }
        }
        S::Held => Stage::Held { why: why(), from: Box::new(Stage::Ready) },
        S::Erased => Stage::Erased { was: S::Done },
    })
}

/// An event of a kind; `n` varies its data.
fn event(kind: E, n: u8) -> DocumentEvent {
    let answers = [ProbeAnswer::Absent, ProbeAnswer::Present, ProbeAnswer::Ambiguous];
    let answer = answers[usize::from(n) % 3];
    let some: Vec<FieldName> = (0..n % 4).map(field).collect();
    match kind {
        E::Received => DocumentEvent::Received {
            scenario: ScenarioName::new("児童手当").unwrap(),
            version: VersionId::from_bytes([1; 16]),
            environment: Environment::Live,
            run: None,
            medium: Medium::Paper,
        },
        E::Read => DocumentEvent::Read {
            form: FormName::new("児童手当-7年版").unwrap(),
            reader: "tesseract 5.3".into(),
            fields: 15,
            doubtful: some,
            values: digest(1),
        },
        E::PageRefused => DocumentEvent::PageRefused { why: why() },
        E::DuplicateSuspected => DocumentEvent::DuplicateSuspected { of: id() },
        E::DuplicateCleared => DocumentEvent::DuplicateCleared { seconds: 4 },
        E::Reviewed => DocumentEvent::Reviewed {
            corrected: some,
            confirmed: vec![field(n % 5)],
            left: if n.is_multiple_of(2) { vec![] } else { vec![field(9)] },
            values: digest(n % 2),
            seconds: 30,
        },
        E::Rejected => DocumentEvent::Rejected { why: RejectReason::Incomplete, seconds: 5 },
        E::Started => DocumentEvent::Started { lease: lease(n % 2 + 1), run: None },
        E::Prechecked => DocumentEvent::Prechecked { answer },
        E::Intended => DocumentEvent::Intended { intent: intent(n % 2 + 1, digest(n / 2 % 2)) },
        E::Sent => DocumentEvent::Sent { status: Some(200) },
        E::NotSent => DocumentEvent::NotSent { why: why() },
        E::Confirmed => DocumentEvent::Confirmed { evidence: digest(3), receipt: true },
        E::OutcomeUnknown => DocumentEvent::OutcomeUnknown { why: why() },
        E::Probed => DocumentEvent::Probed { answer },
        E::Settled => DocumentEvent::Settled {
            outcome: [Settlement::Entered, Settlement::NotEntered, Settlement::ByHand][usize::from(n) % 3],
            seconds: 0,
        },
        E::Done => DocumentEvent::Done,
        E::Failed => DocumentEvent::Failed {
            class: if n.is_multiple_of(2) { FailureClass::Business } else { FailureClass::System },
            why: why(),
            retry_at: (n % 4 == 1).then(noon),
        },
        E::Requeued => DocumentEvent::Requeued { version: None },
        E::Taken => DocumentEvent::Taken,
        E::Released => DocumentEvent::Released { seconds: 60 },
        E::FinishedByHand => DocumentEvent::FinishedByHand { seconds: 300 },
        E::Held => DocumentEvent::Held { why: why() },
        E::Resumed => DocumentEvent::Resumed { version: None },
        E::RestoredFromBackup => DocumentEvent::RestoredFromBackup,
        E::Erased => DocumentEvent::Erased,
    }
}

/// The event in the form that fits `standing`.
fn fitting(kind: E) -> DocumentEvent {
    match kind {
        E::Intended => DocumentEvent::Intended { intent: intent(1, digest(1)) },
        kind => event(kind, 0),
    }
}

fn step(before: &Document, who: Who, event: &DocumentEvent) -> Result<Document, IllegalStep> {
    apply(id(), Some(before), &Stamp { at: noon(), who }, event)
}

#[test]
fn every_pair_of_stage_event_and_hand_is_legal_exactly_if_the_table_says_so() {
    for from in S::ALL {
        for kind in E::ALL {
            for who in [Who::Jitan, person()] {
                let legal = table::find(Some(from), kind).is_some_and(|rule| rule.who.allows(&who));
                let before = standing(from, kind);
                let after = step(&before, who.clone(), &fitting(kind));
                assert_eq!(after.is_ok(), legal, "{from:?} × {kind:?} × {who:?}: {after:?}");
                if let Ok(after) = after {
                    assert_eq!(after.version, before.version + 1);
                }
            }
        }
    }
}

#[test]
fn only_receipt_begins_a_document() {
    for kind in E::ALL {
        let born = apply(id(), None, &Stamp { at: noon(), who: Who::Jitan }, &fitting(kind));
        assert_eq!(born.is_ok(), kind == E::Received, "{kind:?}");
    }
}

#[test]
fn the_table_names_no_step_twice_and_leaves_final_stages_by_erasing_only() {
    let pairs: BTreeSet<_> = TABLE.iter().map(|rule| (rule.from, rule.event)).collect();
    assert_eq!(pairs.len(), TABLE.len());
    for rule in TABLE.iter().filter(|rule| rule.from.is_some_and(S::is_final)) {
        assert_eq!(rule.event, E::Erased);
    }
}

#[test]
fn nobody_but_the_program_reports_what_the_target_did() {
    for kind in [E::Started, E::Intended, E::Sent, E::NotSent, E::Confirmed, E::Probed, E::Done] {
        for rule in TABLE.iter().filter(|rule| rule.event == kind) {
            assert_eq!(rule.who, MayDo::Program, "{rule:?}");
        }
    }
}

#[test]
fn a_system_failure_after_sending_is_an_unknown_outcome_and_no_failure() {
    let sent = standing(S::Sent, E::Failed);
    assert_eq!(step(&sent, Who::Jitan, &event(E::Failed, 1)), Err(IllegalStep::OutcomeOpen));
}

#[test]
fn a_business_failure_is_tried_again_by_a_persons_word_only() {
    let refused = document(Stage::Failed { class: FailureClass::Business, why: why(), retry_at: None });
    assert_eq!(
        step(&refused, Who::Jitan, &DocumentEvent::Requeued { version: None }),
        Err(IllegalStep::NotRetriedByItself)
    );
    assert_eq!(step(&refused, person(), &DocumentEvent::Requeued { version: None }).unwrap().stage, Stage::Ready);
}

#[test]
fn a_document_whose_outcome_is_unknown_cannot_be_rejected_from_a_persons_hands() {
    let unknown = standing(S::Unknown, E::Taken).stage;
    let taken = document(Stage::Taken { by: CLERK.into(), from: Box::new(unknown) });
    assert_eq!(step(&taken, person(), &fitting(E::Rejected)), Err(IllegalStep::OutcomeOpen));
}

#[test]
fn a_field_that_the_reviewer_did_not_name_stays_doubtful() {
    let before = document(review(vec![field(1), field(2), field(3)]));
    let reviewed = DocumentEvent::Reviewed {
        corrected: vec![field(1)],
        confirmed: vec![field(2)],
        left: vec![],
        values: digest(2),
        seconds: 20,
    };
    assert_eq!(step(&before, person(), &reviewed).unwrap().stage, review(vec![field(3)]));
}

#[test]
fn after_a_restore_doubtful_fields_are_still_doubtful() {
    let before = document(review(vec![field(1)]));
    let unknown = step(&before, Who::Jitan, &DocumentEvent::RestoredFromBackup).unwrap();
    let again = step(&unknown, Who::Jitan, &DocumentEvent::RestoredFromBackup).unwrap();
    let not_entered = DocumentEvent::Settled { outcome: Settlement::NotEntered, seconds: 9 };
    assert_eq!(step(&again, person(), &not_entered).unwrap().stage, before.stage);
}

#[test]
fn after_a_restore_absence_counts_from_the_restore_since_a_later_intent_may_be_lost() {
    let restored_at = noon() + TimeDelta::hours(1);
    let stamp = Stamp { at: restored_at, who: Who::Jitan };
    let sent = standing(S::Sent, E::RestoredFromBackup);
    let restored = apply(id(), Some(&sent), &stamp, &DocumentEvent::RestoredFromBackup).unwrap();
    let Stage::Unknown { doubt, .. } = restored.stage else { panic!("{:?}", restored.stage) };
    assert_eq!(doubt.since, restored_at);
}

/// One raw choice of a history: which event, with which data, by whom, how many seconds later.
type Choice = (usize, u8, bool, i64);

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec((0usize..64, 0u8..24, any::<bool>(), 0i64..200), 1..120)
}

/// Mostly a step that the table names for this stage, now and then any other.
fn pick(stage: S, (choice, n, ..): Choice) -> E {
    let legal: Vec<E> = TABLE.iter().filter(|rule| rule.from == Some(stage)).map(|rule| rule.event).collect();
    match legal.get(choice % (legal.len() + 1)) {
        Some(kind) => *kind,
        None => E::ALL[(choice + usize::from(n)) % E::ALL.len()],
    }
}

/// What an observer without the fold would write down about a history.
#[derive(Default)]
struct Observer {
    /// An act may have reached the target and is not accounted for.
    act_open: bool,
    refused_by_target: bool,
    doubtful: BTreeSet<FieldName>,
}

impl Observer {
    fn sees(&mut self, before: &Stage, who: &Who, event: &DocumentEvent) {
        match event {
            DocumentEvent::Intended { .. } => {
                assert!(!self.act_open, "a second act while the first is not accounted for");
                self.act_open = true;
            }
            DocumentEvent::NotSent { .. } | DocumentEvent::Settled { outcome: Settlement::NotEntered, .. } => {
                self.act_open = false;
            }
            DocumentEvent::Failed { class, .. } if matches!(before, Stage::Sent { .. }) => {
                assert_eq!(*class, FailureClass::Business);
                self.refused_by_target = true;
            }
            DocumentEvent::Requeued { .. } if self.refused_by_target => {
                assert_ne!(*who, Who::Jitan);
                (self.act_open, self.refused_by_target) = (false, false);
            }
            DocumentEvent::Read { doubtful, .. } => self.doubtful = doubtful.iter().cloned().collect(),
            DocumentEvent::Reviewed { corrected, confirmed, left, .. } => {
                self.doubtful.retain(|f| !corrected.contains(f) && !confirmed.contains(f));
                self.doubtful.extend(left.iter().filter(|f| **f == field(9)).cloned());
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_acts_twice_passes_doubt_unseen_or_leaves_its_end(choices in choices()) {
        let stamp = Stamp { at: noon(), who: Who::Jitan };
        let mut document = apply(id(), None, &stamp, &event(E::Received, 0)).unwrap();
        let mut observer = Observer::default();
        let mut history = vec![(stamp, event(E::Received, 0))];
        for choice in choices {
            let who = if choice.2 { person() } else { Who::Jitan };
            let at = document.updated_at + TimeDelta::seconds(choice.3);
            let (stamp, happening) = (Stamp { at, who }, event(pick(document.stage.kind(), choice), choice.1));
            let Ok(after) = apply(id(), Some(&document), &stamp, &happening) else { continue };
            prop_assert!(!document.stage.kind().is_final() || happening == DocumentEvent::Erased);
            observer.sees(&document.stage, &stamp.who, &happening);
            if matches!(after.stage.kind(), S::Ready | S::Entering | S::Intended | S::Sent) {
                prop_assert!(after.values.is_some());
                prop_assert!(observer.doubtful.is_empty(), "{:?}", observer.doubtful);
            }
            document = after;
            history.push((stamp, happening));
        }
        prop_assert_eq!(document.version, history.len() as u64);
        let folded = fold(id(), history.iter().map(|(stamp, happening)| (stamp, happening))).unwrap();
        prop_assert_eq!(folded.as_ref(), Some(&document));
        let text = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&text).unwrap(), document);
    }

    #[test]
    fn every_event_survives_its_json(kind in 0..E::ALL.len(), n in any::<u8>()) {
        let happening = event(E::ALL[kind], n);
        let text = serde_json::to_string(&happening).unwrap();
        prop_assert_eq!(serde_json::from_str::<DocumentEvent>(&text).unwrap(), happening);
    }
}

#[test]
fn a_document_that_goes_on_under_another_version_keeps_it() {
    let newer = VersionId::from_bytes([9; 16]);
    for (stage, goes_on) in [
        (S::Held, DocumentEvent::Resumed { version: Some(newer) }),
        (S::Failed, DocumentEvent::Requeued { version: Some(newer) }),
    ] {
        let before = standing(stage, goes_on.kind());
        let after = step(&before, person(), &goes_on).unwrap();
        assert_eq!((after.stage.kind(), after.scenario_version), (S::Ready, newer));
    }
}

//! What every store promises (`ports::store`), told on each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jitan::adapters::memory_store::MemoryStore;
use jitan::model::document::event::DocumentEvent;
use jitan::model::document::fold::{Stamp, fold};
use jitan::model::document::stage::StageKind;
use jitan::model::id::FieldName;
use jitan::model::journal::{Event, ScenarioEvent, Stream};
use jitan::model::message::Message;
use jitan::ports::store::{DocumentFilter, Store, StoreError};

use crate::store_given::*;

struct Subject {
    store: Arc<dyn Store>,
    /// Kept until the story ends.
    _place: Option<Place>,
}

fn in_memory() -> Subject {
    Subject { store: Arc::new(MemoryStore::new()), _place: None }
}

fn on_disk() -> Subject {
    let place = place();
    Subject { store: Arc::new(place.open()), _place: Some(place) }
}

macro_rules! on_every_store {
    ($($story:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test(flavor = "multi_thread")] async fn $story() { super::$story(super::in_memory()).await })+
        }
        mod on_disk {
            $(#[tokio::test(flavor = "multi_thread")] async fn $story() { super::$story(super::on_disk()).await })+
        }
    };
}

on_every_store!(
    a_commit_tells_where_the_document_stands,
    a_stale_writer_is_refused_and_nothing_is_written,
    an_illegal_step_takes_the_legal_ones_before_it_along,
    malformed_appends_are_refused,
    of_many_writers_with_the_same_knowledge_one_wins,
    concurrent_commits_leave_no_gap_and_keep_each_streams_order,
    the_whole_journal_is_read_in_pages,
    documents_come_in_order_of_receipt_by_stage_and_scenario,
    scenarios_have_histories_of_their_own,
    documents_are_found_by_what_they_were_remembered_under,
    what_the_store_says_is_the_fold_of_what_it_loads,
);

async fn a_commit_tells_where_the_document_stands(subject: Subject) {
    let first = subject.store.append(append(document(1), 0, vec![received()])).await.unwrap();
    assert_eq!((first.last_seq, first.version), (1, 1));
    assert_eq!(first.document.unwrap().stage.kind(), StageKind::Received);
    let rest = smooth_life().split_off(1);
    let last = subject.store.append(append(document(1), 1, rest)).await.unwrap();
    assert_eq!((last.last_seq, last.version), (7, 7));
    let now = subject.store.document(document(1)).await.unwrap();
    assert_eq!(now, last.document);
    assert_eq!(now.unwrap().stage.kind(), StageKind::Done);
    assert_eq!(subject.store.document(document(2)).await.unwrap(), None);
}

async fn a_stale_writer_is_refused_and_nothing_is_written(subject: Subject) {
    subject.store.append(append(document(1), 0, vec![received(), read(&[])])).await.unwrap();
    for stale in [0, 1, 3] {
        let refused = subject.store.append(append(document(1), stale, vec![started()])).await;
        let Err(StoreError::Conflict { expected, actual }) = refused else { panic!("{refused:?}") };
        assert_eq!((expected, actual), (stale, 2));
    }
    assert_eq!(subject.store.records(0, 99).await.unwrap().len(), 2);
    assert_eq!(subject.store.version(&Stream::Document(document(1))).await.unwrap(), 2);
    assert_eq!(subject.store.version(&Stream::Document(document(2))).await.unwrap(), 0);
}

async fn an_illegal_step_takes_the_legal_ones_before_it_along(subject: Subject) {
    subject.store.append(append(document(1), 0, vec![received()])).await.unwrap();
    let refused = subject.store.append(append(document(1), 1, vec![read(&[]), DocumentEvent::Done])).await;
    assert!(matches!(refused, Err(StoreError::Illegal(_))), "{refused:?}");
    assert_eq!(subject.store.load(&Stream::Document(document(1))).await.unwrap().len(), 1);
    let now = subject.store.document(document(1)).await.unwrap().unwrap();
    assert_eq!(now.stage.kind(), StageKind::Received);
}

async fn malformed_appends_are_refused(subject: Subject) {
    let mut foreign = append(document(1), 0, vec![received()]);
    foreign.events.push(Event::Scenario(ScenarioEvent::Resumed));
    let many = (0..2_000).map(|n| FieldName::new(format!("field-number-{n}")).unwrap()).collect();
    let DocumentEvent::Read { form, reader, fields, values, .. } = read(&[]) else { unreachable!() };
    let huge = DocumentEvent::Read { form, reader, fields, doubtful: many, values };
    for malformed in [append(document(1), 0, vec![]), foreign, append(document(1), 0, vec![received(), huge])] {
        let refused = subject.store.append(malformed).await;
        assert!(matches!(refused, Err(StoreError::Malformed(_))), "{refused:?}");
    }
    assert_eq!(subject.store.records(0, 99).await.unwrap(), []);
}

async fn of_many_writers_with_the_same_knowledge_one_wins(subject: Subject) {
    subject.store.append(append(document(1), 0, vec![received(), read(&[])])).await.unwrap();
    let writers: Vec<_> = (0..32)
        .map(|_| {
            let store = Arc::clone(&subject.store);
            tokio::spawn(async move { store.append(append(document(1), 2, vec![started()])).await })
        })
        .collect();
    let mut won = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(_) => won += 1,
            Err(refused) => assert!(matches!(refused, StoreError::Conflict { expected: 2, actual: 3 }), "{refused:?}"),
        }
    }
    assert_eq!(won, 1);
}

async fn concurrent_commits_leave_no_gap_and_keep_each_streams_order(subject: Subject) {
    let writers: Vec<_> = (0..24)
        .map(|n| {
            let store = Arc::clone(&subject.store);
            tokio::spawn(async move {
                for (version, event) in (0..).zip(smooth_life()) {
                    store.append(append(document(n), version, vec![event])).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let records = subject.store.records(0, 1_000).await.unwrap();
    assert_eq!(records.iter().map(|r| r.seq).collect::<Vec<_>>(), (1..=24 * 7).collect::<Vec<_>>());
    for n in 0..24 {
        let stream = Stream::Document(document(n));
        let own: Vec<_> = records.iter().filter(|r| r.stream == stream).cloned().collect();
        assert_eq!(own.iter().map(|r| r.version).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
        assert_eq!(own, subject.store.load(&stream).await.unwrap());
    }
}

async fn the_whole_journal_is_read_in_pages(subject: Subject) {
    for n in 0..30 {
        subject.store.append(append(document(n), 0, smooth_life())).await.unwrap();
    }
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = subject.store.records(after, 17).await.unwrap();
        assert!(page.len() <= 17);
        let Some(last) = page.last() else { break };
        after = last.seq;
        seen.extend(page.into_iter().map(|r| r.seq));
    }
    assert_eq!(seen, (1..=210).collect::<Vec<_>>());
    assert_eq!(subject.store.records(0, 0).await.unwrap(), []);
    assert_eq!(subject.store.records(u64::MAX - 1, 5).await.unwrap(), []);
}

async fn documents_come_in_order_of_receipt_by_stage_and_scenario(subject: Subject) {
    let store = &subject.store;
    for n in 0..9 {
        let name = if n % 3 == 0 { "就学援助" } else { "児童手当" };
        store.append(append(document(n), 0, vec![received_for(name)])).await.unwrap();
    }
    for n in [8, 1, 4] {
        store.append(append(document(n), 1, vec![read(&[])])).await.unwrap();
    }
    store.append(append(document(4), 2, vec![started()])).await.unwrap();
    let ids = |filter: DocumentFilter| {
        let store = Arc::clone(store);
        async move { store.documents(&filter).await.unwrap().into_iter().map(|d| d.id).collect::<Vec<_>>() }
    };
    assert_eq!(ids(DocumentFilter::default()).await, (0..9).map(document).collect::<Vec<_>>());
    let ready = DocumentFilter { scenario: None, stages: vec![StageKind::Ready] };
    assert_eq!(ids(ready).await, [1, 8].map(document));
    let several = vec![StageKind::Entering, StageKind::Ready, StageKind::Ready];
    assert_eq!(ids(DocumentFilter { scenario: None, stages: several }).await, [1, 4, 8].map(document));
    let of_one = DocumentFilter { scenario: Some(scenario("就学援助")), stages: vec![StageKind::Received] };
    assert_eq!(ids(of_one).await, [0, 3, 6].map(document));
}

async fn scenarios_have_histories_of_their_own(subject: Subject) {
    let held = ScenarioEvent::Held { why: Message::new("model.restored-from-backup") };
    let store = &subject.store;
    let committed = store.append(scenario_append("児童手当", 0, vec![held, ScenarioEvent::Resumed])).await.unwrap();
    assert_eq!((committed.version, committed.document), (2, None));
    // A name that begins another name.
    store.append(scenario_append("児童手当-現況", 0, vec![ScenarioEvent::Resumed])).await.unwrap();
    let stale = store.append(scenario_append("児童手当", 1, vec![ScenarioEvent::Resumed])).await;
    assert!(matches!(stale, Err(StoreError::Conflict { expected: 1, actual: 2 })), "{stale:?}");
    assert_eq!(store.load(&Stream::Scenario(scenario("児童手当"))).await.unwrap().len(), 2);
    assert_eq!(store.load(&Stream::Scenario(scenario("児童手当-現況"))).await.unwrap().len(), 1);
    assert_eq!(store.documents(&DocumentFilter::default()).await.unwrap(), []);
}

async fn documents_are_found_by_what_they_were_remembered_under(subject: Subject) {
    let store = &subject.store;
    for n in [3, 1, 2] {
        store.append(append(document(n), 0, vec![received()])).await.unwrap();
        store.remember(digest(7), document(n)).await.unwrap();
        store.remember(digest(7), document(n)).await.unwrap();
    }
    store.remember(digest(8), document(1)).await.unwrap();
    assert_eq!(store.look_up(digest(7)).await.unwrap(), [3, 1, 2].map(document));
    store.forget(document(1)).await.unwrap();
    assert_eq!(store.look_up(digest(7)).await.unwrap(), [3, 2].map(document));
    assert_eq!(store.look_up(digest(8)).await.unwrap(), []);
    assert!(!store.is_remembered(document(1)).await.unwrap());
    assert!(store.is_remembered(document(3)).await.unwrap());
}

async fn what_the_store_says_is_the_fold_of_what_it_loads(subject: Subject) {
    let store = &subject.store;
    let troubled = vec![received(), read(&[]), started(), failed()];
    store.append(append(document(1), 0, troubled)).await.unwrap();
    store.append(append_by(clerk(), document(1), 4, vec![DocumentEvent::Taken])).await.unwrap();
    store.append(append(document(2), 0, smooth_life())).await.unwrap();
    let mut stages = BTreeSet::new();
    for n in [1, 2] {
        let records = store.load(&Stream::Document(document(n))).await.unwrap();
        let steps: Vec<_> = records
            .iter()
            .map(|record| {
                let Event::Document(event) = &record.event else { panic!("{record:?}") };
                (Stamp { at: record.at, who: record.who.clone() }, event)
            })
            .collect();
        let folded = fold(document(n), steps.iter().map(|(stamp, event)| (stamp, *event))).unwrap();
        assert_eq!(folded, store.document(document(n)).await.unwrap());
        stages.insert(folded.unwrap().stage.kind());
    }
    assert_eq!(stages, BTreeSet::from([StageKind::Done, StageKind::Taken]));
}

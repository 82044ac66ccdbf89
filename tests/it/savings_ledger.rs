//! What holds for every history of documents and baselines.

use jitan::model::savings::entry::{Category, Entry};
use jitan::model::savings::ledger::Ledger;
use jitan::model::savings::totals::Totals;
use jitan::model::scenario::Evidence;
use proptest::prelude::*;

use crate::savings_given::{DENSHI, Ends, KOKUHO, Office, TEATE, baseline, measured, recount, scanning};

/// One thing that happens, on the n-th of a month.
#[derive(Debug, Clone)]
enum Happening {
    Document { kokuho: bool, ends: Ends },
    Stated { kokuho: bool, from: u32, length: u32, reading: u64, entering: u64, guessed: bool, outside: u64 },
}

fn happening() -> impl Strategy<Value = Happening> {
    let ends = prop_oneof![
        3 => Just(Ends::Confirmed),
        2 => (1_u32..200).prop_map(Ends::Reviewed),
        1 => Just(Ends::SettledEntered),
        1 => Just(Ends::ByHand),
        1 => Just(Ends::Duplicate),
        1 => Just(Ends::Rejected),
        1 => Just(Ends::Failed),
        1 => Just(Ends::Trial),
    ];
    let stated = (any::<bool>(), 1_u32..10, 1_u32..8, 0_u64..500, 0_u64..500, any::<bool>(), 0_u64..60).prop_map(
        |(kokuho, from, length, reading, entering, guessed, outside)| Happening::Stated {
            kokuho,
            from,
            length,
            reading,
            entering,
            guessed,
            outside,
        },
    );
    prop_oneof![
        3 => (any::<bool>(), ends).prop_map(|(kokuho, ends)| Happening::Document { kokuho, ends }),
        1 => stated,
    ]
}

async fn history(happenings: &[Happening]) -> Office {
    let mut office = Office::default();
    for (n, what) in happenings.iter().enumerate() {
        let n = u8::try_from(n).unwrap();
        let on = format!("2026-{:02}-{:02}", 4 + n / 10, 1 + 2 * (n % 10));
        let scenario = |kokuho: bool| if kokuho { KOKUHO } else { TEATE };
        match what {
            Happening::Document { kokuho, ends } => office.document(n, scenario(*kokuho), &on, *ends).await,
            Happening::Stated { kokuho, from, length, reading, entering, guessed, outside } => {
                let evidence = if *guessed { Evidence::Estimated { why: "聞き取り".into() } } else { measured(40) };
                let (from, until) = (format!("2026-{from:02}-05"), format!("2026-{:02}-20", (from + length).min(12)));
                let baseline = baseline(&from, &until, *reading, *entering, evidence);
                office.state(scenario(*kokuho), &on, vec![baseline], vec![scanning(*outside)]).await;
            }
        }
    }
    office
}

#[test]
fn where_nothing_was_read_from_paper_reading_is_neither_credited_nor_charged() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let records = runtime.block_on(async {
        let mut office = Office::default();
        let all_of_it = baseline("2026-04-01", "2027-03-31", 0, 420, measured(40));
        office.state(DENSHI, "2026-04-01", vec![all_of_it], vec![scanning(3)]).await;
        office.document(1, DENSHI, "2026-11-20", Ends::Reviewed(30)).await;
        office.state(DENSHI, "2026-12-01", vec![], vec![scanning(5)]).await;
        office.records().await
    });
    let ledger = Ledger::of(&records);
    assert!(ledger.entries().iter().all(|entry| entry.category == Category::Rpa), "{:#?}", ledger.entries());
    let counted: Vec<(&str, i64)> =
        ledger.entries().iter().filter(|e| e.kind.counts()).map(|e| (e.kind.word(), e.seconds)).collect();
    let stood = [("human-outside", -3), ("human-review", -30), ("gross", 420)];
    assert_eq!(counted[..3], stood);
    assert!(counted[3..].contains(&("restatement-outside", -2)), "{counted:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn net_is_the_sum_of_its_entries_however_they_are_ordered_and_a_recount_finds_the_same(
        happenings in proptest::collection::vec(happening(), 1..50),
        cut in 0.0..1.0_f64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let records = runtime.block_on(async { history(&happenings).await.records().await });
        let ledger = Ledger::of(&records);
        let totals = Totals::of(ledger.entries());

        let sum: i64 = ledger.entries().iter().filter(|entry| entry.kind.counts()).map(|entry| entry.seconds).sum();
        prop_assert_eq!(totals.net, sum);
        prop_assert_eq!(totals, Totals::of(ledger.entries().iter().rev()));
        prop_assert_eq!((totals.gross.seconds, totals.human.seconds), recount(&records));

        let by_scenario: i64 = [TEATE, KOKUHO]
            .map(|name| {
                let of_it: Vec<&Entry> = ledger.entries().iter().filter(|e| e.scenario.as_str() == name).collect();
                Totals::of(of_it).documents
            })
            .iter()
            .sum();
        prop_assert_eq!(totals.documents, by_scenario);

        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short list")]
        let (first, rest) = records.split_at((records.len() as f64 * cut) as usize);
        let mut resumed = Ledger::of(first);
        rest.iter().chain(&records).for_each(|record| resumed.apply(record));
        prop_assert_eq!(resumed, ledger);
    }
}

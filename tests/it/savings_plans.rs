//! The shipped plans: what the ward published is what the rules compute.

use std::path::Path;

use jitan::format;
use jitan::model::id::PlanName;
use jitan::model::plan::rating::{Outcome, Rating, RatingRule, rate};
use jitan::model::plan::standing::PlanBook;
use jitan::model::plan::{Actual, Plan, Target};
use jitan::model::savings::ledger::Ledger;
use jitan::model::time::FiscalYear;

fn shipped(name: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(format!("{name}.yaml"));
    let bytes = std::fs::read(&path).unwrap();
    format::plan::plan(PlanName::new(name).unwrap(), &path.display().to_string(), &bytes)
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn the_published_ratings_of_fy2024_are_computed_for_17_of_17_measures() {
    let plan = shipped("itabashi-dx-2025");
    let year = FiscalYear(2024);
    let indicators = plan.indicators().filter(|i| i.years.contains_key(&year)).count();
    assert_eq!((plan.measures.len(), indicators), (17, 71));
    let book = PlanBook::of(plan, []);
    let ledger = Ledger::default();
    let mut counts = [0, 0];
    for measure in &book.plan.measures {
        let published = measure.published[&year];
        assert_eq!(book.computed(measure, year, &ledger), Some(published), "{}", measure.name);
        counts[usize::from(published == Rating::Exceeded)] += 1;
    }
    assert_eq!(counts, [13, 4], "as the published summary counts 達成 and 達成+");
}

#[test]
fn a_measure_of_the_ward_with_its_results_halved_is_not_met() {
    let book = PlanBook::of(shipped("itabashi-dx-2025"), []);
    let measure = &book.plan.measures[0];
    let halved: Vec<Outcome> = measure
        .indicators
        .iter()
        .map(|indicator| {
            let volume = &indicator.years[&FiscalYear(2024)];
            let actual = volume.actual.as_ref().map(|entered| match entered.actual {
                Actual::Number(number) => Actual::Number(number / 2.0),
                other => other,
            });
            Outcome { target: volume.target, actual }
        })
        .collect();
    assert_eq!(rate(RatingRule::ExceedsAll, &halved), Some(Rating::NotMet));
}

#[test]
fn the_2030_plan_has_21_measures_whose_pending_targets_give_no_rating() {
    let plan = shipped("itabashi-dx-2030");
    assert_eq!(plan.measures.len(), 21);
    assert!(plan.indicators().flat_map(|i| i.years.values()).all(|volume| volume.target == Target::Pending));
    let book = PlanBook::of(plan, []);
    let ledger = Ledger::default();
    assert!(book.plan.measures.iter().all(|m| book.computed(m, FiscalYear(2026), &ledger).is_none()));
    assert!(book.plan.measures.iter().all(|m| book.computed_over_all_years(m, &ledger).is_none()));
}

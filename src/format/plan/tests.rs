use super::*;
use crate::locale::Lang;

const GOOD: &str = "\
title: 計画
years: [2024, 令和7年度]
rating_rule: exceeds-all
measures:
  - id: 1
    name: 施策
    published: [{year: 2024, rating: 達成+}]
    indicators:
      - {id: a, name: 削減時間, kind: hours, ledger: rpa, basis: net, years: [{year: 2024, target: 1300, actual: 1644}]}
      - {id: b, name: 検討, kind: task, years: [{year: 2025, actual: partial}]}
";

fn load(text: &str) -> Result<Plan, Vec<Diagnostic>> {
    plan(PlanName::new("p").unwrap(), "p.yaml", text.as_bytes())
}

#[test]
fn a_plan_is_read_with_its_targets_results_and_ledger_figures() {
    let plan = load(GOOD).unwrap();
    assert_eq!(plan.years, [FiscalYear(2024), FiscalYear(2025)]);
    let [hours, task] = plan.measures[0].indicators.as_slice() else { panic!("two indicators") };
    assert_eq!(hours.ledger, Some(LedgerFigure::Hours { category: Category::Rpa, basis: HoursBasis::Net }));
    assert_eq!(hours.years[&FiscalYear(2024)].target, Target::Number(1300.0));
    assert_eq!(task.years[&FiscalYear(2025)].target, Target::Task);
    assert_eq!(plan.measures[0].published[&FiscalYear(2024)], Rating::Exceeded);
}

#[test]
fn every_mistake_of_a_plan_is_told_at_its_place() {
    let bad = GOOD
        .replace("years: [2024, 令和7年度]", "years: [2024, 2024]")
        .replace("basis: net, ", "")
        .replace("actual: 1644", "actual: done")
        .replace("id: b", "id: a")
        .replace("{year: 2025, actual: partial}", "{year: 2030, target: 5}");
    let faults = load(&bad).unwrap_err();
    let told: String = faults.iter().map(|fault| fault.render(Some(&bad), Lang::En)).collect();
    insta::assert_snapshot!(told, @r#"
p.yaml:2:15: fiscal years are written in order, each once
    2 | years: [2024, 2024]
      |               ^^^^
p.yaml:9:50: it is not said which hours the target is compared with
    9 | …me: 削減時間, kind: hours, ledger: rpa, years: [{year: 2024, target: …
      |                                     ^^^
      = hint: add `basis: gross` (before people's time is taken off) or `basis:
              net` (after)
p.yaml:9:98: the result does not go with this `kind` (task: done or partial;
    others: a number)
    9 | …{year: 2024, target: 1300, actual: done}]}
      |                                     ^^^^
p.yaml:10:14: the id `a` is used elsewhere; choose one that is unique in the
    plan
   10 |       - {id: a, name: 検討, kind: task, years: [{year: 2030, target: 5…
      |              ^
p.yaml:10:54: this year is not among the plan's `years`; correct it or add it
    there
   10 | …: 検討, kind: task, years: [{year: 2030, target: 5}]}
      |                                     ^^^^
p.yaml:10:68: a task has no number to reach; write the words as `target_note`
   10 | …task, years: [{year: 2030, target: 5}]}
      |                                     ^
"#);
}

#[test]
fn a_target_that_is_no_number_is_told() {
    let faults = load(&GOOD.replace("target: 1300", "target: 拡大")).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].message.code, "savings.plan-number-or-word");
}

//! 評語: the two rules by which a measure is rated, pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Actual, Target};

/// 評語
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rating {
    #[serde(rename = "達成+")]
    Exceeded,
    #[serde(rename = "達成")]
    Met,
    #[serde(rename = "未達成")]
    NotMet,
}

impl Rating {
    /// As it is printed, in every language.
    pub fn word(self) -> &'static str {
        match self {
            Rating::Exceeded => "達成+",
            Rating::Met => "達成",
            Rating::NotMet => "未達成",
        }
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// When 達成+ is given. 達成 is given by both if more than half of the indicators are met, else 未達成.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RatingRule {
    /// At least one number is planned, every planned number is exceeded, every task is done.
    ExceedsAll,
    /// At least one number is planned, everything planned is met, and something exceeded: the whole is above the plan.
    ExceedsAllMet,
}

impl RatingRule {
    pub fn word(self) -> &'static str {
        match self {
            RatingRule::ExceedsAll => "exceeds-all",
            RatingRule::ExceedsAllMet => "exceeds-all-met",
        }
    }
}

/// What was planned and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    pub target: Target,
    pub actual: Option<Actual>,
}

impl Outcome {
    /// A number that is reached, a task that is done. What nobody has reported is not met.
    pub fn is_met(self) -> bool {
        match (self.target, self.actual) {
            (Target::Number(target), Some(Actual::Number(actual))) => actual >= target,
            (Target::Task, Some(actual)) => actual == Actual::Done,
            _ => false,
        }
    }

    fn is_exceeded(self) -> bool {
        matches!((self.target, self.actual), (Target::Number(target), Some(Actual::Number(actual))) if actual > target)
    }

    fn is_number(self) -> bool {
        matches!(self.target, Target::Number(_))
    }
}

/// Rates a measure; `None` while nothing is planned or a target is still pending.
pub fn rate(rule: RatingRule, outcomes: &[Outcome]) -> Option<Rating> {
    let planned: Vec<Outcome> = outcomes.iter().copied().filter(|o| o.target != Target::None).collect();
    if planned.is_empty() || planned.iter().any(|o| o.target == Target::Pending) {
        return None;
    }
    let mut numbers = planned.iter().filter(|o| o.is_number()).peekable();
    let has_numbers = numbers.peek().is_some();
    let met = planned.iter().filter(|o| o.is_met()).count();
    let all_met = met == planned.len();
    let exceeded = match rule {
        RatingRule::ExceedsAll => numbers.all(|o| o.is_exceeded()),
        RatingRule::ExceedsAllMet => numbers.any(|o| o.is_exceeded()),
    };
    Some(if has_numbers && all_met && exceeded {
        Rating::Exceeded
    } else if met * 2 > planned.len() {
        Rating::Met
    } else {
        Rating::NotMet
    })
}

#[cfg(test)]
mod tests {
    use super::RatingRule::{ExceedsAll, ExceedsAllMet};
    use super::*;

    fn number(target: f64, actual: f64) -> Outcome {
        Outcome { target: Target::Number(target), actual: Some(Actual::Number(actual)) }
    }

    fn task(actual: Actual) -> Outcome {
        Outcome { target: Target::Task, actual: Some(actual) }
    }

    #[test]
    fn one_number_reached_but_not_exceeded_is_enough_for_plus_only_by_the_later_rule() {
        let outcomes = [number(10.0, 11.0), number(12.0, 12.0), task(Actual::Done)];
        assert_eq!(rate(ExceedsAll, &outcomes), Some(Rating::Met));
        assert_eq!(rate(ExceedsAllMet, &outcomes), Some(Rating::Exceeded));
    }

    #[test]
    fn numbers_reached_exactly_are_no_plus() {
        let outcomes = [number(10.0, 10.0), number(12.0, 12.0)];
        assert_eq!(rate(ExceedsAll, &outcomes), Some(Rating::Met));
        assert_eq!(rate(ExceedsAllMet, &outcomes), Some(Rating::Met));
    }

    #[test]
    fn exceeding_one_target_by_far_does_not_make_up_for_a_missed_one() {
        let outcomes = [number(10.0, 1_000.0), number(12.0, 11.0), task(Actual::Done)];
        assert_eq!(rate(ExceedsAll, &outcomes), Some(Rating::Met));
        assert_eq!(rate(ExceedsAllMet, &outcomes), Some(Rating::Met));
    }

    #[test]
    fn tasks_alone_never_give_a_plus() {
        assert_eq!(rate(ExceedsAll, &[task(Actual::Done); 3]), Some(Rating::Met));
        assert_eq!(rate(ExceedsAllMet, &[task(Actual::Done); 3]), Some(Rating::Met));
    }

    #[test]
    fn an_unfinished_task_takes_the_plus_away() {
        let outcomes = [number(10.0, 20.0), number(10.0, 20.0), task(Actual::Partial)];
        assert_eq!(rate(ExceedsAll, &outcomes), Some(Rating::Met));
        assert_eq!(rate(ExceedsAllMet, &outcomes), Some(Rating::Met));
    }

    #[test]
    fn exactly_half_is_not_most() {
        let outcomes = [number(10.0, 10.0), number(10.0, 9.9)];
        assert_eq!(rate(ExceedsAll, &outcomes), Some(Rating::NotMet));
        assert_eq!(rate(ExceedsAllMet, &outcomes), Some(Rating::NotMet));
    }

    #[test]
    fn what_nobody_has_reported_is_not_met() {
        let silent = Outcome { target: Target::Number(10.0), actual: None };
        assert_eq!(rate(ExceedsAll, &[silent, number(10.0, 20.0)]), Some(Rating::NotMet));
        assert_eq!(rate(ExceedsAll, &[silent, number(10.0, 20.0), task(Actual::Done)]), Some(Rating::Met));
    }

    #[test]
    fn a_pending_target_leaves_the_measure_unrated() {
        let pending = Outcome { target: Target::Pending, actual: Some(Actual::Number(10.0)) };
        assert_eq!(rate(ExceedsAllMet, &[pending, number(1.0, 2.0)]), None);
    }

    #[test]
    fn what_is_not_planned_is_not_rated() {
        let unplanned = Outcome { target: Target::None, actual: Some(Actual::Number(1.0)) };
        assert_eq!(rate(ExceedsAll, &[unplanned]), None);
        assert_eq!(rate(ExceedsAll, &[unplanned, number(1.0, 2.0)]), Some(Rating::Exceeded));
    }
}

//! What a probe's answers allow to conclude. The rules are the promise "entered once" in full:
//!
//! - *absent* counts only if the probe said so at least twice, the last time at least `settles_within` after the
//!   intent; without a declared `settles_within` it never counts and a person is asked;
//! - *present* counts only if the record carries this intent's values **and** either a probe before the intent said
//!   absent or the record shows our account and a later time; otherwise it is ambiguous.

use std::time::Duration;

use chrono::TimeDelta;

use super::event::{ProbeAnswer, Settlement};
use super::stage::Doubt;
use crate::model::time::Instant;

/// Absences needed before a document may be entered again.
const ABSENCES_NEEDED: u32 = 2;

/// A target's clock may run behind ours by this much: a record "entered" slightly before the intent is still ours.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// One record of the target's result list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    /// Every declared column shows what this document says.
    pub matches: bool,
    /// `None`: the list does not show who entered it.
    pub by_our_account: Option<bool>,
    /// `None`: the list does not show when.
    pub entered_at: Option<Instant>,
    pub receipt: Option<String>,
}

/// What a probe saw means, given what is known about the act.
pub fn judge(found: &[FoundRecord], since: Instant, precheck: Option<ProbeAnswer>) -> ProbeAnswer {
    let matching: Vec<&FoundRecord> = found.iter().filter(|r| r.matches).collect();
    match (found.is_empty(), matching.as_slice()) {
        (true, _) => ProbeAnswer::Absent,
        (false, [record]) if can_only_be_ours(record, since, precheck) => ProbeAnswer::Present,
        (false, _) => ProbeAnswer::Ambiguous,
    }
}

fn can_only_be_ours(record: &FoundRecord, since: Instant, precheck: Option<ProbeAnswer>) -> bool {
    let shows_us_later =
        record.by_our_account == Some(true) && record.entered_at.is_some_and(|at| at >= since - CLOCK_TOLERANCE);
    let shows_somebody_else = record.by_our_account == Some(false);
    !shows_somebody_else && (precheck == Some(ProbeAnswer::Absent) || shows_us_later)
}

/// What follows for an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextProbe {
    /// Known now.
    Settle(Settlement),
    /// Ask the target at this instant.
    At(Instant),
    /// Only a person can tell.
    Person,
}

/// Pause between two probes that both must say absent.
pub const BETWEEN_PROBES: TimeDelta = TimeDelta::seconds(2);

/// Decides from the answers so far. `settles_within` is the one declared when the intent was made.
pub fn next_probe(doubt: &Doubt) -> NextProbe {
    let settled_at = doubt.intent.as_ref().and_then(|i| i.settles_within).and_then(|d| after(doubt.since, d));
    match (doubt.last, settled_at) {
        (Some(ProbeAnswer::Present), _) => NextProbe::Settle(Settlement::Entered),
        (Some(ProbeAnswer::Ambiguous), _) => NextProbe::Person,
        (None, _) => NextProbe::At(doubt.since),
        // Asked once in case it is there; absence without a settling time proves nothing.
        (Some(ProbeAnswer::Absent), None) => NextProbe::Person,
        (Some(ProbeAnswer::Absent), Some(settled_at)) => {
            if absence_counts(doubt, settled_at) {
                NextProbe::Settle(Settlement::NotEntered)
            } else {
                let again = doubt.last_absent.map_or(doubt.since, |last| last + BETWEEN_PROBES);
                NextProbe::At(again.max(settled_at))
            }
        }
    }
}

fn absence_counts(doubt: &Doubt, settled_at: Instant) -> bool {
    doubt.absent >= ABSENCES_NEEDED && doubt.last_absent.is_some_and(|last| last >= settled_at)
}

/// Whether the fold may accept that the program itself (no person) settles a doubt so.
pub fn program_may_settle(doubt: &Doubt, outcome: Settlement) -> bool {
    next_probe(doubt) == NextProbe::Settle(outcome)
}

fn after(since: Instant, wait: Duration) -> Option<Instant> {
    TimeDelta::from_std(wait).ok().and_then(|wait| since.checked_add_signed(wait))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use chrono::Utc;

    use super::*;
    use crate::model::document::event::Intent;
    use crate::model::id::{Digest, LeaseToken, TargetName};

    fn noon() -> Instant {
        Utc.with_ymd_and_hms(2026, 11, 20, 3, 0, 0).unwrap()
    }

    fn doubt(settles_within: Option<u64>) -> Doubt {
        let intent = Intent {
            step: 3,
            values: Digest::from_bytes([1; 32]),
            lease: LeaseToken::from_bytes([2; 8]),
            target: TargetName::new("portal").unwrap(),
            settles_within: settles_within.map(Duration::from_secs),
        };
        Doubt {
            intent: Some(intent),
            since: noon(),
            precheck: None,
            absent: 0,
            last_absent: None,
            last: None,
            resume: None,
        }
    }

    fn absent_at(mut doubt: Doubt, times: &[i64]) -> Doubt {
        for seconds in times {
            doubt.absent += 1;
            doubt.last_absent = Some(noon() + TimeDelta::seconds(*seconds));
            doubt.last = Some(ProbeAnswer::Absent);
        }
        doubt
    }

    fn record(by_our_account: Option<bool>, entered_after: Option<i64>) -> FoundRecord {
        let entered_at = entered_after.map(|s| noon() + TimeDelta::seconds(s));
        FoundRecord { matches: true, by_our_account, entered_at, receipt: None }
    }

    #[test]
    fn two_absences_before_the_target_settles_prove_nothing() {
        assert_eq!(next_probe(&absent_at(doubt(Some(120)), &[1, 60])), NextProbe::At(noon() + TimeDelta::seconds(120)));
    }

    #[test]
    fn one_absence_after_the_target_settled_is_not_enough() {
        assert_eq!(next_probe(&absent_at(doubt(Some(120)), &[121])), NextProbe::At(noon() + TimeDelta::seconds(123)));
    }

    #[test]
    fn a_second_absence_after_the_target_settled_frees_the_document() {
        let settled = NextProbe::Settle(Settlement::NotEntered);
        assert_eq!(next_probe(&absent_at(doubt(Some(120)), &[1, 120])), settled);
    }

    #[test]
    fn absence_without_a_declared_settling_time_asks_a_person() {
        assert_eq!(next_probe(&absent_at(doubt(None), &[1, 86_400])), NextProbe::Person);
    }

    #[test]
    fn a_record_is_ours_after_an_absent_precheck_or_by_account_and_time() {
        let absent = Some(ProbeAnswer::Absent);
        assert_eq!(judge(&[record(None, None)], noon(), absent), ProbeAnswer::Present);
        assert_eq!(judge(&[record(Some(true), Some(5))], noon(), None), ProbeAnswer::Present);
    }

    #[test]
    fn a_record_that_somebody_else_may_have_entered_is_ambiguous() {
        assert_eq!(judge(&[record(None, None)], noon(), None), ProbeAnswer::Ambiguous);
        assert_eq!(judge(&[record(Some(true), Some(-3_600))], noon(), None), ProbeAnswer::Ambiguous);
        assert_eq!(judge(&[record(Some(false), Some(5))], noon(), Some(ProbeAnswer::Absent)), ProbeAnswer::Ambiguous);
    }

    #[test]
    fn two_matching_records_or_only_foreign_ones_are_ambiguous() {
        let ours = record(Some(true), Some(5));
        let other = FoundRecord { matches: false, ..ours.clone() };
        assert_eq!(judge(&[ours.clone(), ours], noon(), None), ProbeAnswer::Ambiguous);
        assert_eq!(judge(&[other], noon(), None), ProbeAnswer::Ambiguous);
    }
}

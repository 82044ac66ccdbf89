//! When a scenario fires by itself: a crontab line in Asia/Tokyo, held against the office's calendar.
//! Every planned instant gets exactly one verdict, however time is cut into spans, so that a firing can be accounted for.

mod cron_line;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Days as ChronoDays, Duration, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, LONGEST_CLOSURE_DAYS};
use super::message::Message;
use super::time::{Instant, tokyo};
use crate::message;

pub use cron_line::{BadCron, CronField, CronLine};

/// A five-field crontab line in Asia/Tokyo with what happens around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub cron: CronLine,
    pub days: FiringDays,
    /// Closed for this scenario, beside the office's own closing days.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub closed: BTreeSet<NaiveDate>,
    pub overlap: Overlap,
    pub missed: Missed,
    pub window: Option<Window>,
}

/// On which days a planned instant may fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiringDays {
    Any,
    /// Office days only; what falls on another day is moved or left out.
    Office(Shift),
}

/// What happens to a firing on a day that is no office day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    Skip,
    /// To the same time of the last office day before.
    Previous,
    /// To the same time of the first office day after.
    Next,
}

/// A firing while the one before still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    Skip,
    Queue,
}

/// Firings that fell into a time when the daemon was off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    Skip,
    Once,
    All,
}

/// No submit starts outside it. May reach over midnight; it then belongs to the day on which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: NaiveTime,
    /// Not included.
    pub until: NaiveTime,
}

impl Window {
    pub fn reaches_over_midnight(self) -> bool {
        self.until <= self.from
    }

    pub fn contains(self, time: NaiveTime) -> bool {
        if self.reaches_over_midnight() {
            time >= self.from || time < self.until
        } else {
            (self.from..self.until).contains(&time)
        }
    }
}

/// What becomes of one planned instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// As the crontab line says; unique for its scenario.
    pub planned: Instant,
    /// When it is decided: the (perhaps shifted) instant of firing, or the planned one if it does not fire.
    pub due: Instant,
    pub decision: Decision,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Fire,
    Skip { why: Message },
}

impl Schedule {
    /// The day an instant counts for: with a window over midnight, the hours after it belong to the day before.
    pub fn business_date(&self, at: Instant) -> NaiveDate {
        let local = at.with_timezone(&tokyo());
        match self.window {
            Some(window) if window.reaches_over_midnight() && local.time() < window.until => {
                local.date_naive().pred_opt().unwrap_or(NaiveDate::MIN)
            }
            _ => local.date_naive(),
        }
    }

    /// Whether a submit may start now.
    pub fn is_within_window(&self, at: Instant) -> bool {
        self.window.is_none_or(|window| window.contains(at.with_timezone(&tokyo()).time()))
    }
}

/// The verdicts that fall due after `from`, up to and including `to`, in order of their due instants. Adjacent spans give
/// each planned instant exactly once.
pub fn verdicts(schedule: &Schedule, calendar: &Calendar, from: Instant, to: Instant) -> Vec<Verdict> {
    let judge = Judge::new(schedule, calendar);
    let reach = judge.reach();
    let mut due: Vec<Verdict> = judge
        .planned_after(from - reach)
        .take_while(|planned| *planned <= to + reach)
        .map(|planned| judge.verdict(planned))
        .filter(|verdict| from < verdict.due && verdict.due <= to)
        .collect();
    due.sort_by_key(|verdict| (verdict.due, verdict.planned));
    due
}

/// The next `n` firings after an instant, in order; fewer if the schedule ends within fifty years.
pub fn next_firings(schedule: &Schedule, calendar: &Calendar, after: Instant, n: usize) -> Vec<Verdict> {
    const HORIZON_DAYS: i64 = 50 * 366;
    let Some(last) = n.checked_sub(1) else { return Vec::new() };
    let judge = Judge::new(schedule, calendar);
    let reach = judge.reach();
    let mut found: Vec<Verdict> = Vec::new();
    for planned in judge.planned_after(after - reach).take_while(|p| *p <= after + Duration::days(HORIZON_DAYS)) {
        // A later planned instant can come due at most one reach earlier.
        if found.get(last).is_some_and(|last| last.due + reach < planned) {
            break;
        }
        let verdict = judge.verdict(planned);
        if verdict.decision == Decision::Fire && verdict.due > after {
            let at = found.partition_point(|earlier| earlier.due <= verdict.due);
            found.insert(at, verdict);
        }
    }
    found.truncate(n);
    found
}

/// One schedule against one calendar.
struct Judge<'a> {
    schedule: &'a Schedule,
    cron: cron::Schedule,
    calendar: Calendar,
    /// Office days already looked up: a schedule of every minute asks 1440 times a day.
    known: RefCell<HashMap<NaiveDate, bool>>,
}

impl<'a> Judge<'a> {
    fn new(schedule: &'a Schedule, calendar: &Calendar) -> Self {
        let calendar = calendar.with_closed(schedule.closed.iter().copied());
        Self { schedule, cron: schedule.cron.schedule(), calendar, known: RefCell::default() }
    }

    /// How far a firing may be moved.
    fn reach(&self) -> Duration {
        match self.schedule.days {
            FiringDays::Office(Shift::Previous | Shift::Next) => Duration::days(LONGEST_CLOSURE_DAYS.cast_signed()),
            FiringDays::Any | FiringDays::Office(Shift::Skip) => Duration::zero(),
        }
    }

    fn planned_after(&self, after: Instant) -> impl Iterator<Item = Instant> {
        let local: DateTime<FixedOffset> = after.with_timezone(&tokyo());
        self.cron.after_owned(local).map(|at| at.with_timezone(&Utc))
    }

    fn is_planned(&self, at: Instant) -> bool {
        self.cron.includes(at.with_timezone(&tokyo()))
    }

    fn is_office_day(&self, day: NaiveDate) -> bool {
        *self.known.borrow_mut().entry(day).or_insert_with(|| self.calendar.is_office_day(day))
    }

    fn verdict(&self, planned: Instant) -> Verdict {
        let fire_at = |due| Verdict { planned, due, decision: Decision::Fire };
        let skip = |why| Verdict { planned, due: planned, decision: Decision::Skip { why } };
        let day = self.schedule.business_date(planned);
        let shift = match self.schedule.days {
            FiringDays::Office(shift) if !self.is_office_day(day) => shift,
            FiringDays::Any | FiringDays::Office(_) => return fire_at(planned),
        };
        let why = self.calendar.closed(day).map_or_else(|| message!("format.closed-own"), |closed| closed.message());
        let target = match shift {
            Shift::Skip => return skip(why),
            Shift::Previous => self.calendar.previous_office_day(day),
            Shift::Next => self.calendar.next_office_day(day),
        };
        let Some(target) = target else { return skip(message!("format.no-office-day-near")) };
        let due = planned + target.signed_duration_since(day);
        if self.is_planned(due) || self.an_earlier_one_moves_there(planned, day) {
            return skip(message!("format.already-fires"));
        }
        fire_at(due)
    }

    /// Of several firings of one closure that would be moved to the same instant, the first fires.
    fn an_earlier_one_moves_there(&self, planned: Instant, day: NaiveDate) -> bool {
        (1..=LONGEST_CLOSURE_DAYS)
            .map_while(|n| day.checked_sub_days(ChronoDays::new(n)).filter(|d| !self.is_office_day(*d)).map(|_| n))
            .any(|n| self.is_planned(planned - Duration::days(n.cast_signed())))
    }
}

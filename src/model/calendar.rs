//! 開庁日: on which days the office is open. National holidays are computed offline from the law's rules; the closure
//! over New Year and the municipality's own days come on top.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use jpholiday::jpholiday::JPHoliday;
use serde::{Deserialize, Serialize};

use super::message::Message;
use crate::message;

/// The office's own days, beside weekends, national holidays and the New Year closure (12/29 to 1/3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Closed though it would be an office day.
    #[serde(default)]
    pub closed: BTreeSet<NaiveDate>,
    /// Open though it would not be one (a Sunday counter, say). Wins over everything else.
    #[serde(default)]
    pub open: BTreeSet<NaiveDate>,
}

/// Why a day is no office day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    Weekend,
    /// 国民の祝日 or 休日, by its name.
    Holiday(String),
    /// 12/29 to 1/3 (地方自治法第4条の2 and the municipality's ordinance).
    NewYear,
    /// One of the office's own days.
    Own,
}

impl Closed {
    pub fn message(&self) -> Message {
        match self {
            Closed::Weekend => message!("format.closed-weekend"),
            Closed::Holiday(name) => message!("format.closed-holiday", name = name),
            Closed::NewYear => message!("format.closed-new-year"),
            Closed::Own => message!("format.closed-own"),
        }
    }
}

/// No closure is longer: a search for an office day beyond it would only find mistakes in the list of own days.
pub(super) const LONGEST_CLOSURE_DAYS: u64 = 31;

impl Calendar {
    /// Why the office is closed on a day; `None` if it is open.
    pub fn closed(&self, day: NaiveDate) -> Option<Closed> {
        if self.open.contains(&day) {
            return None;
        }
        if self.closed.contains(&day) {
            return Some(Closed::Own);
        }
        if matches!((day.month(), day.day()), (12, 29..=31) | (1, 1..=3)) {
            return Some(Closed::NewYear);
        }
        if let Some(name) = holiday(day) {
            return Some(Closed::Holiday(name));
        }
        matches!(day.weekday(), Weekday::Sat | Weekday::Sun).then_some(Closed::Weekend)
    }

    pub fn is_office_day(&self, day: NaiveDate) -> bool {
        self.closed(day).is_none()
    }

    /// Office days from `first` to `last`, both included; 0 if `last` is before `first`.
    pub fn office_days(&self, first: NaiveDate, last: NaiveDate) -> u32 {
        let days = first.iter_days().take_while(|day| *day <= last).filter(|day| self.is_office_day(*day)).count();
        u32::try_from(days).unwrap_or(u32::MAX)
    }

    /// The first office day after a day; `None` if there is none within a month.
    pub fn next_office_day(&self, day: NaiveDate) -> Option<NaiveDate> {
        (1..=LONGEST_CLOSURE_DAYS).filter_map(|n| day.checked_add_days(Days::new(n))).find(|d| self.is_office_day(*d))
    }

    /// The last office day before a day; `None` if there is none within a month.
    pub fn previous_office_day(&self, day: NaiveDate) -> Option<NaiveDate> {
        (1..=LONGEST_CLOSURE_DAYS).filter_map(|n| day.checked_sub_days(Days::new(n))).find(|d| self.is_office_day(*d))
    }

    /// The same calendar with more days of its own.
    #[must_use]
    pub fn with_closed(&self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        let mut calendar = self.clone();
        calendar.closed.extend(days);
        calendar
    }
}

/// Name of the national holiday (国民の祝日に関する法律, with substitute and bridge holidays) on a day.
pub fn holiday(day: NaiveDate) -> Option<String> {
    thread_local! {
        // The rules are a list of boxed objects, made once: they are neither Send nor Sync.
        static RULES: JPHoliday<'static> = JPHoliday::new();
    }
    // Before 1949 the law was not in force; after 2150 the equinox formula ends.
    (1949..=2150).contains(&day.year()).then(|| RULES.with(|rules| rules.is_holiday_name(&day)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// 内閣府「国民の祝日について」.
    const HOLIDAYS: &[(i32, &[&str])] = &[
        (
            2020,
            &[
                "01-01", "01-13", "02-11", "02-23", "02-24", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06",
                "07-23", "07-24", "08-10", "09-21", "09-22", "11-03", "11-23",
            ],
        ),
        (
            2024,
            &[
                "01-01", "01-08", "02-11", "02-12", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06",
                "07-15", "08-11", "08-12", "09-16", "09-22", "09-23", "10-14", "11-03", "11-04", "11-23",
            ],
        ),
        (
            2026,
            &[
                "01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06", "07-20",
                "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23",
            ],
        ),
        (
            2027,
            &[
                "01-01", "01-11", "02-11", "02-23", "03-21", "03-22", "04-29", "05-03", "05-04", "05-05", "07-19",
                "08-11", "09-20", "09-23", "10-11", "11-03", "11-23",
            ],
        ),
    ];

    #[test]
    fn national_holidays_are_those_the_cabinet_office_publishes() {
        for (year, days) in HOLIDAYS {
            let first = NaiveDate::from_ymd_opt(*year, 1, 1).unwrap();
            let computed: Vec<String> = first
                .iter_days()
                .take_while(|d| d.year() == *year)
                .filter(|d| holiday(*d).is_some())
                .map(|d| d.format("%m-%d").to_string())
                .collect();
            assert_eq!(computed, *days, "{year}");
        }
    }

    #[test]
    fn the_office_is_closed_from_29_december_to_3_january() {
        let calendar = Calendar::default();
        assert!(calendar.is_office_day(day("2026-12-28")));
        assert_eq!(calendar.closed(day("2026-12-29")), Some(Closed::NewYear));
        assert_eq!(calendar.closed(day("2027-01-01")), Some(Closed::NewYear));
        assert_eq!(calendar.next_office_day(day("2026-12-28")), Some(day("2027-01-04")));
        assert_eq!(calendar.previous_office_day(day("2027-01-04")), Some(day("2026-12-28")));
    }

    #[test]
    fn own_days_close_and_open_the_office() {
        let mut calendar = Calendar::default().with_closed([day("2026-11-24")]);
        assert_eq!(calendar.closed(day("2026-11-24")), Some(Closed::Own));
        assert!(!calendar.is_office_day(day("2026-11-22")));
        calendar.open.insert(day("2026-11-22"));
        assert!(calendar.is_office_day(day("2026-11-22")));
    }

    #[test]
    fn november_2026_has_nineteen_office_days() {
        assert_eq!(Calendar::default().office_days(day("2026-11-01"), day("2026-11-30")), 19);
        assert_eq!(Calendar::default().office_days(day("2026-11-30"), day("2026-11-01")), 0);
    }

    #[test]
    fn a_calendar_closed_for_ever_does_not_search_for_ever() {
        let all: Vec<NaiveDate> = day("2026-01-01").iter_days().take(400).collect();
        assert_eq!(Calendar::default().with_closed(all).next_office_day(day("2026-03-01")), None);
    }
}

//! A crontab line as crontab(5) and POSIX have it: five fields, weekdays from Sunday = 0 (or 7).
//! The `cron` crate wants six fields and counts Sunday as 1, so each field is parsed here and handed over as a plain list.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A line that was parsed and can fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronLine {
    written: String,
    /// Minutes, hours, days, months, weekdays (0 is Sunday).
    fields: [BTreeSet<u32>; 5],
}

/// The fields in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CronField {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

/// Why a line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCron {
    #[error("a crontab line has five fields, not {0}")]
    FieldCount(usize),
    #[error("`{part}` is not a value of the field {field:?}")]
    Field { field: CronField, part: String },
    /// crontab(5) fires when *either* day field matches, which almost nobody means.
    #[error("day of month and weekday are both restricted")]
    BothDays,
    #[error("no such day ever comes")]
    NeverFires,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl CronField {
    const ALL: [CronField; 5] =
        [CronField::Minute, CronField::Hour, CronField::Day, CronField::Month, CronField::Weekday];

    /// Smallest and largest number that may be written.
    const fn range(self) -> (u32, u32) {
        match self {
            CronField::Minute => (0, 59),
            CronField::Hour => (0, 23),
            CronField::Day => (1, 31),
            CronField::Month => (1, 12),
            CronField::Weekday => (0, 7),
        }
    }

    /// How many values it can take.
    const fn size(self) -> usize {
        match self {
            CronField::Minute => 60,
            CronField::Hour => 24,
            CronField::Day => 31,
            CronField::Month => 12,
            CronField::Weekday => 7,
        }
    }

    fn number(self, text: &str) -> Option<u32> {
        let (min, max) = self.range();
        let named = |names: &[&str], first: u32| {
            let at = names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
            Some(first + u32::try_from(at).ok()?)
        };
        let digits = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        match self {
            _ if digits => text.parse().ok().filter(|n| (min..=max).contains(n)),
            CronField::Month => named(&MONTHS, 1),
            CronField::Weekday => named(&WEEKDAYS, 0),
            CronField::Minute | CronField::Hour | CronField::Day => None,
        }
    }

    /// `*`, `5`, `1-5`, `*/15`, `10-40/10`, and lists of these.
    fn parse(self, text: &str) -> Result<BTreeSet<u32>, BadCron> {
        let mut values = BTreeSet::new();
        for part in text.split(',') {
            let range = self.part(part).ok_or_else(|| BadCron::Field { field: self, part: part.to_owned() })?;
            // Sunday is 0 and 7.
            values.extend(range.map(|n| if self == CronField::Weekday { n % 7 } else { n }));
        }
        Ok(values)
    }

    fn part(self, part: &str) -> Option<impl Iterator<Item = u32> + use<>> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok().filter(|n| (1..=59).contains(n))?)),
            None => (part, None),
        };
        let (min, max) = self.range();
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (min, if self == CronField::Weekday { 6 } else { max }),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            // A step on a single number has no agreed meaning.
            None if step.is_some() => return None,
            None => (self.number(range)?, self.number(range)?),
        };
        // `FRI-SUN` reaches to the Sunday written 7.
        let last = if self == CronField::Weekday && last == 0 && first > 0 { 7 } else { last };
        (first <= last).then(|| (first..=last).step_by(step.unwrap_or(1) as usize))
    }
}

impl CronLine {
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Every time of day at which it can fire, as (hour, minute).
    pub fn times(&self) -> impl Iterator<Item = (u32, u32)> {
        let [minutes, hours, ..] = &self.fields;
        hours.iter().flat_map(move |hour| minutes.iter().map(move |minute| (*hour, *minute)))
    }

    /// As the `cron` crate reads it.
    pub(super) fn schedule(&self) -> cron::Schedule {
        translate(&self.fields).parse().expect("every field is a list of values that the cron crate knows")
    }
}

fn translate(fields: &[BTreeSet<u32>; 5]) -> String {
    let list = |field: CronField, values: &BTreeSet<u32>| -> String {
        if values.len() == field.size() {
            return "*".to_owned();
        }
        let name = |n: &u32| match field {
            CronField::Weekday => WEEKDAYS[*n as usize].to_owned(),
            _ => n.to_string(),
        };
        values.iter().map(name).collect::<Vec<_>>().join(",")
    };
    let lists: Vec<String> =
        CronField::ALL.into_iter().zip(fields).map(|(field, values)| list(field, values)).collect();
    format!("0 {}", lists.join(" "))
}

impl FromStr for CronLine {
    type Err = BadCron;

    fn from_str(text: &str) -> Result<Self, BadCron> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(BadCron::FieldCount(parts.len()));
        };
        let fields = [
            CronField::Minute.parse(minute)?,
            CronField::Hour.parse(hour)?,
            CronField::Day.parse(day)?,
            CronField::Month.parse(month)?,
            CronField::Weekday.parse(weekday)?,
        ];
        let [_, _, days, months, weekdays] = &fields;
        if days.len() < CronField::Day.size() && weekdays.len() < CronField::Weekday.size() {
            return Err(BadCron::BothDays);
        }
        // The longest each month ever gets; February has its 29th in leap years.
        let longest = |month: &u32| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if !months.iter().any(|month| days.iter().any(|day| *day <= longest(month))) {
            return Err(BadCron::NeverFires);
        }
        Ok(Self { written: parts.join(" "), fields })
    }
}

impl TryFrom<String> for CronLine {
    type Error = BadCron;
    fn try_from(text: String) -> Result<Self, BadCron> {
        text.parse()
    }
}

impl From<CronLine> for String {
    fn from(line: CronLine) -> String {
        line.written
    }
}

impl fmt::Display for CronLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

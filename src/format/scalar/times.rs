//! Durations with their units, days of both calendars, and fiscal years.

use std::time::Duration;

use chrono::NaiveDate;

use super::{Fault, Scalar, Schema, matching};
use crate::format::tree::shown;
use crate::message;
use crate::model::era::{BadEraDate, EraDate};
use crate::model::message::Message;
use crate::model::time::FiscalYear;

pub static DURATION: Scalar =
    Scalar { check: |t| duration(t).map(drop), schema: matching("^([0-9]+[dhms])+$"), example: "1m30s" };
pub static DATE: Scalar = Scalar {
    check: |t| date(t).map(drop),
    schema: matching("^([0-9]{4}-[0-9]{2}-[0-9]{2}|(明治|大正|昭和|平成|令和)([0-9]+|元)年[0-9]+月[0-9]+日)$"),
    example: "2026-04-01",
};
pub static FISCAL_YEAR: Scalar =
    Scalar { check: |t| fiscal_year(t).map(drop), schema: Schema::TextOrNumber, example: "令和8年度" };

/// Longest duration: nothing here waits a year.
const MAX_DURATION: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// `30s`, `5m`, `2h`, `1d12h`: units from large to small, each at most once. A bare number says no unit and is refused.
///
/// # Errors
/// If it is none, zero, or longer than a year.
pub fn duration(text: &str) -> Result<Duration, Fault> {
    let fault = |code: Message| Err(Fault::new(code).example(DURATION.example));
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let hint = message!("format.hint-unit", seconds = format!("{text}s"), minutes = format!("{text}m"));
        return Err(Fault::new(message!("format.duration-without-unit", found = shown(text))).hint(hint));
    }
    let Some(seconds) = seconds(text) else {
        return fault(message!("format.bad-duration", found = shown(text)));
    };
    match Duration::from_secs(seconds) {
        Duration::ZERO => fault(message!("format.zero-duration")),
        long if long > MAX_DURATION => fault(message!("format.duration-too-long", found = shown(text))),
        duration => Ok(duration),
    }
}

fn seconds(text: &str) -> Option<u64> {
    const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, factor) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*factor)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(total)
}

/// A duration as it would be written: `1d12h`, `90s` as `1m30s`.
pub fn show_duration(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut out = String::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if rest / size > 0 {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// A day: `2026-04-01` or `令和8年4月1日`.
///
/// # Errors
/// If there is no such day.
pub fn date(text: &str) -> Result<NaiveDate, Fault> {
    let no_such_day = || Fault::new(message!("format.no-such-day", found = shown(text)));
    let shape: Vec<usize> = text.split('-').map(str::len).collect();
    if shape == [4, 2, 2] && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return text.parse().map_err(|_| no_such_day());
    }
    match text.parse::<EraDate>() {
        Ok(date) => Ok(date.day()),
        Err(BadEraDate::OutsideEra) => Err(Fault::new(message!("format.day-outside-era", found = shown(text)))),
        Err(BadEraDate::NoSuchDay) => Err(no_such_day()),
        Err(BadEraDate::Form) => {
            Err(Fault::new(message!("format.bad-date", found = shown(text))).example("2026-04-01 / 令和8年4月1日"))
        }
    }
}

/// `2026` or `令和8年度`.
///
/// # Errors
/// If it is none.
pub fn fiscal_year(text: &str) -> Result<FiscalYear, Fault> {
    text.parse()
        .map_err(|_| Fault::new(message!("format.bad-fiscal-year", found = shown(text))).example("2026 / 令和8年度"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::scalar::tests::code;

    #[test]
    fn durations_need_their_units() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1d12h"), Ok(Duration::from_secs(36 * 3600)));
        assert_eq!(code(duration("30")), "format.duration-without-unit");
        for bad in ["", "s", "5 m", "1h1d", "1m1m", "5min", "-5m", "５m", "99999999999999999999s", "1.5h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(code(duration("0s")), "format.zero-duration");
        assert_eq!(code(duration("400d")), "format.duration-too-long");
    }

    #[test]
    fn days_are_read_in_both_calendars_and_must_exist() {
        assert_eq!(date("2026-04-01"), date("令和8年4月1日"));
        assert_eq!(code(date("2026-02-29")), "format.no-such-day");
        assert_eq!(code(date("令和1年4月1日")), "format.day-outside-era");
        assert_eq!(code(date("2026/04/01")), "format.bad-date");
        assert_eq!(code(date("2026-4-1")), "format.bad-date");
    }

    proptest! {
        #[test]
        fn every_duration_survives_its_text_form(seconds in 1u64..=366 * 86_400) {
            let whole = Duration::from_secs(seconds);
            prop_assert_eq!(duration(&show_duration(whole)), Ok(whole));
        }
    }
}

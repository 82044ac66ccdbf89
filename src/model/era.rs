//! 元号: Japanese eras as forms and offices write them. Days before the Gregorian calendar came into use
//! (1873-01-01, 明治6年) have other months and days and are refused rather than guessed.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::time::FiscalYear;

/// An era, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Era {
    #[serde(rename = "明治")]
    Meiji,
    #[serde(rename = "大正")]
    Taisho,
    #[serde(rename = "昭和")]
    Showa,
    #[serde(rename = "平成")]
    Heisei,
    #[serde(rename = "令和")]
    Reiwa,
}

/// Why a text or a combination is no day or year in an era.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEraDate {
    /// Not written like `令和8年4月1日`.
    #[error("not a date in a Japanese era")]
    Form,
    /// The calendar has no such day.
    #[error("this day does not exist")]
    NoSuchDay,
    /// The day exists, but lies in another era.
    #[error("this day is not in that era")]
    OutsideEra,
}

impl Era {
    pub const ALL: [Era; 5] = [Era::Meiji, Era::Taisho, Era::Showa, Era::Heisei, Era::Reiwa];

    pub const fn kanji(self) -> &'static str {
        match self {
            Era::Meiji => "明治",
            Era::Taisho => "大正",
            Era::Showa => "昭和",
            Era::Heisei => "平成",
            Era::Reiwa => "令和",
        }
    }

    /// The Latin letter forms print for it.
    pub const fn letter(self) -> char {
        match self {
            Era::Meiji => 'M',
            Era::Taisho => 'T',
            Era::Showa => 'S',
            Era::Heisei => 'H',
            Era::Reiwa => 'R',
        }
    }

    /// Western year of the era's first year (元年).
    pub const fn first_year(self) -> i32 {
        match self {
            Era::Meiji => 1868,
            Era::Taisho => 1912,
            Era::Showa => 1926,
            Era::Heisei => 1989,
            Era::Reiwa => 2019,
        }
    }

    /// First day as this program counts it: eras turn by the day; 明治 is counted from the first Gregorian day.
    pub fn first_day(self) -> NaiveDate {
        let (year, month, day) = match self {
            Era::Meiji => (1873, 1, 1),
            Era::Taisho => (1912, 7, 30),
            Era::Showa => (1926, 12, 25),
            Era::Heisei => (1989, 1, 8),
            Era::Reiwa => (2019, 5, 1),
        };
        NaiveDate::from_ymd_opt(year, month, day).expect("the eras' first days exist")
    }

    /// The era a day lies in; `None` before 1873.
    pub fn of(day: NaiveDate) -> Option<Era> {
        Era::ALL.into_iter().rev().find(|era| era.first_day() <= day)
    }

    /// The day that an era, a year in it (1 is 元年), a month and a day name.
    ///
    /// # Errors
    /// If the calendar has no such day, or it lies in another era.
    pub fn day(self, year: u32, month: u32, day: u32) -> Result<NaiveDate, BadEraDate> {
        let offset = i32::try_from(year).ok().filter(|y| (1..=999).contains(y)).ok_or(BadEraDate::NoSuchDay)?;
        let western = self.first_year() + offset - 1;
        let day = NaiveDate::from_ymd_opt(western, month, day).ok_or(BadEraDate::NoSuchDay)?;
        if Era::of(day) == Some(self) { Ok(day) } else { Err(BadEraDate::OutsideEra) }
    }
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.kanji())
    }
}

impl FromStr for Era {
    type Err = BadEraDate;

    /// `令和`, `R`, `r`, or the one-character form `㋿`.
    fn from_str(text: &str) -> Result<Self, BadEraDate> {
        let text: String = text.nfkc().collect();
        let upper = text.trim().to_uppercase();
        Era::ALL
            .into_iter()
            .find(|era| upper == era.kanji() || upper.chars().eq([era.letter()]))
            .ok_or(BadEraDate::Form)
    }
}

/// A day as an era writes it: `令和8年4月1日`, `令和元年5月1日`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EraDate(NaiveDate);

impl EraDate {
    /// `None` before 1873, where eras have other months and days.
    pub fn of(day: NaiveDate) -> Option<Self> {
        Era::of(day).map(|_| Self(day))
    }

    pub fn day(self) -> NaiveDate {
        self.0
    }

    pub fn era(self) -> Era {
        Era::of(self.0).expect("an EraDate is only made of days that lie in an era")
    }

    /// Year in the era; 1 is 元年.
    pub fn year(self) -> i32 {
        self.0.year() - self.era().first_year() + 1
    }
}

impl fmt::Display for EraDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = EraYear(self.year());
        write!(f, "{}{year}年{}月{}日", self.era(), self.0.month(), self.0.day())
    }
}

impl FromStr for EraDate {
    type Err = BadEraDate;

    /// `令和8年4月1日`, `令和元年5月1日`, with digits of any width and spaces between.
    fn from_str(text: &str) -> Result<Self, BadEraDate> {
        let text: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
        let (era, rest) = split_era(&text)?;
        let (year, rest) = rest.split_once('年').ok_or(BadEraDate::Form)?;
        let (month, rest) = rest.split_once('月').ok_or(BadEraDate::Form)?;
        let day = rest.strip_suffix('日').ok_or(BadEraDate::Form)?;
        era.day(year_number(year)?, number(month)?, number(day)?).map(Self)
    }
}

/// A year in an era as it is written.
struct EraYear(i32);

impl fmt::Display for EraYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 1 { f.write_str("元") } else { write!(f, "{}", self.0) }
    }
}

fn split_era(text: &str) -> Result<(Era, &str), BadEraDate> {
    Era::ALL.into_iter().find_map(|era| text.strip_prefix(era.kanji()).map(|rest| (era, rest))).ok_or(BadEraDate::Form)
}

fn year_number(text: &str) -> Result<u32, BadEraDate> {
    if text == "元" { Ok(1) } else { number(text) }
}

fn number(text: &str) -> Result<u32, BadEraDate> {
    let digits = !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().map_err(|_| BadEraDate::Form) } else { Err(BadEraDate::Form) }
}

impl FiscalYear {
    /// As offices call it: `令和8年度`. A fiscal year in which the era changed carries the era of its October, so that
    /// April 2019 to March 2020 is 令和元年度.
    pub fn era_name(self) -> String {
        let october = NaiveDate::from_ymd_opt(self.0, 10, 1).unwrap_or(NaiveDate::MAX);
        match EraDate::of(october) {
            Some(date) => format!("{}{}年度", date.era(), EraYear(date.year())),
            None => format!("{}年度", self.0),
        }
    }
}

/// Why a text is no fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a fiscal year such as 2026 or 令和8年度")]
pub struct BadFiscalYear;

impl FromStr for FiscalYear {
    type Err = BadFiscalYear;

    /// `2026`, `2026年度`, `FY2026`, `令和8年度`, `令和8`, `R8`; also 平成31年度, as April 2019 knew it.
    fn from_str(text: &str) -> Result<Self, BadFiscalYear> {
        let text: String = text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let text = text.strip_suffix("年度").or_else(|| text.strip_suffix('年')).unwrap_or(&text);
        let western = text.strip_prefix("FY").unwrap_or(text);
        if western.len() == 4 && western.bytes().all(|b| b.is_ascii_digit()) {
            let year = western.parse().map_err(|_| BadFiscalYear)?;
            return if (1873..=2200).contains(&year) { Ok(Self(year)) } else { Err(BadFiscalYear) };
        }
        let (era, year) = split_era(text)
            .ok()
            .or_else(|| Era::ALL.into_iter().find_map(|era| text.strip_prefix(era.letter()).map(|rest| (era, rest))))
            .ok_or(BadFiscalYear)?;
        let year = year_number(year).ok().and_then(|y| i32::try_from(y).ok()).ok_or(BadFiscalYear)?;
        let fiscal = Self(era.first_year() + year - 1);
        let touches = |day| Era::of(day) == Some(era);
        if year >= 1 && (touches(fiscal.first_day()) || touches(fiscal.last_day())) {
            Ok(fiscal)
        } else {
            Err(BadFiscalYear)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn eras_turn_by_the_day() {
        let name = |y, m, d| EraDate::of(day(y, m, d)).unwrap().to_string();
        assert_eq!(name(1912, 7, 29), "明治45年7月29日");
        assert_eq!(name(1912, 7, 30), "大正元年7月30日");
        assert_eq!(name(1926, 12, 24), "大正15年12月24日");
        assert_eq!(name(1926, 12, 25), "昭和元年12月25日");
        assert_eq!(name(1989, 1, 7), "昭和64年1月7日");
        assert_eq!(name(1989, 1, 8), "平成元年1月8日");
        assert_eq!(name(2019, 4, 30), "平成31年4月30日");
        assert_eq!(name(2019, 5, 1), "令和元年5月1日");
    }

    #[test]
    fn a_day_of_another_era_and_a_day_that_does_not_exist_are_told_apart() {
        assert_eq!(Era::Showa.day(64, 1, 8), Err(BadEraDate::OutsideEra));
        assert_eq!(Era::Reiwa.day(1, 4, 30), Err(BadEraDate::OutsideEra));
        assert_eq!(Era::Reiwa.day(8, 2, 29), Err(BadEraDate::NoSuchDay));
        assert_eq!(Era::Reiwa.day(0, 5, 1), Err(BadEraDate::NoSuchDay));
        assert_eq!(Era::Meiji.day(5, 12, 3), Err(BadEraDate::OutsideEra));
        assert_eq!("令和8年4月".parse::<EraDate>(), Err(BadEraDate::Form));
    }

    #[test]
    fn full_width_digits_and_spaces_are_read() {
        let date: EraDate = "令和　８ 年４月１日".parse().unwrap();
        assert_eq!(date.day(), day(2026, 4, 1));
        assert_eq!("㋿".parse(), Ok(Era::Reiwa));
        assert_eq!("ｓ".parse(), Ok(Era::Showa));
    }

    #[test]
    fn fiscal_years_are_read_and_named_as_offices_do() {
        for text in ["2026", "令和8年度", "令和８年度", "R8", "FY2026", "2026年度"] {
            assert_eq!(text.parse(), Ok(FiscalYear(2026)), "{text}");
        }
        assert_eq!("平成31年度".parse(), Ok(FiscalYear(2019)));
        assert_eq!("令和元年度".parse(), Ok(FiscalYear(2019)));
        assert_eq!(FiscalYear(2019).era_name(), "令和元年度");
        assert_eq!(FiscalYear(2026).era_name(), "令和8年度");
        for text in ["", "26", "令和0年度", "平成40年度", "12345", "R"] {
            assert!(text.parse::<FiscalYear>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_since_1873_survives_its_era_name(days in 0i64..90_000) {
            let day = day(1873, 1, 1) + chrono::Duration::days(days);
            let name = EraDate::of(day).unwrap().to_string();
            prop_assert_eq!(name.parse::<EraDate>().unwrap().day(), day);
        }

        #[test]
        fn no_text_panics(text in ".{0,20}") {
            let _ = text.parse::<EraDate>();
            let _ = text.parse::<FiscalYear>();
            let _ = text.parse::<Era>();
        }
    }
}

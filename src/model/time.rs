//! Instants are UTC, days are Tokyo's. Japan has no daylight saving time, so one fixed offset is exact for every
//! date this program can meet.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// An instant, as the journal keeps it.
pub type Instant = DateTime<Utc>;

/// Seconds that Tokyo is ahead of UTC.
const TOKYO_OFFSET_SECONDS: i32 = 9 * 60 * 60;

/// Tokyo's offset as chrono wants it.
pub fn tokyo() -> FixedOffset {
    FixedOffset::east_opt(TOKYO_OFFSET_SECONDS).expect("nine hours are within chrono's ±24 h")
}

/// The Tokyo calendar day of an instant.
pub fn tokyo_date(at: Instant) -> NaiveDate {
    at.with_timezone(&tokyo()).date_naive()
}

/// Midnight in Tokyo at the start of a day.
pub fn start_of(day: NaiveDate) -> Instant {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    tokyo().from_local_datetime(&midnight).single().expect("a fixed offset has no gaps").with_timezone(&Utc)
}

/// 年度: April to March, named by the year of its April.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FiscalYear(pub i32);

impl FiscalYear {
    pub fn of(day: NaiveDate) -> Self {
        Self(if day.month() >= 4 { day.year() } else { day.year() - 1 })
    }

    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 4, 1).expect("1 April exists in every year")
    }

    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0 + 1, 3, 31).expect("31 March exists in every year")
    }

    pub fn contains(self, day: NaiveDate) -> bool {
        Self::of(day) == self
    }
}

impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Serialises a duration as whole milliseconds: journal and socket stay readable.
pub mod millis {
    use super::Duration;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::missing_errors_doc, reason = "serde's own contract")]
    pub fn serialize<S: Serializer>(duration: &Duration, out: S) -> Result<S::Ok, S::Error> {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).serialize(out)
    }

    #[expect(clippy::missing_errors_doc, reason = "serde's own contract")]
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

/// The same for a duration that may be missing.
pub mod optional_millis {
    use super::{Duration, millis};
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::missing_errors_doc, reason = "serde's own contract")]
    pub fn serialize<S: Serializer>(duration: &Option<Duration>, out: S) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => millis::serialize(duration, out),
            None => out.serialize_none(),
        }
    }

    #[expect(clippy::missing_errors_doc, reason = "serde's own contract")]
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fiscal_year_turns_at_midnight_in_tokyo() {
        let last = Utc.with_ymd_and_hms(2026, 3, 31, 14, 59, 59).unwrap();
        let first = Utc.with_ymd_and_hms(2026, 3, 31, 15, 0, 0).unwrap();
        assert_eq!(FiscalYear::of(tokyo_date(last)), FiscalYear(2025));
        assert_eq!(FiscalYear::of(tokyo_date(first)), FiscalYear(2026));
    }
}

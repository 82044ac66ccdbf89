//! Where the year will end if it goes on as it did.

use serde::Serialize;

/// Office days below which a rate says nothing.
pub const ENOUGH_DAYS: u32 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "forecast")]
pub enum Forecast {
    /// The year is over: what was reached stands.
    Closed,
    /// Too few office days yet.
    TooEarly { office_days: u32 },
    /// Seconds at the end of the year: those so far, and the same per office day for the days left.
    Expected { seconds: i64, office_days_left: u32 },
}

/// From the seconds saved in `past` office days, for the `left` that remain.
pub fn forecast(saved: i64, past: u32, left: u32) -> Forecast {
    if past < ENOUGH_DAYS {
        return Forecast::TooEarly { office_days: past };
    }
    let to_come = i128::from(saved) * i128::from(left) / i128::from(past);
    let seconds = saved.saturating_add(i64::try_from(to_come).unwrap_or(i64::MAX));
    Forecast::Expected { seconds, office_days_left: left }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nineteen_office_days_are_too_few_and_twenty_enough() {
        assert_eq!(forecast(3_600, 19, 200), Forecast::TooEarly { office_days: 19 });
        assert_eq!(forecast(3_600, 20, 200), Forecast::Expected { seconds: 39_600, office_days_left: 200 });
    }

    #[test]
    fn a_loss_is_forecast_as_a_loss() {
        assert_eq!(forecast(-200, 20, 10), Forecast::Expected { seconds: -300, office_days_left: 10 });
    }
}

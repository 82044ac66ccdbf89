//! Numbers, each within its bounds: counts, lengths on paper, factors, chances.

use super::{Fault, Scalar, Schema, matching};
use crate::format::tree::shown;
use crate::message;

pub static PROBABILITY: Scalar =
    Scalar { check: |t| probability(t).map(drop), schema: matching("^[0-9]+([.][0-9]+)?%$"), example: "0.1%" };
pub static MILLIMETRES: Scalar = Scalar {
    check: |t| millimetres(t).map(drop),
    schema: Schema::Number { min: 0.0, max: MAX_MILLIMETRES },
    example: "12.5",
};
pub static FACTOR: Scalar =
    Scalar { check: |t| factor(t).map(drop), schema: Schema::Number { min: 1.0, max: 10.0 }, example: "2" };
pub static COUNT: Scalar =
    Scalar { check: |t| count(t).map(drop), schema: Schema::Integer { min: 1, max: 1_000_000 }, example: "40" };
pub static BOXES: Scalar =
    Scalar { check: |t| boxes(t).map(drop), schema: Schema::Integer { min: 1, max: 100 }, example: "7" };
pub static ATTEMPTS: Scalar =
    Scalar { check: |t| attempts(t).map(drop), schema: Schema::Integer { min: 0, max: 20 }, example: "3" };
pub static SESSIONS: Scalar =
    Scalar { check: |t| sessions(t).map(drop), schema: Schema::Integer { min: 1, max: 20 }, example: "1" };
pub static NTH: Scalar =
    Scalar { check: |t| nth(t).map(drop), schema: Schema::Integer { min: 1, max: 999 }, example: "2" };
pub static ROWS: Scalar =
    Scalar { check: |t| rows(t).map(drop), schema: Schema::Integer { min: 1, max: 99 }, example: "3" };
pub static MEGABYTES: Scalar =
    Scalar { check: |t| megabytes(t).map(drop), schema: Schema::Integer { min: 1, max: 50 }, example: "10" };

/// A3 in landscape.
const MAX_MILLIMETRES: f64 = 420.0;

/// A chance as a percentage: `0.1%`; more than 0% and less than 100%. Gives 0 to 1.
///
/// # Errors
/// If it is none. A bare number could mean either scale and is refused.
pub fn probability(text: &str) -> Result<f64, Fault> {
    let fault = || Fault::new(message!("format.bad-probability", found = shown(text))).example(PROBABILITY.example);
    let digits = text.strip_suffix('%').filter(|d| d.starts_with(|c: char| c.is_ascii_digit())).ok_or_else(fault)?;
    if digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(fault());
    }
    let percent: f64 = digits.parse().map_err(|_| fault())?;
    if percent > 0.0 && percent < 100.0 { Ok(percent / 100.0) } else { Err(fault()) }
}

/// Any number.
///
/// # Errors
/// If it is none.
pub fn number(text: &str) -> Result<f64, Fault> {
    within(text, -1e12, 1e12)
}

fn millimetres(text: &str) -> Result<f64, Fault> {
    within(text, 0.0, MAX_MILLIMETRES)
}

/// A factor on a waiting time, 1 to 10.
///
/// # Errors
/// If it is outside.
pub fn factor(text: &str) -> Result<f64, Fault> {
    within(text, 1.0, 10.0)
}

fn within(text: &str, min: f64, max: f64) -> Result<f64, Fault> {
    let shape = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let number = text.parse::<f64>().ok().filter(|_| shape);
    let number =
        number.ok_or_else(|| Fault::new(message!("format.bad-number", found = shown(text))).example("12.5"))?;
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(Fault::new(message!("format.out-of-range", found = shown(text), min = min, max = max)))
    }
}

/// A count of cases, 1 to 1,000,000.
///
/// # Errors
/// If it is outside.
pub fn count(text: &str) -> Result<u32, Fault> {
    whole(text, 1, 1_000_000)
}

/// How many boxes a row has, 1 to 100.
///
/// # Errors
/// If it is outside.
pub fn boxes(text: &str) -> Result<u32, Fault> {
    whole(text, 1, 100)
}

/// How often to try again, 0 to 20.
///
/// # Errors
/// If it is outside.
pub fn attempts(text: &str) -> Result<u32, Fault> {
    whole(text, 0, 20)
}

/// How many sessions at once, 1 to 20.
///
/// # Errors
/// If it is outside.
pub fn sessions(text: &str) -> Result<u8, Fault> {
    whole(text, 1, 20).map(|n| u8::try_from(n).unwrap_or(u8::MAX))
}

/// Which of several, from 1.
///
/// # Errors
/// If it is outside 1 to 999.
pub fn nth(text: &str) -> Result<u16, Fault> {
    whole(text, 1, 999).map(|n| u16::try_from(n).unwrap_or(u16::MAX))
}

/// A size in megabytes.
///
/// # Errors
/// If it is outside 1 to 50.
pub fn megabytes(text: &str) -> Result<u16, Fault> {
    whole(text, 1, 50).map(|n| u16::try_from(n).unwrap_or(u16::MAX))
}

/// A number of rows.
///
/// # Errors
/// If it is outside 1 to 99.
pub fn rows(text: &str) -> Result<u16, Fault> {
    whole(text, 1, 99).map(|n| u16::try_from(n).unwrap_or(u16::MAX))
}

/// A number of characters.
///
/// # Errors
/// If it is outside 1 to 10000.
pub fn characters(text: &str) -> Result<usize, Fault> {
    whole(text, 1, 10_000).map(|n| n as usize)
}

fn whole(text: &str, min: u32, max: u32) -> Result<u32, Fault> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { text.parse::<u64>().unwrap_or(u64::MAX) } else { u64::MAX };
    if !digits {
        return Err(
            Fault::new(message!("format.bad-whole-number", found = shown(text))).example(&min.max(1).to_string())
        );
    }
    match u32::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(Fault::new(message!("format.out-of-range", found = shown(text), min = min, max = max))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::scalar::tests::code;

    #[test]
    fn a_chance_is_a_percentage_between_the_ends() {
        assert_eq!(probability("1%"), Ok(0.01));
        assert!((probability("0.1%").unwrap() - 0.001).abs() < 1e-12);
        for bad in ["0.001", "0%", "100%", "-1%", "1e-3%", "%", "1 %", "NaN%", "1.2.3%"] {
            assert_eq!(code(probability(bad)), "format.bad-probability", "{bad}");
        }
    }
}

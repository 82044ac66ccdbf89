//! How often readings with a given score were wrong on labelled scans. What was not measured stays uncalibrated, and
//! a table holds only for the models and the procedure it was measured with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts the ways of cutting, cleaning and scoring. Whoever changes one of them so that scores mean something else
/// raises this number and measures again (`examples/calibrate.rs`).
pub const PROCEDURE: u32 = 1;

/// The confidence of every bound.
const CONFIDENCE: f64 = 0.95;
/// From a bin with fewer readings than this, nothing follows.
const LEAST_READINGS: u64 = 200;

/// What is measured separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recogniser {
    /// One digit in its box.
    Digit,
    /// A zone found blank.
    Blank,
    /// A choice with one option marked.
    Mark,
    /// A choice with none marked.
    NoMark,
    /// A line read by the character recogniser.
    Line,
    /// A line that Tesseract reads like the character recogniser.
    LineTwice,
    /// A row of kana boxes.
    Kana,
    /// A QR code.
    QrCode,
    /// A code of bars.
    Bars,
}

/// The measured table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub procedure: u32,
    /// How it was measured: command, date, pages.
    pub measured: String,
    /// By recogniser, from the surest bin down.
    pub bins: BTreeMap<Recogniser, Vec<Bin>>,
}

/// Readings whose score reaches `from`, but not the `from` of the bin before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    pub from: f64,
    pub printed: Count,
    pub handwritten: Count,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    pub read: u64,
    pub wrong: u64,
}

impl Count {
    /// Upper bound of the share of wrong ones; 1 if too few were read to tell.
    pub fn upper(self) -> f64 {
        if self.read < LEAST_READINGS { 1.0 } else { clopper_pearson_upper(self.wrong, self.read) }
    }
}

impl Calibration {
    /// The measured chance of error, 0 to 1, of a reading with this score: the worse of printed and handwritten, since
    /// nobody tells the reader which it has before it, and never better than that of a surer bin.
    /// `None` where nothing was measured.
    pub fn chance(&self, recogniser: Recogniser, score: f64) -> Option<f64> {
        let bins = self.bins.get(&recogniser)?;
        let reached = bins.iter().position(|bin| score >= bin.from)?;
        let worst = |bin: &Bin| bin.printed.upper().max(bin.handwritten.upper());
        let chance = bins[..=reached].iter().map(worst).fold(0.0, f64::max);
        (chance < 1.0).then_some(chance)
    }
}

/// Upper limit of the one-sided 95% Clopper-Pearson interval: the share at which `wrong` or fewer out of `read` would
/// come out only once in twenty times.
pub fn clopper_pearson_upper(wrong: u64, read: u64) -> f64 {
    if wrong >= read {
        return 1.0;
    }
    let (mut low, mut high) = (wrong as f64 / read as f64, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(wrong, read, middle) > 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Probability of at most `k` of `n` at `p` each, summed from the logarithms of the terms.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if p >= 1.0 {
        return 0.0;
    }
    let mut term = n as f64 * (-p).ln_1p();
    let mut sum = term.exp();
    for i in 1..=k {
        term += ((n - i + 1) as f64 / i as f64).ln() + p.ln() - (-p).ln_1p();
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_one_the_textbooks_print() {
        // "Rule of three": no error in n is compatible with 1 - 0.05^(1/n).
        assert!((clopper_pearson_upper(0, 1000) - 0.002_991).abs() < 1e-5);
        assert!((clopper_pearson_upper(1, 100) - 0.046_56).abs() < 1e-4);
        assert!((clopper_pearson_upper(5, 50) - 0.199_2).abs() < 2e-3);
        assert!((clopper_pearson_upper(7, 7) - 1.0).abs() < 1e-12);
    }

    fn table() -> Calibration {
        let bin = |from, printed: (u64, u64), hand: (u64, u64)| Bin {
            from,
            printed: Count { read: printed.0, wrong: printed.1 },
            handwritten: Count { read: hand.0, wrong: hand.1 },
        };
        let bins =
            vec![bin(0.99, (10_000, 0), (5_000, 1)), bin(0.9, (9_000, 0), (100, 0)), bin(0.5, (500, 9), (500, 9))];
        Calibration { procedure: PROCEDURE, measured: String::new(), bins: BTreeMap::from([(Recogniser::Digit, bins)]) }
    }

    #[test]
    fn print_read_well_does_not_vouch_for_handwriting() {
        let chance = table().chance(Recogniser::Digit, 0.995).unwrap();
        assert!((chance - clopper_pearson_upper(1, 5_000)).abs() < 1e-12);
        assert_eq!(table().chance(Recogniser::Digit, 0.95), None, "too little handwriting was measured there");
    }

    #[test]
    fn what_was_not_measured_has_no_chance() {
        assert_eq!(table().chance(Recogniser::Line, 1.0), None);
        assert_eq!(table().chance(Recogniser::Digit, 0.1), None);
    }
}

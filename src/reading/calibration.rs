//! How often readings with a given score were wrong on labelled scans. What was not measured stays uncalibrated, and
//! a table holds only for the models and the procedure it was measured with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::value::{Chance, Writing};

/// Counts the ways of cutting, cleaning and scoring. Whoever changes one of them so that scores mean something else
/// raises this number and measures again (`examples/calibrate.rs`).
pub const PROCEDURE: u32 = 4;

/// From a bin with fewer readings than this, nothing follows.
const LEAST_READINGS: f64 = 200.0;

/// What is measured separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recogniser {
    /// One digit in its box, whoever made it.
    Digit,
    /// One on a page which shows that a machine printed it.
    PrintedDigit,
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
    /// By recogniser.
    pub tables: BTreeMap<Recogniser, Table>,
}

/// What was counted of one recogniser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub on: Writing,
    /// How often each piece of writing by hand was read, on average. A digit read in three pens tells hardly more than
    /// one read once, so such counts weigh as much less.
    #[serde(default = "once")]
    pub repeated: f64,
    /// From the surest down.
    pub bins: Vec<Bin>,
}

fn once() -> f64 {
    1.0
}

impl Table {
    /// The chance that a reading of the bin is wrong: the worse of printed and handwritten, since nobody tells the reader
    /// which it has before it.
    pub fn chance(&self, bin: &Bin) -> f64 {
        bin.printed.chance(1.0).max(bin.handwritten.chance(self.repeated))
    }
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
    pub fn add(&mut self, more: Count) {
        self.read += more.read;
        self.wrong += more.wrong;
    }

    /// The chance that the next reading is wrong by Laplace's rule of succession, which never says that nothing can
    /// happen because nothing has: no error in 1,000 is a chance of 0.1%. 1 if too few were read to tell. Readings that
    /// are each `repeated` so often count as so many fewer.
    pub fn chance(self, repeated: f64) -> f64 {
        let (read, wrong) = (self.read as f64 / repeated, self.wrong as f64 / repeated);
        if read < LEAST_READINGS { 1.0 } else { (wrong + 1.0) / (read + 2.0) }
    }
}

impl Calibration {
    /// The measured chance of error of a reading with this score, never better than that of a surer bin. `None` where
    /// nothing was measured.
    pub fn chance(&self, recogniser: Recogniser, score: f64) -> Option<Chance> {
        let table = self.tables.get(&recogniser)?;
        let reached = table.bins.iter().position(|bin| score >= bin.from)?;
        let wrong = table.bins[..=reached].iter().map(|bin| table.chance(bin)).fold(0.0, f64::max);
        (wrong < 1.0).then_some(Chance::Calibrated(wrong, table.on))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Calibration {
        let bin = |from, printed: (u64, u64), hand: (u64, u64)| Bin {
            from,
            printed: Count { read: printed.0, wrong: printed.1 },
            handwritten: Count { read: hand.0, wrong: hand.1 },
        };
        let bins =
            vec![bin(0.99, (10_000, 0), (5_000, 1)), bin(0.9, (9_000, 0), (100, 0)), bin(0.5, (500, 9), (500, 9))];
        let tables = BTreeMap::from([(Recogniser::Digit, Table { on: Writing::People, repeated: 1.0, bins })]);
        Calibration { procedure: PROCEDURE, measured: String::new(), tables }
    }

    #[test]
    fn print_read_well_does_not_vouch_for_handwriting() {
        let chance = table().chance(Recogniser::Digit, 0.995);
        assert_eq!(chance, Some(Chance::Calibrated(2.0 / 5_002.0, Writing::People)));
        assert_eq!(table().chance(Recogniser::Digit, 0.95), None, "too little handwriting was measured there");
    }

    #[test]
    fn what_was_not_measured_has_no_chance() {
        assert_eq!(table().chance(Recogniser::Line, 1.0), None);
        assert_eq!(table().chance(Recogniser::Digit, 0.1), None);
    }

    #[test]
    fn the_same_writing_read_again_proves_little() {
        let four_times = Count { read: 4 * 998, wrong: 0 };
        assert!((four_times.chance(4.0) - 0.001).abs() < 1e-12);
        assert!((Count { read: 796, wrong: 0 }.chance(4.0) - 1.0).abs() < 1e-12, "199 pieces are too few");
    }

    #[test]
    fn no_error_among_many_is_no_proof_that_there_is_none() {
        assert!((Count { read: 998, wrong: 0 }.chance(1.0) - 0.001).abs() < 1e-12);
        assert!((Count { read: 199, wrong: 0 }.chance(1.0) - 1.0).abs() < 1e-12);
    }
}

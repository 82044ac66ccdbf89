//! A row of digits in boxes: the string, what else it may be, and what check digits say.

use crate::message;
use crate::model::form::DigitsCheck;
use crate::model::value::{Chance, Content, Personal};
use crate::reading::calibration::{Calibration, Recogniser};
use crate::reading::recognise::digits::DigitGuess;

use super::{Decided, alternative, check_digit};

/// What one box holds.
#[derive(Debug, Clone, PartialEq)]
pub enum CellReading {
    Blank,
    /// Ink too slight to be sure that it was meant.
    Faint,
    /// Something else than one digit, or a stroke that runs on into the next box; with the best guess at it.
    NoDigit(DigitGuess),
    /// And whether a machine printed it, as far as the page tells.
    Digit(DigitGuess, Maker),
}

/// What made a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Machine,
    /// A hand, or nobody knows.
    Hand,
}

impl CellReading {
    fn guess(&self) -> Option<&DigitGuess> {
        match self {
            CellReading::NoDigit(guess) | CellReading::Digit(guess, _) => Some(guess),
            CellReading::Blank | CellReading::Faint => None,
        }
    }

    /// That this digit is wrong.
    fn chance(&self, calibration: Option<&Calibration>) -> Option<Chance> {
        let score = self.guess()?.ranked()[0].1;
        let recogniser = match self {
            CellReading::Digit(_, Maker::Machine) => Recogniser::PrintedDigit,
            _ => Recogniser::Digit,
        };
        Some(calibration.and_then(|c| c.chance(recogniser, score)).unwrap_or(Chance::Uncalibrated(1.0 - score)))
    }
}

/// A digit less likely than this is no alternative.
const LEAST_ALTERNATIVE: f64 = 0.002;
/// How many other readings a person is shown.
const ALTERNATIVES: usize = 4;
/// The largest share of wrong numbers that still have a right check digit. 個人番号: two of eleven remainders give 0,
/// so at most 2 in 11. 法人番号: nine values, 1 in 9.
const MY_NUMBER_SLIPS: f64 = 2.0 / 11.0;
const CORPORATE_NUMBER_SLIPS: f64 = 1.0 / 9.0;

/// Decides a row. `calibration` is `None` where the models are not the measured ones.
pub fn decide(cells: &[CellReading], check: DigitsCheck, calibration: Option<&Calibration>) -> Decided {
    if cells.iter().all(|c| *c == CellReading::Blank) {
        let chance = calibration.and_then(|c| c.chance(Recogniser::Blank, 1.0));
        return Decided::blank(chance.unwrap_or(Chance::Uncalibrated(0.0)));
    }
    let guesses: Vec<&DigitGuess> = cells.iter().filter_map(CellReading::guess).collect();
    let best: String = guesses.iter().map(|g| g.ranked()[0].0).collect();
    if guesses.is_empty() {
        return Decided::unreadable(message!("reading.faint-writing"));
    }
    let unreadable = cells.iter().filter(|c| matches!(c, CellReading::NoDigit(_))).count();
    if unreadable > 0 {
        let mut decided = Decided::unreadable(message!("reading.box-without-digit", count = unreadable));
        decided.alternatives.push(alternative(best, score(&guesses)));
        return decided;
    }
    let mut decided = Decided {
        content: Content::Written(Personal::new(best.clone())),
        chance: chance(cells, score(&guesses), calibration),
        alternatives: others(&guesses, &best),
        doubts: Vec::new(),
    };
    if cells.contains(&CellReading::Faint) {
        decided.doubts.push(message!("reading.faint-writing"));
    }
    let empty = cells.len() - guesses.len();
    if empty > 0 {
        decided.doubts.push(message!("reading.boxes-left-empty", count = empty));
    } else {
        apply_check(&mut decided, &guesses, &best, check);
    }
    decided
}

/// Product of the digits' probabilities.
fn score(guesses: &[&DigitGuess]) -> f64 {
    guesses.iter().map(|g| g.ranked()[0].1).product()
}

/// That any digit of the row is wrong.
fn chance(cells: &[CellReading], score: f64, calibration: Option<&Calibration>) -> Chance {
    match Chance::of_any(cells.iter().filter_map(|cell| cell.chance(calibration))) {
        measured @ Chance::Calibrated(..) => measured,
        Chance::Uncalibrated(_) | Chance::NotRead => Chance::Uncalibrated(1.0 - score),
    }
}

/// The row with one digit changed, likeliest first.
fn others(guesses: &[&DigitGuess], best: &str) -> Vec<crate::model::value::Alternative> {
    let whole = score(guesses);
    let mut found: Vec<(String, f64)> = Vec::new();
    for (place, guess) in guesses.iter().enumerate() {
        let ranked = guess.ranked();
        for (digit, probability) in ranked[1..].iter().filter(|(_, p)| *p >= LEAST_ALTERNATIVE) {
            found.push((with(best, place, *digit), whole / ranked[0].1.max(1e-9) * probability));
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.into_iter().take(ALTERNATIVES).map(|(text, score)| alternative(text, score)).collect()
}

fn with(text: &str, place: usize, digit: char) -> String {
    text.chars().enumerate().map(|(i, c)| if i == place { digit } else { c }).collect()
}

fn holds(text: &str, check: DigitsCheck) -> bool {
    let digits: Vec<u8> = text.bytes().map(|b| b.wrapping_sub(b'0')).collect();
    match check {
        DigitsCheck::None => true,
        DigitsCheck::MyNumber => check_digit::my_number(&digits),
        DigitsCheck::CorporateNumber => check_digit::corporate_number(&digits),
        // No prefecture has an area that begins with 00 other than northern Hokkaido's 00x; 000 does not exist.
        DigitsCheck::PostalCode => digits.len() == 7 && !text.starts_with("000"),
    }
}

/// A check digit that holds makes the row surer; one that does not either singles out another reading, which a person
/// confirms, or leaves the row in doubt.
fn apply_check(decided: &mut Decided, guesses: &[&DigitGuess], best: &str, check: DigitsCheck) {
    // The share of wrong rows that the check would not have caught.
    let slips = match check {
        DigitsCheck::None => return,
        DigitsCheck::MyNumber => MY_NUMBER_SLIPS,
        DigitsCheck::CorporateNumber => CORPORATE_NUMBER_SLIPS,
        DigitsCheck::PostalCode => 1.0,
    };
    if holds(best, check) {
        if let Chance::Calibrated(wrong, _) = &mut decided.chance {
            *wrong *= slips;
        }
        decided.alternatives.retain(|a| holds(a.text.expose(), check));
        return;
    }
    if check == DigitsCheck::PostalCode {
        decided.doubts.push(message!("reading.no-such-postal-code"));
        return;
    }
    let mut fitting = others_that_hold(guesses, best, check);
    if fitting.len() == 1 {
        let (text, score) = fitting.remove(0);
        decided.content = Content::Written(Personal::new(text));
        decided.chance = Chance::Uncalibrated(1.0 - score);
        decided.alternatives.insert(0, alternative(best, self::score(guesses)));
        decided.doubts.push(message!("reading.chosen-by-check-digit"));
    } else {
        decided.doubts.push(message!("reading.check-digit-wrong"));
    }
}

/// Rows with one or two digits replaced by likely alternatives whose check digit holds.
fn others_that_hold(guesses: &[&DigitGuess], best: &str, check: DigitsCheck) -> Vec<(String, f64)> {
    let swaps: Vec<(usize, char, f64)> = guesses
        .iter()
        .enumerate()
        .flat_map(|(place, guess)| {
            let ranked = guess.ranked();
            let top = ranked[0].1.max(1e-9);
            ranked.into_iter().skip(1).filter(|(_, p)| *p >= LEAST_ALTERNATIVE).map(move |(d, p)| (place, d, p / top))
        })
        .collect();
    let whole = score(guesses);
    let mut found = Vec::new();
    for (i, (place, digit, ratio)) in swaps.iter().enumerate() {
        let one = with(best, *place, *digit);
        if holds(&one, check) {
            found.push((one.clone(), whole * ratio));
        }
        for (other_place, other_digit, other_ratio) in swaps[i + 1..].iter().filter(|s| s.0 != *place) {
            let two = with(&one, *other_place, *other_digit);
            if holds(&two, check) {
                found.push((two, whole * ratio * other_ratio));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Writing;
    use crate::reading::calibration::{Bin, Count, Table};

    fn sure(digit: char, second: char, probability: f64) -> CellReading {
        let mut digits = [0.0; 10];
        digits[digit as usize - '0' as usize] = probability;
        digits[second as usize - '0' as usize] = 1.0 - probability;
        CellReading::Digit(DigitGuess { digits, none: 0.0 }, Maker::Hand)
    }

    fn row(text: &str) -> Vec<CellReading> {
        text.chars().map(|c| sure(c, if c == '9' { '4' } else { '9' }, 0.9999)).collect()
    }

    fn text(decided: &Decided) -> &str {
        decided.content.written().unwrap().expose()
    }

    fn codes(decided: &Decided) -> Vec<&str> {
        decided.doubts.iter().map(|d| d.code.as_ref()).collect()
    }

    #[test]
    fn a_my_number_that_holds_is_taken_without_doubt() {
        let decided = decide(&row("123456789018"), DigitsCheck::MyNumber, None);
        assert_eq!(text(&decided), "123456789018");
        assert!(decided.doubts.is_empty());
    }

    #[test]
    fn the_check_digit_singles_out_another_reading_and_a_person_confirms_it() {
        let mut cells = row("123456789018");
        cells[3] = sure('9', '4', 0.6);
        let decided = decide(&cells, DigitsCheck::MyNumber, None);
        assert_eq!(text(&decided), "123456789018");
        assert_eq!(codes(&decided), ["reading.chosen-by-check-digit"]);
        assert_eq!(decided.alternatives[0].text.expose(), "123956789018");
    }

    #[test]
    fn a_check_digit_that_nothing_mends_is_a_doubt() {
        let decided = decide(&row("123456789017"), DigitsCheck::MyNumber, None);
        assert_eq!(codes(&decided), ["reading.check-digit-wrong"]);
    }

    #[test]
    fn blank_unreadable_and_partly_filled_are_three_things() {
        let blank = decide(&[CellReading::Blank, CellReading::Blank], DigitsCheck::None, None);
        assert_eq!(blank.content, Content::Blank);
        let smear = CellReading::NoDigit(DigitGuess { digits: [0.05; 10], none: 0.5 });
        let unreadable = decide(&[sure('1', '7', 0.99), smear], DigitsCheck::None, None);
        assert_eq!(unreadable.content, Content::Unreadable);
        let partly = decide(&[CellReading::Blank, sure('8', '3', 0.99)], DigitsCheck::None, None);
        assert_eq!((text(&partly), codes(&partly)), ("8", vec!["reading.boxes-left-empty"]));
    }

    #[test]
    fn a_digit_that_a_machine_printed_goes_by_what_was_counted_of_print() {
        let table = |read| Table {
            on: Writing::People,
            repeated: 1.0,
            bins: vec![Bin { from: 0.0, printed: Count { read, wrong: 0 }, handwritten: Count { read, wrong: 0 } }],
        };
        let tables = [(Recogniser::Digit, table(998)), (Recogniser::PrintedDigit, table(9_998))].into();
        let calibration = Calibration { procedure: 0, measured: String::new(), tables };
        let CellReading::Digit(guess, _) = sure('7', '1', 0.99) else { unreachable!() };
        let chance = |maker| decide(&[CellReading::Digit(guess, maker)], DigitsCheck::None, Some(&calibration)).chance;
        assert_eq!(chance(Maker::Hand), Chance::Calibrated(0.001, Writing::People));
        assert_eq!(chance(Maker::Machine), Chance::Calibrated(0.000_1, Writing::People));
    }

    #[test]
    fn without_a_calibration_nothing_is_calibrated() {
        let decided = decide(&row("12"), DigitsCheck::None, None);
        assert!(matches!(decided.chance, Chance::Uncalibrated(_)));
    }
}

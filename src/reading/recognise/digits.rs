//! The digit classifier: a small network of our own (`ocr-models/digits.rten`, its card tells what it was trained on).

use rten::{Model, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::cell::{Picture, SIDE};

/// Ten digits and "no digit".
const CLASSES: usize = 11;
/// The score of a digit that leans into another.
const NOT_SURE: f64 = 0.7;
/// A digit that is also looked at from so far to the left and to the right, as a sine: 10 degrees. What is surely read
/// only when it stands upright is not sure.
const LEAN: f64 = 0.17;

/// How likely each digit is, and that it is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DigitGuess {
    /// By digit; together with `none` they add up to 1, or to less where it is undecided.
    pub digits: [f64; 10],
    pub none: f64,
}

impl DigitGuess {
    /// The likeliest digit; `None` if it is likelier none.
    fn likeliest(&self) -> Option<char> {
        let (digit, probability) = self.ranked()[0];
        (probability >= self.none).then_some(digit)
    }

    fn logs(self) -> Logits {
        std::array::from_fn(|c| self.digits.get(c).copied().unwrap_or(self.none).max(f64::MIN_POSITIVE).ln())
    }

    /// Digits by falling probability.
    pub fn ranked(&self) -> Vec<(char, f64)> {
        let mut ranked: Vec<(char, f64)> = ('0'..='9').zip(self.digits).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}

/// Why the classifier gave nothing: broken weights, or weights of another shape.
#[derive(Debug, thiserror::Error)]
#[error("the digit classifier's weights do not work: {0}")]
pub struct BadWeights(String);

pub struct DigitClassifier {
    model: Model,
}

impl DigitClassifier {
    /// # Errors
    /// If these are no weights, or not of this network.
    pub fn load(weights: Vec<u8>) -> Result<Self, BadWeights> {
        let model = Model::load(weights).map_err(|e| BadWeights(e.to_string()))?;
        let classifier = Self { model };
        classifier.classify(&[[0; SIDE * SIDE]])?;
        Ok(classifier)
    }

    /// One guess a picture.
    ///
    /// # Errors
    /// If the network's answer has another shape than this program knows.
    pub fn classify(&self, pictures: &[Picture]) -> Result<Vec<DigitGuess>, BadWeights> {
        Ok(self.logits(pictures)?.iter().map(soft).collect())
    }

    /// One guess a picture from three looks at it: upright, leaning left and leaning right. The upright look says what
    /// it is; how sure that is, the mean of all three in logarithms, so that each can veto. Three times the work, for
    /// less that is sure and wrong.
    ///
    /// # Errors
    /// If the network's answer has another shape than this program knows.
    pub fn classify_leaning(&self, pictures: &[Picture]) -> Result<Vec<DigitGuess>, BadWeights> {
        let looks = pictures.iter().flat_map(|picture| [*picture, leaning(picture, -LEAN), leaning(picture, LEAN)]);
        let looks: Vec<DigitGuess> = self.logits(&looks.collect::<Vec<_>>())?.iter().map(soft).collect();
        Ok(looks.chunks_exact(3).map(together).collect())
    }

    fn logits(&self, pictures: &[Picture]) -> Result<Vec<Logits>, BadWeights> {
        let values: Vec<f32> = pictures.iter().flatten().map(|p| f32::from(*p) / 255.0).collect();
        let input = NdTensor::from_data([pictures.len(), 1, SIDE, SIDE], values);
        let output =
            self.model.run_one(ValueOrView::from(input.view()), None).map_err(|e| BadWeights(e.to_string()))?;
        let logits: NdTensor<f32, 2> = output.try_into().map_err(|_| BadWeights("not a table".to_owned()))?;
        if logits.shape() != [pictures.len(), CLASSES] {
            return Err(BadWeights(format!("{CLASSES} classes expected")));
        }
        Ok((0..pictures.len()).map(|i| std::array::from_fn(|c| f64::from(logits[[i, c]]))).collect())
    }
}

/// By class, "no digit" last; only differences mean something.
type Logits = [f64; CLASSES];

fn soft(logits: &Logits) -> DigitGuess {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = logits.map(|logit| (logit - top).exp());
    let sum: f64 = weights.iter().sum();
    DigitGuess { digits: std::array::from_fn(|c| weights[c] / sum), none: weights[CLASSES - 1] / sum }
}

/// The upright look comes first.
fn together(looks: &[DigitGuess]) -> DigitGuess {
    let logs: Vec<Logits> = looks.iter().map(|look| look.logs()).collect();
    let mean = soft(&std::array::from_fn(|c| logs.iter().map(|look| look[c]).sum::<f64>() / logs.len() as f64));
    let upright = looks[0];
    if mean.likeliest() == upright.likeliest() {
        return mean;
    }
    // What only one of three sees is not sure, whatever it is.
    let most = upright.ranked()[0].1.max(upright.none);
    let share = (NOT_SURE / most).min(1.0);
    DigitGuess { digits: upright.digits.map(|p| p * share), none: upright.none * share }
}

/// Turned about the middle; what leaves the picture is lost.
fn leaning(picture: &Picture, sine: f64) -> Picture {
    let cosine = (1.0 - sine * sine).sqrt();
    let middle = (SIDE as f64 - 1.0) / 2.0;
    let at = |x: i64, y: i64| {
        let inside = (0..SIDE as i64).contains(&x) && (0..SIDE as i64).contains(&y);
        if inside { f64::from(picture[y as usize * SIDE + x as usize]) } else { 0.0 }
    };
    std::array::from_fn(|i| {
        let (dx, dy) = ((i % SIDE) as f64 - middle, (i / SIDE) as f64 - middle);
        let (x, y) = (cosine * dx + sine * dy + middle, cosine * dy - sine * dx + middle);
        let (left, top) = (x.floor() as i64, y.floor() as i64);
        let (u, v) = (x - x.floor(), y - y.floor());
        let across = |row: i64| at(left, row) * (1.0 - u) + at(left + 1, row) * u;
        (across(top) * (1.0 - v) + across(top + 1) * v).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(digit: usize, probability: f64, none: f64) -> DigitGuess {
        let mut digits = [(1.0 - probability - none) / 9.0; 10];
        digits[digit] = probability;
        DigitGuess { digits, none }
    }

    #[test]
    fn what_all_three_looks_say_is_surer_than_what_only_the_upright_one_does() {
        let agreed = together(&[guess(3, 0.999, 0.0), guess(3, 0.99, 0.0), guess(3, 0.9, 0.0)]);
        assert_eq!(agreed.likeliest(), Some('3'));
        assert!((0.9..0.999).contains(&agreed.ranked()[0].1));
        let alone = together(&[guess(3, 0.999, 0.0), guess(8, 0.999, 0.0), guess(8, 0.999, 0.0)]);
        assert_eq!(alone.likeliest(), Some('3'));
        assert!((alone.ranked()[0].1 - NOT_SURE).abs() < 1e-9);
        let vetoed = together(&[guess(3, 0.6, 0.3), guess(3, 0.1, 0.85), guess(3, 0.1, 0.85)]);
        assert!(vetoed.likeliest() == Some('3') && vetoed.ranked()[0].1 < 0.8);
    }

    #[test]
    fn a_stroke_leans_about_the_middle_and_back_again() {
        let mut upright = [0; SIDE * SIDE];
        (4..24).for_each(|y| upright[y * SIDE + 13..][..2].fill(255));
        let leaning = leaning(&upright, LEAN);
        let column = |picture: &Picture, y: usize| {
            let row = &picture[y * SIDE..][..SIDE];
            let sum: f64 = row.iter().map(|p| f64::from(*p)).sum();
            row.iter().enumerate().map(|(x, p)| x as f64 * f64::from(*p)).sum::<f64>() / sum
        };
        // Nine rows from the middle, a sine of 0.17 is a pixel and a half.
        assert!((column(&leaning, 5) - 13.5).abs() > 1.2 && (column(&leaning, 14) - 13.5).abs() < 0.3);
        assert!((column(&leaning, 5) + column(&leaning, 22) - 27.0).abs() < 0.2);
        let back = super::leaning(&leaning, -LEAN);
        assert!((column(&back, 5) - 13.5).abs() < 0.2);
    }
}

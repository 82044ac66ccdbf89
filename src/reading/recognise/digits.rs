//! The digit classifier: a small network of our own (`ocr-models/digits.rten`, its card tells what it was trained on).

use rten::{Model, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::cell::{Picture, SIDE};

/// Ten digits and "no digit".
const CLASSES: usize = 11;
/// A digit that is also looked at from so far to the left and to the right, as a sine: 10 degrees. What is surely read
/// only when it stands upright is not sure.
const LEAN: f64 = 0.17;

/// How likely each digit is, and that it is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DigitGuess {
    /// By digit; together with `none` they add up to 1.
    pub digits: [f64; 10],
    pub none: f64,
}

impl DigitGuess {
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

    /// One guess a picture from three looks at it: upright, leaning left and leaning right. The guess is the mean of
    /// them in logarithms, so that each can veto. Three times the work, for less that is sure and wrong.
    ///
    /// # Errors
    /// If the network's answer has another shape than this program knows.
    pub fn classify_leaning(&self, pictures: &[Picture]) -> Result<Vec<DigitGuess>, BadWeights> {
        let looks = pictures.iter().flat_map(|picture| [*picture, leaning(picture, -LEAN), leaning(picture, LEAN)]);
        let logs: Vec<Logits> = self.logits(&looks.collect::<Vec<_>>())?.iter().map(|look| soft(look).logs()).collect();
        let mean = |looks: &[Logits]| soft(&std::array::from_fn(|c| looks.iter().map(|l| l[c]).sum::<f64>() / 3.0));
        Ok(logs.chunks_exact(3).map(mean).collect())
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

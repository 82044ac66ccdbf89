//! The digit classifier: a small network of our own (`ocr-models/digits.rten`, its card tells what it was trained on).

use rten::{Model, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::cell::{Picture, SIDE};

/// Ten digits and "no digit".
const CLASSES: usize = 11;

/// How likely each digit is, and that it is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DigitGuess {
    /// By digit; together with `none` they add up to 1.
    pub digits: [f64; 10],
    pub none: f64,
}

impl DigitGuess {
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
        let values: Vec<f32> = pictures.iter().flatten().map(|p| f32::from(*p) / 255.0).collect();
        let input = NdTensor::from_data([pictures.len(), 1, SIDE, SIDE], values);
        let output =
            self.model.run_one(ValueOrView::from(input.view()), None).map_err(|e| BadWeights(e.to_string()))?;
        let logits: NdTensor<f32, 2> = output.try_into().map_err(|_| BadWeights("not a table".to_owned()))?;
        if logits.shape() != [pictures.len(), CLASSES] {
            return Err(BadWeights(format!("{CLASSES} classes expected")));
        }
        Ok((0..pictures.len()).map(|i| soft(|c| f64::from(logits[[i, c]]))).collect())
    }
}

fn soft(logit: impl Fn(usize) -> f64) -> DigitGuess {
    let top = (0..CLASSES).map(&logit).fold(f64::NEG_INFINITY, f64::max);
    let weights: [f64; CLASSES] = std::array::from_fn(|c| (logit(c) - top).exp());
    let sum: f64 = weights.iter().sum();
    DigitGuess { digits: std::array::from_fn(|c| weights[c] / sum), none: weights[CLASSES - 1] / sum }
}

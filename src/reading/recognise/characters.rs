//! The character classifier: a small network of our own (`ocr-models/characters.rten`, its card tells what it was
//! trained on) for one printed or handwritten Japanese character, or none, on a cut-out piece of a line.

mod look_alikes;
mod picture;

use std::collections::HashMap;
use std::sync::Arc;

use rten::{Model, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

pub use look_alikes::look_alikes;
pub use picture::{CharacterPicture, SIDE, normalise};

/// Pictures the network is asked about at once: more take memory and are no faster.
const BATCH: usize = 64;
/// The log probability of a character that is no class.
const UNKNOWN: f32 = -30.0;

/// Why the classifier gave nothing: broken weights, or weights of another shape than the list of classes.
#[derive(Debug, thiserror::Error)]
#[error("the character classifier's weights do not work: {0}")]
pub struct BadWeights(String);

/// How likely each class is, and that the ink is no character.
#[derive(Clone)]
pub struct CharacterGuess {
    classes: Arc<Classes>,
    /// By class, then that it is none; natural logarithms.
    log_probabilities: Vec<f32>,
}

struct Classes {
    characters: Vec<char>,
    place: HashMap<char, usize>,
}

impl std::fmt::Debug for CharacterGuess {
    /// What was written is personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CharacterGuess({} classes)", self.classes.characters.len())
    }
}

impl CharacterGuess {
    /// The natural logarithm of the probability of this character's class, which it shares with its [`look_alikes`];
    /// −30 for a character that is no class, and never less.
    pub fn log_probability(&self, c: char) -> f32 {
        let place = self.classes.place.get(&look_alikes::canonical(c));
        place.map_or(UNKNOWN, |at| self.log_probabilities[*at].max(UNKNOWN))
    }

    /// The `n` likeliest classes by falling probability, each by the character that names it.
    pub fn ranked(&self, n: usize) -> Vec<(char, f32)> {
        let characters = &self.classes.characters;
        let mut order: Vec<usize> = (0..characters.len()).collect();
        let by_probability = |a: &usize, b: &usize| self.log_probabilities[*b].total_cmp(&self.log_probabilities[*a]);
        if n < order.len() {
            order.select_nth_unstable_by(n, by_probability);
            order.truncate(n);
        }
        order.sort_by(by_probability);
        order.into_iter().map(|at| (characters[at], self.log_probabilities[at].exp())).collect()
    }

    /// The probability that this is no character: half of one, two in one, a smear, something struck out.
    pub fn none(&self) -> f32 {
        self.log_probabilities.last().map_or(1.0, |log| log.exp())
    }
}

pub struct CharacterClassifier {
    model: Model,
    classes: Arc<Classes>,
}

impl CharacterClassifier {
    /// `classes` holds the characters in the order of the network's outputs; white space in it means nothing.
    ///
    /// # Errors
    /// If these are no weights, or not of this network with these classes.
    pub fn load(weights: Vec<u8>, classes: &str) -> Result<Self, BadWeights> {
        let model = Model::load(weights).map_err(|e| BadWeights(e.to_string()))?;
        let characters: Vec<char> = classes.chars().filter(|c| !c.is_whitespace()).collect();
        let place = characters.iter().enumerate().map(|(at, c)| (*c, at)).collect();
        let classifier = Self { model, classes: Arc::new(Classes { characters, place }) };
        classifier.classify(&[CharacterPicture([0; SIDE * SIDE])])?;
        Ok(classifier)
    }

    /// The characters that name the classes.
    pub fn classes(&self) -> &[char] {
        &self.classes.characters
    }

    /// One guess a picture.
    ///
    /// # Errors
    /// If the network's answer has another shape than there are classes.
    pub fn classify(&self, pictures: &[CharacterPicture]) -> Result<Vec<CharacterGuess>, BadWeights> {
        let mut guesses = Vec::with_capacity(pictures.len());
        for batch in pictures.chunks(BATCH) {
            let values: Vec<f32> = batch.iter().flat_map(|p| p.0).map(|p| f32::from(p) / 255.0).collect();
            let input = NdTensor::from_data([batch.len(), 1, SIDE, SIDE], values);
            let output =
                self.model.run_one(ValueOrView::from(input.view()), None).map_err(|e| BadWeights(e.to_string()))?;
            let logits: NdTensor<f32, 2> = output.try_into().map_err(|_| BadWeights("not a table".to_owned()))?;
            let count = self.classes.characters.len() + 1;
            if logits.shape() != [batch.len(), count] {
                return Err(BadWeights(format!("{count} classes expected")));
            }
            guesses.extend(logits.to_vec().chunks_exact(count).map(|row| self.guess(row)));
        }
        Ok(guesses)
    }

    fn guess(&self, logits: &[f32]) -> CharacterGuess {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
        let log_sum = top + sum.ln();
        CharacterGuess {
            classes: Arc::clone(&self.classes),
            log_probabilities: logits.iter().map(|logit| logit - log_sum).collect(),
        }
    }
}

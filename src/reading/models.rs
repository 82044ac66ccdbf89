//! `ocr-models/`: which files recognise, with digests, so that a calibration is used only with what it was measured on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::message;
use crate::model::message::Message;

use super::calibration::{Calibration, PROCEDURE};
use super::language::contents::Contents;
use super::lexicon::{Lexicon, Tables};
use super::recognise::characters::CharacterClassifier;
use super::recognise::digits::DigitClassifier;
use super::recognise::tesseract::{self, Tesseract};

/// `manifest.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manifest {
    digits: Pinned,
    characters: Pinned,
    /// The characters that the weights' outputs stand for.
    character_classes: Pinned,
    /// A folder; the digest is that of its tables one after another.
    lexicon: Pinned,
    calibration: Pinned,
    /// Not shipped: the distribution's own file.
    tesseract_jpn: Pinned,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    file: String,
    sha256: String,
    /// Where it comes from, for people.
    #[serde(rename = "origin")]
    _origin: Option<String>,
}

/// Everything loaded, and what speaks against trusting the calibration.
pub struct Models {
    pub digits: DigitClassifier,
    pub tesseract: Tesseract,
    pub characters: CharacterClassifier,
    pub lexicon: Arc<Lexicon>,
    pub contents: Contents,
    /// `None` if any part is not the one that was measured.
    pub calibration: Option<Calibration>,
    pub fingerprint: String,
    /// Which parts are not the measured ones; for `doctor`.
    pub mismatches: Vec<Message>,
}

impl Models {
    /// Loads `manifest.toml` and what it names from a folder.
    ///
    /// # Errors
    /// If something is missing or broken. Files other than the pinned ones are no error: they read, uncalibrated.
    pub fn load(folder: &Path) -> Result<Self, Message> {
        let manifest = folder.join("manifest.toml");
        let text = String::from_utf8(bytes(&manifest)?).map_err(|_| broken(&manifest))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|_| broken(&manifest))?;
        let weights = bytes(&folder.join(&manifest.digits.file))?;
        let character_weights = bytes(&folder.join(&manifest.characters.file))?;
        let classes_file = folder.join(&manifest.character_classes.file);
        let classes = bytes(&classes_file)?;
        let lexicon = folder.join(&manifest.lexicon.file);
        let tables = Tables::read(&lexicon).map_err(|table| missing(&lexicon.join(table)))?;
        let table_file = folder.join(&manifest.calibration.file);
        let table = bytes(&table_file)?;
        let language_file = tesseract::language_data()
            .ok_or_else(|| message!("reading.no-language-data", language = tesseract::LANGUAGE))?;
        let language = bytes(&language_file)?;
        let parts = [
            ("digits", &manifest.digits, digest(&weights)),
            ("characters", &manifest.characters, digest(&character_weights)),
            ("character-classes", &manifest.character_classes, digest(&classes)),
            ("lexicon", &manifest.lexicon, digest_of(tables.bytes())),
            ("calibration", &manifest.calibration, digest(&table)),
            ("tesseract-jpn", &manifest.tesseract_jpn, digest(&language)),
        ];
        let mut mismatches: Vec<Message> = parts
            .iter()
            .filter(|(_, pinned, found)| pinned.sha256 != *found)
            .map(|(name, ..)| message!("reading.model-not-the-measured-one", model = name))
            .collect();
        let table: Calibration = std::str::from_utf8(&table)
            .ok()
            .and_then(|text| toml::from_str(text).ok())
            .ok_or_else(|| broken(&table_file))?;
        if table.procedure != PROCEDURE {
            mismatches.push(message!("reading.calibration-of-another-procedure"));
        }
        let classes = std::str::from_utf8(&classes).map_err(|_| broken(&classes_file))?;
        let lexicon = Lexicon::of(&tables).map_err(|table| broken(&lexicon.join(table)))?;
        let calibrated = mismatches.is_empty();
        let digests: Vec<String> = parts.iter().map(|(name, _, found)| format!("{name}:{}", &found[..12])).collect();
        let state = if calibrated { "calibrated" } else { "uncalibrated" };
        Ok(Self {
            digits: DigitClassifier::load(weights).map_err(|_| broken(&folder.join(&manifest.digits.file)))?,
            characters: CharacterClassifier::load(character_weights, classes)
                .map_err(|_| broken(&folder.join(&manifest.characters.file)))?,
            contents: Contents::new(&lexicon),
            lexicon: Arc::new(lexicon),
            tesseract: Tesseract::start(&language_file).map_err(|_| broken(&language_file))?,
            calibration: calibrated.then_some(table),
            fingerprint: format!(
                "jitan {} procedure {PROCEDURE} {} {state}",
                env!("CARGO_PKG_VERSION"),
                digests.join(" ")
            ),
            mismatches,
        })
    }
}

fn digest(bytes: &[u8]) -> String {
    digest_of([bytes])
}

fn digest_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    hex::encode(parts.into_iter().fold(Sha256::new(), Sha256::chain_update).finalize())
}

fn bytes(file: &Path) -> Result<Vec<u8>, Message> {
    std::fs::read(file).map_err(|_| missing(file))
}

fn missing(file: &Path) -> Message {
    message!("reading.model-missing", file = shown(file))
}

fn broken(file: &Path) -> Message {
    message!("reading.model-broken", file = shown(file))
}

fn shown(file: &Path) -> String {
    PathBuf::from(file).display().to_string()
}

//! Tesseract for printed lines, within this process: it runs in the reader's capped child only, one engine a thread.

use std::path::{Path, PathBuf};

use leptess::{LepTess, Variable};

use crate::reading::page::Gray;

/// The language data this program asks for.
pub const LANGUAGE: &str = "jpn";

/// Where Debian and the usual builds keep language data; the first folder that has it wins.
const FOLDERS: &[&str] = &[
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
];

/// Why Tesseract cannot be used on this machine, or not on this picture.
#[derive(Debug, thiserror::Error)]
pub enum TesseractError {
    #[error("no {LANGUAGE}.traineddata in the usual folders or in TESSDATA_PREFIX")]
    NoLanguageData,
    #[error("Tesseract does not start with {0}")]
    NoStart(PathBuf),
    #[error("Tesseract refuses the setting {0}")]
    Setting(&'static str),
    #[error("Tesseract cannot take the picture")]
    Picture,
}

/// One loaded engine.
pub struct Tesseract {
    api: LepTess,
}

/// The language data's file, as `TESSDATA_PREFIX` or the usual folders have it.
pub fn language_data() -> Option<PathBuf> {
    let given = std::env::var_os("TESSDATA_PREFIX").map(PathBuf::from);
    let folders = given.into_iter().chain(FOLDERS.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(format!("{LANGUAGE}.traineddata"))).find(|file| file.is_file())
}

impl Tesseract {
    /// Loads the language data (about 0.1 s).
    ///
    /// # Errors
    /// If Tesseract refuses the file.
    pub fn start(language_data: &Path) -> Result<Self, TesseractError> {
        let folder = language_data.parent().and_then(Path::to_str).ok_or(TesseractError::NoLanguageData)?;
        let api =
            LepTess::new(Some(folder), LANGUAGE).map_err(|_| TesseractError::NoStart(language_data.to_owned()))?;
        let mut engine = Self { api };
        // 7: the picture is one line of text.
        engine.set(Variable::TesseditPagesegMode, "7", "tessedit_pageseg_mode")?;
        // Noise words are dropped by default; here every stroke is somebody's answer.
        engine.set(Variable::PreserveInterwordSpaces, "1", "preserve_interword_spaces")?;
        Ok(engine)
    }

    fn set(&mut self, name: Variable, value: &str, shown: &'static str) -> Result<(), TesseractError> {
        self.api.set_variable(name, value).map_err(|_| TesseractError::Setting(shown))
    }

    /// Reads one line, dark on light. An empty text means that nothing was recognised, never that nothing is there.
    ///
    /// # Errors
    /// If the picture cannot be handed over.
    pub fn line(&mut self, picture: &Gray, dots_per_inch: u32) -> Result<String, TesseractError> {
        let mut file = format!("P5\n{} {}\n255\n", picture.width, picture.height).into_bytes();
        file.extend_from_slice(&picture.pixels);
        self.api.set_image_from_mem(&file).map_err(|_| TesseractError::Picture)?;
        self.api.set_source_resolution(i32::try_from(dots_per_inch).unwrap_or(300));
        if self.api.recognize() != 0 {
            return Ok(String::new());
        }
        Ok(self.api.get_utf8_text().unwrap_or_default())
    }
}

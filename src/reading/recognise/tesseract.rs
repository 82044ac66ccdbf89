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

/// One character with what Tesseract thinks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Symbol {
    pub text: String,
    /// 0 to 1, higher is surer; not a probability.
    pub confidence: f64,
    /// Left and right edge in the picture, in pixels; rough, since the network sees a line as a whole.
    pub left: u32,
    pub right: u32,
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
        engine.set(Variable::HocrCharBoxes, "1", "hocr_char_boxes")?;
        // Noise words are dropped by default; here every stroke is somebody's answer.
        engine.set(Variable::PreserveInterwordSpaces, "1", "preserve_interword_spaces")?;
        Ok(engine)
    }

    fn set(&mut self, name: Variable, value: &str, shown: &'static str) -> Result<(), TesseractError> {
        self.api.set_variable(name, value).map_err(|_| TesseractError::Setting(shown))
    }

    /// Reads one line, dark on light, in reading order. No symbols means that nothing was recognised, never that
    /// nothing is there.
    ///
    /// # Errors
    /// If the picture cannot be handed over.
    pub fn line(&mut self, picture: &Gray, dots_per_inch: u32) -> Result<Vec<Symbol>, TesseractError> {
        let mut file = format!("P5\n{} {}\n255\n", picture.width, picture.height).into_bytes();
        file.extend_from_slice(&picture.pixels);
        self.api.set_image_from_mem(&file).map_err(|_| TesseractError::Picture)?;
        self.api.set_source_resolution(i32::try_from(dots_per_inch).unwrap_or(300));
        if self.api.recognize() != 0 {
            return Ok(Vec::new());
        }
        let hocr = self.api.get_hocr_text(0).unwrap_or_default();
        Ok(symbols(&hocr))
    }
}

/// The characters of an hOCR page: `<span class='ocrx_cinfo' title='x_bboxes 14 15 66 51; x_conf 99.5'>板</span>`.
fn symbols(hocr: &str) -> Vec<Symbol> {
    hocr.split("<span class='ocrx_cinfo' title='x_bboxes ").skip(1).filter_map(symbol).collect()
}

fn symbol(from_title: &str) -> Option<Symbol> {
    let (title, rest) = from_title.split_once("'>")?;
    let (text, _) = rest.split_once("</span>")?;
    let (places, confidence) = title.split_once("; x_conf ")?;
    let places: Vec<u32> = places.split(' ').filter_map(|n| n.parse().ok()).collect();
    let [left, _, right, _] = places[..] else { return None };
    let confidence = confidence.parse::<f64>().ok()? / 100.0;
    Some(Symbol { text: plain(text), confidence: confidence.clamp(0.0, 1.0), left, right })
}

/// HTML's five escapes undone.
fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_out_of_hocr_with_place_and_confidence() {
        let hocr = "<span class='ocrx_word' id='w'><span class='ocrx_cinfo' title='x_bboxes 14 15 66 51; x_conf 99.5'>\
                    板</span><span class='ocrx_cinfo' title='x_bboxes 65 15 289 51; x_conf 50'>&amp;</span></span>";
        let read = symbols(hocr);
        assert_eq!(read[0], Symbol { text: "板".to_owned(), confidence: 0.995, left: 14, right: 66 });
        assert_eq!(read[1].text, "&");
    }

    #[test]
    fn hocr_cut_off_anywhere_gives_what_is_whole() {
        let hocr = "<span class='ocrx_cinfo' title='x_bboxes 1 2 3 4; x_conf 9'>a</span>";
        for end in 0..hocr.len() {
            assert!(symbols(&hocr[..end]).len() <= 1);
        }
    }
}

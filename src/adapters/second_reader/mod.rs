//! A second reader of free lines, if the town has one: an outside program that is shown each line's writing and says
//! what it reads. What it says is held against the first reading (`reading::decide::second`).
//!
//! The program is as little trusted as a scan: it runs through `jitan confined`, with a cap on its memory, its answers
//! are capped in size and time, and one that breaks the rules is ended. docs/second-reader.md tells its authors the rules.

mod outside;

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::model::record::RecordLayout;
use crate::ports::reader::{FormWithBlanks, Original, ReadError, Reader, Reading, Sheet, SheetOutcome};
use crate::reading::decide::second;
pub use outside::Settings;
use outside::{Outside, Unanswered};

/// Lines in a row without an answer, after which the rest of a file is not asked about: a program that hangs must not
/// hold the night up line by line.
const MOST_SILENT: u32 = 2;

/// A reader whose lines are read a second time.
pub struct SecondReader<R> {
    /// Gives its sheets with pictures of their lines.
    first: R,
    outside: Mutex<Outside>,
}

impl<R: Reader> SecondReader<R> {
    pub fn new(first: R, settings: Settings) -> Self {
        Self { first, outside: Mutex::new(Outside::new(settings)) }
    }

    /// `silent` counts the lines in a row, over a file's sheets, to which there was no answer.
    async fn read_lines(&self, sheet: &mut Sheet, silent: &mut u32) {
        let SheetOutcome::Read { fields, .. } = &mut sheet.outcome else { return };
        let mut outside = self.outside.lock().await;
        let Original::Paper { lines, .. } = &mut sheet.original else { return };
        for line in lines.drain(..) {
            let Some(value) = fields.iter_mut().find(|value| value.field == line.field) else { continue };
            if *silent >= MOST_SILENT {
                second::silent(value);
                continue;
            }
            let mut answer = outside.ask(&line).await;
            // A crash may be the line before's fault; the second try has a process of its own. Who was waited for once
            // is not waited for again.
            if answer.as_ref().is_err_and(|why| !matches!(why, Unanswered::Late(_))) {
                answer = outside.ask(&line).await;
            }
            match answer {
                Ok(lines) => {
                    *silent = 0;
                    second::hold(value, line.content, &lines);
                }
                Err(why) => {
                    *silent += 1;
                    tracing::warn!(%why, "the second reader gave no answer");
                    second::silent(value);
                }
            }
        }
    }
}

#[async_trait]
impl<R: Reader> Reader for SecondReader<R> {
    async fn read(&self, file: &[u8], forms: &[FormWithBlanks]) -> Result<Reading, ReadError> {
        let mut reading = self.first.read(file, forms).await?;
        let mut silent = 0;
        for sheet in &mut reading.sheets {
            self.read_lines(sheet, &mut silent).await;
        }
        reading.reader = format!("{} second:{}", reading.reader, self.outside.lock().await.fingerprint());
        Ok(reading)
    }

    async fn read_records(&self, file: &[u8], layout: &RecordLayout) -> Result<Reading, ReadError> {
        self.first.read_records(file, layout).await
    }
}

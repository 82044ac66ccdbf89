//! A second reader of free lines, if the town has one: an outside program that is shown each line's writing and says
//! what it reads. What it says is held against the first reading (`reading::decide::second`).
//!
//! The program is as little trusted as a scan: it runs through `jitan confined`, with a cap on its memory, its answers
//! are capped in size and time, and one that breaks the rules is ended. docs/second-reader.md tells its authors the rules.

mod outside;

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::model::record::RecordLayout;
use crate::ports::reader::{FormWithBlank, Original, ReadError, Reader, Reading, Sheet, SheetOutcome};
use crate::reading::decide::second;
use outside::Outside;
pub use outside::Settings;

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

    async fn read_lines(&self, sheet: &mut Sheet) {
        let SheetOutcome::Read { fields, .. } = &mut sheet.outcome else { return };
        let mut outside = self.outside.lock().await;
        let Original::Page { lines, .. } = &mut sheet.original else { return };
        for line in lines.drain(..) {
            let Some(value) = fields.iter_mut().find(|value| value.field == line.field) else { continue };
            // A crash may be the first line's fault; the second try has a process of its own.
            let mut answer = outside.ask(&line).await;
            if answer.is_err() {
                answer = outside.ask(&line).await;
            }
            match answer {
                Ok(lines) => second::hold(value, line.content, &lines),
                Err(why) => {
                    tracing::warn!(%why, "the second reader gave no answer");
                    second::silent(value);
                }
            }
        }
    }
}

#[async_trait]
impl<R: Reader> Reader for SecondReader<R> {
    async fn read(&self, file: &[u8], forms: &[FormWithBlank]) -> Result<Reading, ReadError> {
        let mut reading = self.first.read(file, forms).await?;
        for sheet in &mut reading.sheets {
            self.read_lines(sheet).await;
        }
        reading.reader = format!("{} second:{}", reading.reader, self.outside.lock().await.fingerprint());
        Ok(reading)
    }

    async fn read_records(&self, file: &[u8], layout: &RecordLayout) -> Result<Reading, ReadError> {
        self.first.read_records(file, layout).await
    }
}

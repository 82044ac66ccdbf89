//! What was entered: one JSON line an entry, on disk before anybody is told. Stories count here, not in jitan's records.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Datelike, FixedOffset, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use super::Office;

/// Field name to text, as posted, without the blanks around it.
pub type Values = BTreeMap<String, String>;

/// One claim in the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 受付番号
    pub receipt: String,
    /// 登録日時, Tokyo.
    pub entered_at: DateTime<FixedOffset>,
    /// 登録者
    pub account: String,
    pub values: Values,
}

pub struct Ledger {
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    entries: Vec<Entry>,
}

impl Ledger {
    /// Opens or makes the file. A last line that a crash left incomplete was never acknowledged, and is cut off.
    ///
    /// # Errors
    /// If the file cannot be opened, or damage stands anywhere else in it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(io::SeekFrom::End(0))?;
        let entries = text[..whole].lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self { inner: Mutex::new(Inner { file, entries }) })
    }

    /// Enters a claim, again if it was there already, and returns its receipt number once it is on disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn enter(&self, account: &str, values: Values) -> io::Result<String> {
        let mut inner = self.locked();
        let entered_at = now();
        let receipt = format!("R{:02}-{:06}", entered_at.year() - 2018, inner.entries.len() + 1);
        let entry = Entry { receipt: receipt.clone(), entered_at, account: account.to_owned(), values };
        let line = serde_json::to_string(&entry)? + "\n";
        inner.file.write_all(line.as_bytes())?;
        inner.file.sync_data()?;
        inner.entries.push(entry);
        Ok(receipt)
    }

    /// In order of entry.
    pub fn entries(&self) -> Vec<Entry> {
        self.locked().entries.clone()
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "this stands for another system, with a clock of its own")]
fn now() -> DateTime<FixedOffset> {
    let tokyo = FixedOffset::east_opt(9 * 60 * 60).expect("nine hours are within a day");
    Utc::now().with_timezone(&tokyo).trunc_subsecs(3)
}

pub(super) fn control() -> Router<Arc<Office>> {
    Router::new().route("/__ledger", get(list))
}

async fn list(State(office): State<Arc<Office>>) -> Json<Vec<Entry>> {
    Json(office.ledger.entries())
}

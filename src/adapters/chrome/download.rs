//! Files that a page offers. None is taken unless a step expects one; then the browser puts it into its private folder,
//! from where it is read and removed at once.

use std::path::{Path, PathBuf};

use headless_chrome::protocol::cdp::Browser;
use serde_json::Value;
use zeroize::Zeroizing;

use super::connection::Connection;
use crate::model::value::Personal;
use crate::ports::browser::{BrowserError, FileEnd, Offered};

/// How far an expected file has come.
#[derive(Debug, Clone, Default)]
pub enum Coming {
    #[default]
    NotExpected,
    Expected {
        most_bytes: u64,
    },
    Begun {
        most_bytes: u64,
        file: File,
    },
    Whole(File),
    TooLarge,
    Broken,
}

#[derive(Debug, Clone)]
pub struct File {
    guid: String,
    /// As the page calls it.
    name: Personal,
}

impl Coming {
    /// A page offers a file; `false` if nobody expects it.
    pub fn begins(&mut self, params: &Value) -> bool {
        let Coming::Expected { most_bytes } = *self else { return false };
        let text = |key: &str| params[key].as_str().unwrap_or_default();
        let file = File { guid: text("guid").to_owned(), name: Personal::new(text("suggestedFilename")) };
        *self = Coming::Begun { most_bytes, file };
        true
    }

    /// A file grows; the one to be given up, if it is too large.
    pub fn goes_on(&mut self, params: &Value) -> Option<String> {
        let Coming::Begun { most_bytes, file } = self else { return None };
        if params["guid"].as_str() != Some(&file.guid) {
            return None;
        }
        let bytes = |key: &str| params[key].as_f64().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "no file that is taken has 2^53 bytes")]
        let too_large = bytes("totalBytes").max(bytes("receivedBytes")) > *most_bytes as f64;
        let file = file.clone();
        match params["state"].as_str() {
            _ if too_large => {
                *self = Coming::TooLarge;
                return Some(file.guid);
            }
            Some("completed") => *self = Coming::Whole(file),
            Some("canceled") => *self = Coming::Broken,
            _ => {}
        }
        None
    }

    pub fn has_ended(&self) -> bool {
        matches!(self, Coming::Whole(_) | Coming::TooLarge | Coming::Broken)
    }

    /// What came of it; a whole file is read from the folder and removed.
    pub async fn taken(self, folder: &Path) -> FileEnd {
        match self {
            Coming::Whole(File { guid, name }) => {
                let path = folder.join(guid);
                let read = tokio::fs::read(&path).await;
                if let Err(error) = tokio::fs::remove_file(&path).await {
                    tracing::warn!(%error, "a file that was taken stays in the browser's folder until that ends");
                }
                match read {
                    Ok(bytes) => FileEnd::Whole(Offered { name, bytes: Zeroizing::new(bytes) }),
                    Err(_) => FileEnd::Broken,
                }
            }
            Coming::TooLarge => FileEnd::TooLarge,
            Coming::Broken | Coming::Begun { .. } => FileEnd::Broken,
            Coming::NotExpected | Coming::Expected { .. } => FileEnd::NotOffered,
        }
    }
}

/// What happens to files of a context from now on: put into the folder by their ids, or refused.
pub async fn behave(connection: &Connection, context: &str, folder: Option<&PathBuf>) -> Result<(), BrowserError> {
    let behavior = match folder {
        Some(_) => Browser::SetDownloadBehaviorBehaviorOption::AllowAndName,
        None => Browser::SetDownloadBehaviorBehaviorOption::Deny,
    };
    let set = Browser::SetDownloadBehavior {
        behavior,
        browser_context_id: Some(context.to_owned()),
        download_path: folder.map(|folder| folder.to_string_lossy().into_owned()),
        events_enabled: None,
    };
    connection.call(None, &set).await.map(|_| ())
}

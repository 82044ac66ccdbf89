//! The web sockets of a page, as the browser tells of them. What is sent over one passes no gate.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// The open ones: their paths.
#[derive(Default)]
pub struct Sockets(Mutex<BTreeMap<String, String>>);

impl Sockets {
    pub fn opened(&self, params: &Value) {
        /// A page must not fill the memory. What is not kept here is sent over an address that nobody declares.
        const MOST: usize = 200;
        let (id, url) = (params["requestId"].as_str(), params["url"].as_str());
        let path = url.and_then(|url| url::Url::parse(url).ok()).map(|url| url.path().to_owned());
        let mut open = self.open();
        if let (Some(id), Some(path)) = (id, path)
            && open.len() < MOST
        {
            open.insert(id.to_owned(), path);
        }
    }

    pub fn closed(&self, params: &Value) {
        self.open().remove(params["requestId"].as_str().unwrap_or_default());
    }

    /// Where a message goes.
    pub fn path(&self, params: &Value) -> String {
        self.open().get(params["requestId"].as_str().unwrap_or_default()).cloned().unwrap_or_default()
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        // Nothing under this lock can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Windows, tabs, shared and service workers that pages start. The browser holds each at its start; it joins the page in
//! whose context it runs, and stands behind that page's gate before its first request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use headless_chrome::protocol::cdp::Target;
use serde::Deserialize;
use serde_json::Value;

use super::connection::{BROWSER, Connection, Listener};
use super::page_state::{Kind, PageWatch, release};
use crate::ports::browser::BrowserError;

/// What can send requests of its own. Frames and a page's own workers send theirs through the page.
const KINDS: [&str; 3] = [WINDOW, "shared_worker", "service_worker"];
const WINDOW: &str = "page";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    session_id: String,
    target_info: TargetInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetInfo {
    target_id: String,
    #[serde(rename = "type")]
    kind: String,
    browser_context_id: Option<String>,
}

/// The pages of one browser, by their context: each has one of its own.
pub struct Joining {
    connection: Arc<Connection>,
    pages: Mutex<HashMap<String, Weak<PageWatch>>>,
}

impl Joining {
    /// From now on nothing new in the browser runs before it was looked at.
    pub async fn begin(connection: Arc<Connection>) -> Result<Arc<Self>, BrowserError> {
        let joining = Arc::new(Self { connection: Arc::clone(&connection), pages: Mutex::default() });
        let listener: Arc<dyn Listener> = Arc::clone(&joining) as Arc<dyn Listener>;
        connection.listen(BROWSER, &listener);
        let kinds = KINDS.map(|kind| Target::FilterEntry { exclude: None, Type: Some(kind.to_owned()) });
        let attach = Target::SetAutoAttach {
            auto_attach: true,
            wait_for_debugger_on_start: true,
            flatten: Some(true),
            filter: Some(kinds.to_vec()),
        };
        connection.call(None, &attach).await?;
        Ok(joining)
    }

    pub fn add(&self, context: &str, page: &Arc<PageWatch>) {
        self.pages().insert(context.to_owned(), Arc::downgrade(page));
    }

    pub fn remove(&self, context: &str) {
        self.pages().remove(context);
    }

    /// A page of our own making is not in the list yet, or is itself the page of its context.
    fn attached(&self, Attached { session_id, target_info }: Attached) {
        let context = target_info.browser_context_id.as_deref();
        let page = context.and_then(|context| self.pages().get(context).and_then(Weak::upgrade));
        match page.filter(|page| !page.is(&target_info.target_id)) {
            Some(page) => {
                let kind = if target_info.kind == WINDOW { Kind::Window } else { Kind::Worker };
                page.joined(session_id, target_info.target_id, kind);
            }
            None => {
                let connection = Arc::clone(&self.connection);
                tokio::spawn(async move { release(&connection, &session_id).await });
            }
        }
    }

    fn detached(&self, session: &str) {
        self.connection.forget(session);
        let pages: Vec<Arc<PageWatch>> = self.pages().values().filter_map(Weak::upgrade).collect();
        pages.iter().for_each(|page| page.left(session));
    }

    fn pages(&self) -> MutexGuard<'_, HashMap<String, Weak<PageWatch>>> {
        // Nothing under this lock can panic half-way through a change.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Joining {
    fn event(&self, method: &str, params: &Value) {
        match method {
            "Target.attachedToTarget" => match Attached::deserialize(params) {
                Ok(attached) => self.attached(attached),
                Err(_) => tracing::warn!("what the browser started is not understood; it stays held"),
            },
            "Target.detachedFromTarget" => {
                if let Some(session) = params["sessionId"].as_str() {
                    self.detached(session);
                }
            }
            _ => {}
        }
    }

    fn closed(&self) {}
}

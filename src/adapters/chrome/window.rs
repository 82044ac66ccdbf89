//! One window of a page's context: the main one, or one that a page opened. Programs run in it, in a world of their own.

use std::sync::Arc;

use headless_chrome::protocol::cdp::{Page, Runtime};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::connection::{CallError, Connection, Pending};
use super::page_state::PageWatch;
use crate::ports::browser::BrowserError;

/// The world our programs run in: it shares the page's document but none of its scripts' objects.
const WORLD: &str = "jitan";

pub struct Window {
    connection: Arc<Connection>,
    pub watch: Arc<PageWatch>,
    /// Our world in a document: valid for that document only.
    world: Option<World>,
}

#[derive(Clone, Copy)]
struct World {
    document: u64,
    context: u32,
    /// What was called in it last and stays in it: a program is many times as long as a request, and would have to be read
    /// by the browser anew for each.
    program: Option<&'static str>,
}

impl Window {
    pub fn new(connection: Arc<Connection>, watch: Arc<PageWatch>) -> Self {
        Self { connection, watch, world: None }
    }

    pub fn session(&self) -> &str {
        self.watch.session()
    }

    pub async fn navigate(&mut self, url: &str, until: Instant) -> Result<(), BrowserError> {
        let before = self.watch.now().document;
        let go = Page::Navigate {
            url: url.to_owned(),
            referrer: None,
            transition_Type: None,
            frame_id: None,
            referrer_policy: None,
        };
        let pending = self.connection.start(Some(self.session()), &go).await?;
        let reply = timeout_at(until, self.reply(pending)).await.map_err(|_| BrowserError::TimedOut)??;
        let reply = reply.map_err(|e| BrowserError::Refused { what: e.message })?;
        if let Some(code) = reply.get("errorText").and_then(Value::as_str) {
            return Err(BrowserError::Unreachable { code: code.to_owned() });
        }
        let Some(loader) = reply.get("loaderId").and_then(Value::as_str) else {
            // Only the part behind `#` differs: the document stays.
            return Ok(());
        };
        let mut before = before;
        loop {
            let came = self.watch.document_after(before, until).await;
            let now = self.watch.now();
            match came {
                // The browser's page about a request that was refused before comes late, and is not ours.
                Err(BrowserError::Unreachable { .. }) if now.loader != loader => before = now.document,
                came => return came,
            }
        }
    }

    /// Returns when another document has taken the place of the one the last program ran in.
    pub async fn next_document(&self, until: Instant) -> Result<(), BrowserError> {
        self.watch.document_after(self.world.map_or(0, |world| world.document), until).await
    }

    /// Our world in the document that stands now.
    async fn world(&mut self) -> Result<World, BrowserError> {
        let document = self.watch.now().document;
        if let Some(world) = self.world.filter(|world| world.document == document) {
            return Ok(world);
        }
        let make = Page::CreateIsolatedWorld {
            frame_id: self.watch.main_frame().to_owned(),
            world_name: Some(WORLD.to_owned()),
            grant_univeral_access: None,
        };
        let context = self.connection.call(Some(self.session()), &make).await?.execution_context_id;
        let world = World { document, context, program: None };
        self.world = Some(world);
        Ok(world)
    }

    pub async fn call_program(&mut self, program: &'static str, request: &Value) -> Result<Pending, BrowserError> {
        let world = self.world().await.map_err(never_reached)?;
        let is_there = world.program.is_some_and(|there| std::ptr::eq(there, program));
        let call = Runtime::CallFunctionOn {
            function_declaration: match is_there {
                true => "(request) => globalThis.jitan(request)".to_owned(),
                false => format!("(request) => (globalThis.jitan = {program})(request)"),
            },
            object_id: None,
            arguments: Some(vec![Runtime::CallArgument {
                value: Some(request.clone()),
                unserializable_value: None,
                object_id: None,
            }]),
            silent: Some(true),
            return_by_value: Some(true),
            generate_preview: None,
            // Some pages open or send things only on a person's gesture; ours stands for one.
            user_gesture: Some(true),
            await_promise: Some(true),
            execution_context_id: Some(world.context),
            object_group: None,
            throw_on_side_effect: None,
            unique_context_id: None,
            serialization_options: None,
        };
        let pending = self.connection.start(Some(self.session()), &call).await?;
        self.world = Some(World { program: Some(program), ..world });
        Ok(pending)
    }

    /// The reply, unless the window's process dies first.
    pub async fn reply(&self, pending: Pending) -> Result<Result<Value, CallError>, BrowserError> {
        tokio::select! {
            reply = pending.reply() => reply,
            () = self.watch.died() => Err(BrowserError::Died),
        }
    }
}

/// A program whose world could not be made was not handed over: nothing of it happened.
fn never_reached(error: BrowserError) -> BrowserError {
    match error {
        BrowserError::Died => BrowserError::NotHandedOver,
        other => other,
    }
}

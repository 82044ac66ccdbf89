//! Steps become programs that run inside the page; what happened comes back. This layer keeps the half of "entered
//! once" that concerns the page: what is about to be sent was read back and compared, the one click is an act of its
//! own whose moments the engine sees, and success is evidence seen. It never knows the store: making the intent
//! durable before [`submit`](submit::submit) is the engine's half.

pub mod canary;
mod download;
pub mod error;
pub mod evidence;
mod http;
mod http_submit;
pub mod no_pages;
pub mod prepare;
pub mod probe;
pub mod record;
pub mod submit;
pub mod trace;
pub mod values;

mod itinerary;
mod page_step;
mod program;
mod walk;

use crate::model::step::Step;
use crate::model::target::{Site, Target};
use crate::ports::http::Http;
use crate::ports::secrets::Secrets;
use trace::Trail;
use values::Values;
use zeroize::Zeroizing;

/// A file for a target's file field.
pub struct Scan {
    pub name: &'static str,
    pub bytes: Zeroizing<Vec<u8>>,
}

/// One document to be entered into one target.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub target: &'a Target,
    pub site: &'a Site,
    /// The scenario's steps; at most one of them is a submit.
    pub steps: &'a [Step],
    pub values: &'a Values,
    /// The document's paper, if a step uploads it.
    pub scan: Option<&'a Scan>,
    pub secrets: &'a dyn Secrets,
    /// The target's API.
    pub http: &'a dyn Http,
    /// Takes down what is done.
    pub trail: &'a Trail<'a>,
}

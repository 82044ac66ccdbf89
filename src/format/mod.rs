//! Text to model. Every mistake in a file becomes a [`diagnostic::Diagnostic`] with line, column, what was expected and a
//! hint; all mistakes of a folder are told at once.
//!
//! One table per mapping ([`table::Mapping`]) defines its keys: name, shape, whether required, what it means, an
//! example. Checking ([`check`](check::check)), JSON Schema and the manual all come from it. Reading a file goes
//! [`tree::parse`] → [`check::check`] against the table → decoding with [`fields::Fields`] into model types.
//!
//! To add a kind of file: write its tables as `static`s, a `decode` function with `Fields`, and list it in the schemas.

pub mod check;
pub mod diagnostic;
pub mod fields;
pub mod plan;
pub mod scalar;
pub mod table;
pub mod tree;

mod act;
mod baseline;
mod expression;
mod flow;
pub mod form;
mod form_groups;
pub mod form_text;
mod form_zones;
mod http;
mod locator;
mod pack;
pub mod record;
pub mod scenario;
mod schedule;
mod source;
mod steps;
mod submit;
pub mod target;

pub mod manual;
pub mod schema;
pub mod template;

pub mod folder;

pub use folder::{Broken, Loaded, load_folder, load_folder_as};

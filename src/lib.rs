//! jitan (時短, "time saved"): reads scanned municipal forms, enters them into web systems exactly once,
//! and accounts for the hours this saved.
//!
//! This page is the map. The modules stand in the order in which they may know each other: a module uses
//! only modules above it, and only `daemon` and `cli` may name `adapters` (a test reads the `crate::` paths and
//! enforces both). Read them in this order.

/// The message catalogue: a code and arguments in, Japanese or English out. Never knows: what a message is about.
pub mod locale;

/// The domain, pure. Never knows: clock, disk, network, threads, images, YAML.
pub mod model;

/// Text to model, every mistake with file, line, column and a hint. Never knows: what happens at run time.
pub mod format;

/// The traits the engine needs from the world, with their plain data. Never knows: who implements them.
pub mod ports;

/// A scan to field values with alternatives and a chance of error, an export to values as they were given. Never knows:
/// scenarios, web systems, the store.
pub mod reading;

/// Steps to programs that run inside the page, and their outcomes back. Never knows: Chromium, paper, the store.
pub mod entering;

/// What to do next with a document (decide, pure) and doing it (perform). Never knows: which adapters it runs on.
pub mod engine;

/// The socket's types, version and client. Never knows: the store.
pub mod api;

/// Each file tames one foreign library or system behind a port. Never knows: the daemon.
pub mod adapters;

/// Configuration, lifecycle, triggers, workers, serving: the only place besides `cli` that names every layer.
pub mod daemon;

/// One file per verb. Never knows: how anything is done, only whom to ask and how to show the answer.
pub mod cli;

//! The socket's language: HTTP on a Unix socket, JSON bodies, one version in the path. The daemon serves it, every CLI
//! verb speaks it (to the daemon, or to the same routes in its own process), and a web console can later.
//!
//! `types` what is said · `client` how to say it.

pub mod client;
pub mod types;

/// In every path: a client and a daemon of different versions must not misunderstand each other quietly.
pub const PREFIX: &str = "/v1";

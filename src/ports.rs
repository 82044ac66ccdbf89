//! What the engine needs from the world, in plain data. Each method says what it promises for recovery.

pub mod browser;
pub mod clock;
pub mod http;
pub mod library;
pub mod reader;
pub mod secrets;
pub mod store;
pub mod vault;

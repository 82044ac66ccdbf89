//! The program that runs every night: configuration, opening, dispatching, triggers, serving, stopping.
//!
//! `config` what differs between installations · `open` the adapters behind the ports · `office` the acts that people
//! and triggers ask for · `dispatch` one loop that gives work to workers · `triggers` hot folders and schedules ·
//! `room` on the disk · `serve` the socket · `lifecycle` starting and stopping.

pub mod canary;
pub mod config;
pub mod dispatch;
pub mod lifecycle;
pub mod office;
pub mod open;
pub mod room;
pub mod runs;
pub mod serve;
pub mod sessions;
pub mod triggers;

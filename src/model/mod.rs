//! The domain, pure: what a document, a scenario and an hour saved are, and which steps between them are legal.
//! Nothing here reads a clock, a disk or a socket; time and randomness are passed in.

pub mod id;
pub mod message;
pub mod value;

pub mod amount;
pub mod calendar;
pub mod era;
pub mod schedule;
pub mod time;

pub mod download;
pub mod expression;
pub mod form;
pub mod http;
pub mod locator;
pub mod pattern;
pub mod record;
pub mod scenario;
pub mod step;
pub mod submit;
pub mod target;

pub mod document;
pub mod journal;

pub mod passing;
pub mod plan;
pub mod report;
pub mod savings;

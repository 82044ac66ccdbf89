//! The journal: append-only JSON lines in segments, and the only thing that makes an event durable.
//!
//! A *batch* is the record lines of all commits that waited together, followed by one *seal* line: first and last
//! sequence number, the seal before (`prev`) and this one's SHA-256 over `prev`, the batch's bytes and the numbers. A
//! batch is one write and one fsync; only then are its commits acknowledged. Segments are named by their first sequence
//! number, roll at a size, and never change afterwards.
//!
//! At most one batch can be unfinished when the power fails, and it is the last: opening cuts it off. Anything else
//! that does not verify is damage, and opening refuses (see `scan`).
//!
//! `disk` the seam to the file system · `seal` the seal line · `scan` verifying what lies there · `writer` · `reader`.

pub mod disk;
pub mod reader;
pub mod scan;
pub mod seal;
pub mod writer;

pub use reader::{JournalReader, Position};
pub use writer::Journal;

//! From a scanned page to field values. Order of work: decode, register on the blank, take the ink that was written,
//! recognise, decide. `records` does the same for exports of electronic applications, where there is nothing to recognise. Nothing here opens a file or knows who asked.

pub mod calibration;
mod components;
pub mod decide;
pub mod decode;
pub mod gather;
pub mod ink;
pub mod language;
pub mod layout;
pub mod lexicon;
pub mod mark;
pub mod models;
pub mod page;
pub mod picture;
pub mod recognise;
pub mod records;
pub mod register;
mod scale;
pub mod sheets;
mod warp;

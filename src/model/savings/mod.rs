//! 削減時間台帳: what was saved, folded from the journal.
//!
//! `net = Σ confirmed documents × baseline valid on that day − human minutes of all documents`. Every figure is a sum of
//! [`entry::Entry`]s, each of which names its document and the record that caused it; an entry is never changed, a
//! later correction is another entry.

pub mod baseline;
pub mod entry;
pub mod forecast;
pub mod ledger;
pub mod totals;

//! What an append must pass before a byte is written, the same for every store: it belongs to its stream, nobody wrote
//! first, and the fold accepts each event. Pure.

use crate::model::document::fold::{Stamp, apply};
use crate::model::document::stage::Document;
use crate::model::journal::{Event, Record, Seq, Stream};
use crate::ports::store::{Append, StoreError};

/// Longest record line, bytes. Journal and index hold ids, counts and digests; contents belong into the vault. A
/// document's state holds at most one event's lists, so that it stays within what the index takes well (64 kB).
pub const MAX_RECORD_BYTES: usize = 32 * 1024;

/// An append that may be written.
#[derive(Debug)]
pub struct Prepared {
    pub records: Vec<Record>,
    /// The records as JSON, each one line without its line feed.
    pub lines: Vec<Vec<u8>>,
    pub version: u64,
    /// The document as it then stands, if the stream is a document's.
    pub document: Option<Document>,
}

/// Decides about an append, given where its stream stands.
///
/// # Errors
/// `Conflict`, `Illegal` or `Malformed`; nothing may be written then.
pub fn prepare(
    append: Append,
    version: u64,
    document: Option<&Document>,
    next_seq: Seq,
) -> Result<Prepared, StoreError> {
    let Append { stream, expected_version, who, at, events } = append;
    if expected_version != version {
        return Err(StoreError::Conflict { expected: expected_version, actual: version });
    }
    if events.is_empty() {
        return Err(StoreError::Malformed("it holds no events"));
    }
    let stamp = Stamp { at, who };
    let mut standing = document.cloned();
    let mut records = Vec::with_capacity(events.len());
    let mut lines = Vec::with_capacity(events.len());
    for (i, event) in (0u64..).zip(events) {
        match (&stream, &event) {
            (Stream::Document(id), Event::Document(happening)) => {
                standing = Some(apply(*id, standing.as_ref(), &stamp, happening)?);
            }
            (Stream::Scenario(_), Event::Scenario(_)) | (Stream::Plan(_), Event::Plan(_)) => {}
            _ => return Err(StoreError::Malformed("an event is of another kind than its stream")),
        }
        let record = Record {
            seq: next_seq + i,
            at: stamp.at,
            who: stamp.who.clone(),
            stream: stream.clone(),
            version: version + i + 1,
            event,
        };
        let line = serde_json::to_vec(&record).map_err(|_| StoreError::Malformed("an event has no JSON form"))?;
        if line.len() > MAX_RECORD_BYTES {
            return Err(StoreError::Malformed("an event is larger than a journal line may be"));
        }
        records.push(record);
        lines.push(line);
    }
    Ok(Prepared { version: version + records.len() as u64, records, lines, document: standing })
}

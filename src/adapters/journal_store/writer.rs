//! The one thread that writes. It takes every commit that waits, decides about each, makes them durable together, shows
//! them in the index, and only then answers: a commit costs one fsync, a hundred that wait together cost one too.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use tokio::sync::oneshot;

use super::overlay::Overlay;
use crate::adapters::appending::Prepared;
use crate::adapters::journal::Journal;
use crate::adapters::sled_index::SledIndex;
use crate::adapters::store_fault::Fault;
use crate::model::journal::Record;
use crate::model::message::Message;
use crate::ports::store::{Append, Committed, StoreError};

/// Most commits in one batch: bounds the memory of a batch and the wait of the first in it.
const MAX_BATCH: usize = 512;

/// What happens when a write or sync failed: what was written may or may not be durable, and only opening anew can
/// tell, so the process must end.
pub type OnFatal = Arc<dyn Fn(&Message) + Send + Sync>;

/// A commit that waits.
pub(super) struct Waiting {
    pub append: Append,
    pub answer: oneshot::Sender<Result<Committed, StoreError>>,
}

/// Runs until every sender is gone, then closes the index.
pub(super) fn run(mut journal: Journal, index: &SledIndex, waiting: &Receiver<Waiting>, on_fatal: &OnFatal) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(MAX_BATCH - 1));
        if let Err(fault) = commit(&mut journal, index, batch, on_fatal) {
            refuse_all(waiting, &fault);
            return;
        }
    }
    if let Err(fault) = index.close() {
        // The next opening makes it anew.
        tracing::warn!("the index could not be closed: {fault}");
    }
}

/// Where a process is not ended (in a story), nobody is told that anything was written.
fn refuse_all(waiting: &Receiver<Waiting>, fault: &Fault) {
    for Waiting { answer, .. } in waiting {
        // Whoever asked may have gone.
        let _ = answer.send(Err(fault.clone().into()));
    }
}

type Answer = (oneshot::Sender<Result<Committed, StoreError>>, Result<Committed, StoreError>);

fn commit(journal: &mut Journal, index: &SledIndex, batch: Vec<Waiting>, on_fatal: &OnFatal) -> Result<(), Fault> {
    let mut overlay = Overlay::over(index);
    let mut answers: Vec<Answer> = Vec::with_capacity(batch.len());
    let mut records = Vec::new();
    let mut lines = Vec::new();
    for Waiting { append, answer } in batch {
        let next_seq = journal.last() + 1 + records.len() as u64;
        let decided = overlay.prepare(append, next_seq).map(|prepared| {
            let Prepared { records: new_records, lines: new_lines, version, document } = prepared;
            records.extend(new_records);
            lines.extend(new_lines);
            Committed { last_seq: journal.last() + records.len() as u64, version, document }
        });
        answers.push((answer, decided));
    }
    // An index that cannot be asked fails every commit after this one too.
    let unable = answers.iter().find_map(|(_, decided)| match decided {
        Err(StoreError::Broken(why)) => Some(Fault(why.clone())),
        _ => None,
    });
    let written = unable.map_or_else(|| write(journal, index, overlay, records, &lines), Err);
    if let Err(fault) = written {
        on_fatal(&fault.0);
        for (answer, decided) in answers {
            let _ = answer.send(decided.and_then(|_| Err(fault.clone().into())));
        }
        return Err(fault);
    }
    // Refusals are told last too: what they were refused for is then there to be loaded.
    for (answer, decided) in answers {
        let _ = answer.send(decided);
    }
    Ok(())
}

fn write(
    journal: &mut Journal,
    index: &SledIndex,
    mut overlay: Overlay<'_>,
    records: Vec<Record>,
    lines: &[Vec<u8>],
) -> Result<(), Fault> {
    if records.is_empty() {
        return Ok(());
    }
    let positions = journal.commit(lines)?;
    for (record, position) in records.into_iter().zip(positions) {
        overlay.lies_at(record.stream, record.version, position);
    }
    index.apply(&overlay.into_changes(journal.last()))
}

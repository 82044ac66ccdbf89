//! Where streams stand while a batch is on its way from the journal to the index: several appends of one batch, and
//! thousands of records of a replay, must see each other before the index has them.

use std::collections::HashMap;

use crate::adapters::appending::{Prepared, prepare};
use crate::adapters::journal::Position;
use crate::adapters::sled_index::{Changes, SledIndex, Standing};
use crate::adapters::store_fault::Fault;
use crate::message;
use crate::model::document::fold::{Stamp, apply};
use crate::model::document::stage::StageKind;
use crate::model::id::DocumentId;
use crate::model::journal::{Event, Record, Seq, Stream};
use crate::ports::store::{Append, StoreError};

struct Touched {
    /// The stage under which the index has it.
    indexed: Option<StageKind>,
    standing: Standing,
}

pub(super) struct Overlay<'a> {
    index: &'a SledIndex,
    documents: HashMap<DocumentId, Touched>,
    versions: HashMap<Stream, u64>,
    positions: Vec<(Stream, u64, Position)>,
    through: Seq,
}

impl<'a> Overlay<'a> {
    pub fn over(index: &'a SledIndex) -> Self {
        Self { index, documents: HashMap::new(), versions: HashMap::new(), positions: Vec::new(), through: 0 }
    }

    /// Decides about an append and, if it may be written, counts it as written.
    pub fn prepare(&mut self, append: Append, next_seq: Seq) -> Result<Prepared, StoreError> {
        let stream = append.stream.clone();
        let (version, document) = match &stream {
            Stream::Document(id) => {
                let standing = self.standing(*id)?;
                (standing.map_or(0, |s| s.document.version), standing.map(|s| &s.document))
            }
            other => (self.version(other)?, None),
        };
        let prepared = prepare(append, version, document, next_seq)?;
        match (stream, &prepared.document) {
            (Stream::Document(id), Some(document)) => {
                let received = self.standing(id)?.map_or(next_seq, |s| s.received);
                self.stands(Standing { received, document: document.clone() });
            }
            (other, _) => {
                self.versions.insert(other, prepared.version);
            }
        }
        Ok(prepared)
    }

    /// Takes over a record of the journal.
    ///
    /// # Errors
    /// If it does not follow from the records before it: then this program did not write it.
    pub fn replay(&mut self, record: Record, position: Position) -> Result<(), Fault> {
        let Record { seq, at, who, stream, version, event } = record;
        let illegal = |why: &dyn std::fmt::Display| Fault(message!("store.illegal-history", seq = seq, why = why));
        match (&stream, &event) {
            (Stream::Document(id), Event::Document(happening)) => {
                let before = self.standing(*id)?;
                let received = before.map_or(seq, |s| s.received);
                let document = apply(*id, before.map(|s| &s.document), &Stamp { at, who }, happening)
                    .map_err(|step| illegal(&step))?;
                if document.version != version {
                    return Err(illegal(&"its version is out of order"));
                }
                self.stands(Standing { received, document });
            }
            (Stream::Document(_), _) => return Err(illegal(&"its event is of another kind than its stream")),
            (other, _) => {
                if self.version(other)? + 1 != version {
                    return Err(illegal(&"its version is out of order"));
                }
                self.versions.insert(other.clone(), version);
            }
        }
        self.lies_at(stream, version, position);
        self.through = seq;
        Ok(())
    }

    /// Where a written record lies.
    pub fn lies_at(&mut self, stream: Stream, version: u64, position: Position) {
        self.positions.push((stream, version, position));
    }

    /// Everything that the index is to take over, up to `through`.
    pub fn into_changes(self, through: Seq) -> Changes {
        let documents = self.documents.into_values().map(|touched| (touched.indexed, touched.standing)).collect();
        Changes { through, positions: self.positions, versions: self.versions.into_iter().collect(), documents }
    }

    /// The last record replayed.
    pub fn through(&self) -> Seq {
        self.through
    }

    fn standing(&mut self, id: DocumentId) -> Result<Option<&Standing>, Fault> {
        if !self.documents.contains_key(&id)
            && let Some(standing) = self.index.document(id)?
        {
            let indexed = Some(standing.document.stage.kind());
            self.documents.insert(id, Touched { indexed, standing });
        }
        Ok(self.documents.get(&id).map(|touched| &touched.standing))
    }

    fn stands(&mut self, standing: Standing) {
        match self.documents.get_mut(&standing.document.id) {
            Some(touched) => touched.standing = standing,
            None => {
                self.documents.insert(standing.document.id, Touched { indexed: None, standing });
            }
        }
    }

    fn version(&mut self, stream: &Stream) -> Result<u64, Fault> {
        match self.versions.get(stream) {
            Some(version) => Ok(*version),
            None => self.index.version(stream),
        }
    }
}

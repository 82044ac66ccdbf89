//! The line that ends a batch: without it the batch does not count, with it nothing in the batch can change unseen.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::journal::Seq;

/// What each seal hands to the next.
pub type Link = [u8; 32];

/// Before the first batch.
pub const GENESIS: Link = [0; 32];

const SEAL_START: &[u8] = b"{\"seal\":";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub first: Seq,
    pub last: Seq,
    pub prev: Link,
    pub hash: Link,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seal: Fields,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    first: Seq,
    last: Seq,
    prev: String,
    hash: String,
}

impl Seal {
    /// The line with its line feed.
    pub fn line(&self) -> Vec<u8> {
        let fields =
            Fields { first: self.first, last: self.last, prev: hex::encode(self.prev), hash: hex::encode(self.hash) };
        let mut line =
            serde_json::to_vec(&Line { seal: fields }).expect("numbers and hexadecimal text always serialise");
        line.push(b'\n');
        line
    }

    /// Reads a line (with its line feed) back.
    pub fn parse(line: &[u8]) -> Option<Seal> {
        let Line { seal } = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
        let link = |text: &str| {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text, &mut bytes).is_ok().then_some(bytes)
        };
        Some(Seal { first: seal.first, last: seal.last, prev: link(&seal.prev)?, hash: link(&seal.hash)? })
    }

    pub fn looks_like(line: &[u8]) -> bool {
        line.starts_with(SEAL_START)
    }
}

/// SHA-256 over a batch, fed line by line.
#[derive(Debug)]
pub struct Sealing {
    prev: Link,
    hasher: Sha256,
}

impl Sealing {
    pub fn after(prev: Link) -> Self {
        Self { prev, hasher: Sha256::new_with_prefix(prev) }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    pub fn seal(self, first: Seq, last: Seq) -> Seal {
        let hasher = self.hasher.chain_update(first.to_be_bytes()).chain_update(last.to_be_bytes());
        Seal { first, last, prev: self.prev, hash: hasher.finalize().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_survives_its_line_and_changes_with_every_part() {
        let seal = |prev: Link, bytes: &[u8], last: Seq| {
            let mut sealing = Sealing::after(prev);
            sealing.add(bytes);
            sealing.seal(1, last)
        };
        let one = seal(GENESIS, b"{}\n", 3);
        assert_eq!(Seal::parse(&one.line()), Some(one.clone()));
        assert_ne!(one.hash, seal([1; 32], b"{}\n", 3).hash);
        assert_ne!(one.hash, seal(GENESIS, b"{ }\n", 3).hash);
        assert_ne!(one.hash, seal(GENESIS, b"{}\n", 4).hash);
    }
}

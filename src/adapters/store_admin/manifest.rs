//! The list that makes a folder a backup: every file with its size and SHA-256, and a last line over all lines before.
//! It is written last, so that a backup that was interrupted has none.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::adapters::store_fault::Fault;
use crate::message;
use crate::model::journal::Seq;
use crate::model::time::Instant;

pub const NAME: &str = "manifest.jsonl";

const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// First.
    Backup { format: u32, made_at: Instant, last: Seq, link: String },
    /// One per file; `path` is below the backup's folder.
    File { path: String, bytes: u64, sha256: String },
    /// Last: SHA-256 of every line before.
    End { sha256: String },
}

/// What a backup says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub made_at: Instant,
    pub last: Seq,
    pub link: String,
}

/// Writes the lines of a manifest.
pub struct Writer<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Writer<W> {
    pub fn begin(out: W, head: &Head) -> io::Result<Self> {
        let mut writer = Self { out, hasher: Sha256::new() };
        let Head { made_at, last, link } = head.clone();
        writer.line(&Line::Backup { format: FORMAT, made_at, last, link })?;
        Ok(writer)
    }

    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        self.hasher.update(&text);
        self.out.write_all(&text)
    }

    pub fn end(mut self) -> io::Result<W> {
        let sha256 = hex::encode(self.hasher.clone().finalize());
        self.line(&Line::End { sha256 })?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A file of the backup: name, bytes, digest.
pub type Listed = (String, u64, String);

/// Reads a manifest whole and checks it, then hands out its files.
///
/// # Errors
/// If there is none, or it is not what was written.
pub fn read(backup: &Path) -> Result<(Head, Vec<Listed>), Fault> {
    let path = backup.join(NAME);
    let file = File::open(&path).map_err(|_| Fault(message!("store.no-backup", folder = backup.display())))?;
    let broken = || Fault(message!("store.backup-damaged", file = path.display()));
    let mut reader = BufReader::new(file);
    let (mut head, mut files, mut hasher, mut text) = (None, Vec::new(), Sha256::new(), String::new());
    loop {
        text.clear();
        reader.read_line(&mut text).map_err(|_| broken())?;
        if !text.ends_with('\n') {
            return Err(broken());
        }
        match serde_json::from_str(&text).map_err(|_| broken())? {
            Line::Backup { format: FORMAT, made_at, last, link } => head = Some(Head { made_at, last, link }),
            Line::Backup { .. } => return Err(Fault(message!("store.backup-newer", folder = backup.display()))),
            Line::File { path, bytes, sha256 } if is_inside(&path) => files.push((path, bytes, sha256)),
            Line::File { .. } => return Err(broken()),
            Line::End { sha256 } => {
                let whole = sha256 == hex::encode(hasher.finalize());
                return head.filter(|_| whole).map(|head| (head, files)).ok_or_else(broken);
            }
        }
        hasher.update(&text);
    }
}

/// A manifest names files of these three folders, and nothing outside.
fn is_inside(path: &str) -> bool {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    plain && ["journal/", "documents/", "versions/"].iter().any(|folder| path.starts_with(folder))
}

/// Copies up to `limit` bytes of a file into a new one; returns how many and their SHA-256.
pub fn copy_hashed(from: &Path, to: &Path, limit: u64) -> io::Result<(u64, String)> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut reader = File::open(from)?.take(limit);
    let mut writer = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(hasher.finalize())));
        }
        hasher.update(&buffer[..read]);
        writer.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

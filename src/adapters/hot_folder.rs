//! A watched folder, by polling: network shares give no events. A file counts as arrived when its size and time agree
//! on two looks and its end is there; one that never gets an end is taken after a while all the same, so that a person
//! hears of it instead of it lying there for ever.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use nix::fcntl::OFlag;
use zeroize::Zeroizing;

use crate::model::pattern::fits;
use crate::model::time::{Instant, tokyo};

/// A file without a recognisable end is taken after it lay unchanged for this long.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);

/// One that ends like a whole one, but could go on: an export whose last line is ended.
const SHORT_PATIENCE: TimeDelta = TimeDelta::seconds(10);

/// Where receipts lie, below the watched folder.
const RECEIPTS: &str = "受付済";

/// What a look at a file remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    size: u64,
    modified: (i64, i64),
    inode: u64,
}

/// A file's bytes as they were taken in.
#[derive(Debug)]
pub struct Taken {
    pub bytes: Zeroizing<Vec<u8>>,
    /// Nothing is missing behind them.
    pub whole: bool,
}

/// One watched folder.
#[derive(Debug)]
pub struct HotFolder {
    folder: PathBuf,
    pattern: String,
    seen: HashMap<PathBuf, (Look, Instant)>,
}

impl HotFolder {
    pub fn new(folder: PathBuf, pattern: impl Into<String>) -> Self {
        Self { folder, pattern: pattern.into(), seen: HashMap::new() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Files that have arrived since, oldest first. Call it again after a pause: arriving takes two looks.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn look(&mut self, now: Instant) -> std::io::Result<Vec<PathBuf>> {
        let mut present = HashMap::new();
        let mut arrived = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let path = entry.path();
            // Of the entry itself, not of what a link points to: links are not followed.
            let Ok(metadata) = entry.metadata() else { continue };
            // A share of older machines may give names that are no UTF-8: such a scan must not lie there for ever.
            if !metadata.is_file() || !self.wants(&entry.file_name().to_string_lossy()) {
                continue;
            }
            let look = Look {
                size: metadata.len(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                inode: metadata.ino(),
            };
            let unchanged_since = match self.seen.get(&path) {
                Some((before, since)) if *before == look => Some(*since),
                _ => None,
            };
            present.insert(path.clone(), (look, unchanged_since.unwrap_or(now)));
            if unchanged_since.is_some_and(|since| now - since >= patience(&path)) {
                arrived.push((look.modified, path));
            }
        }
        self.seen = present;
        arrived.sort();
        Ok(arrived.into_iter().map(|(_, path)| path).collect())
    }

    fn wants(&self, name: &str) -> bool {
        const UNFINISHED: [&str; 6] = [".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart"];
        let lower = name.to_lowercase();
        let temporary =
            name.starts_with('.') || name.starts_with("~$") || UNFINISHED.iter().any(|end| lower.ends_with(end));
        !temporary && matches_pattern(&self.pattern.to_lowercase(), &lower)
    }

    /// Leaves a receipt in place of a file that was taken in, and removes the file; one that was not taken whole is
    /// kept beside the receipt. Neither names a person: the file's own name may.
    ///
    /// # Errors
    /// If the receipt cannot be written or the file not removed.
    pub fn leave_receipt(&self, file: &Path, whole: bool, text: &str, id: &str, now: Instant) -> std::io::Result<()> {
        let receipts = self.folder.join(RECEIPTS);
        std::fs::create_dir_all(&receipts)?;
        let name = format!("{}-{id}", now.with_timezone(&tokyo()).format("%Y%m%d-%H%M%S"));
        std::fs::write(receipts.join(format!("{name}.txt")), format!("{text}\n"))?;
        if whole {
            std::fs::remove_file(file)
        } else {
            std::fs::rename(file, receipts.join(format!("{name}.original")))
        }
    }
}

/// Reads an arrived file up to a limit in bytes: one that would fill the memory is not read to its end. What took the
/// file's place since it was looked at is not followed (a link) and not waited for (a pipe).
///
/// # Errors
/// What the disk says, or that it is no plain file any more.
pub fn read_up_to(file: &Path, limit: u64) -> std::io::Result<Taken> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(file)?;
    if !file.metadata()?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let mut limited = file.take(limit);
    limited.read_to_end(&mut bytes)?;
    let mut more = [0];
    let whole = limited.into_inner().read(&mut more)? == 0;
    Ok(Taken { bytes, whole })
}

/// Several patterns are separated by `,`.
fn matches_pattern(patterns: &str, name: &str) -> bool {
    patterns.split(',').any(|pattern| fits(pattern.trim(), name))
}

/// How long a file must lie unchanged: not at all if it has the end that its beginning promises.
fn patience(path: &Path) -> TimeDelta {
    match end_of(path) {
        Ok(End::There) => TimeDelta::zero(),
        Ok(End::Likely) => SHORT_PATIENCE,
        Ok(End::Unknown) | Err(_) => PATIENCE,
    }
}

enum End {
    There,
    Likely,
    Unknown,
}

fn end_of(path: &Path) -> std::io::Result<End> {
    /// PDF writers may leave some bytes after the end mark.
    const TAIL: u64 = 1_024;
    let mut file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = [0; 8];
    let read = file.read(&mut head)?;
    let head = &head[..read];
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let has = |mark: &[u8]| tail.windows(mark.len()).any(|w| w == mark);
    let is_there = match head {
        [0x89, b'P', b'N', b'G', ..] => has(b"IEND"),
        [0xff, 0xd8, ..] => has(&[0xff, 0xd9]),
        [b'%', b'P', b'D', b'F', ..] => has(b"%%EOF"),
        [b'I', b'I', 42, 0, a, b, c, d] => u64::from(u32::from_le_bytes([*a, *b, *c, *d])) < size,
        [b'M', b'M', 0, 42, a, b, c, d] => u64::from(u32::from_be_bytes([*a, *b, *c, *d])) < size,
        _ if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) && tail.ends_with(b"\n") => {
            return Ok(End::Likely);
        }
        _ => false,
    };
    Ok(if is_there { End::There } else { End::Unknown })
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use chrono::Utc;

    use super::*;

    fn at(seconds: i64) -> Instant {
        Utc.with_ymd_and_hms(2026, 11, 20, 0, 0, 0).unwrap() + TimeDelta::seconds(seconds)
    }

    fn folder() -> (tempfile::TempDir, HotFolder) {
        let dir = tempfile::tempdir().unwrap();
        let hot = HotFolder::new(dir.path().to_path_buf(), "*.pdf, *.png");
        (dir, hot)
    }

    #[test]
    fn a_file_arrives_on_the_second_look_that_finds_it_unchanged() {
        let (dir, mut hot) = folder();
        std::fs::write(dir.path().join("a.pdf"), b"%PDF-1.4 ... %%EOF\n").unwrap();
        assert!(hot.look(at(0)).unwrap().is_empty());
        assert_eq!(hot.look(at(2)).unwrap(), [dir.path().join("a.pdf")]);
    }

    #[test]
    fn a_file_that_still_grows_has_not_arrived() {
        let (dir, mut hot) = folder();
        let path = dir.path().join("a.pdf");
        std::fs::write(&path, b"%PDF-1.4").unwrap();
        hot.look(at(0)).unwrap();
        std::fs::write(&path, b"%PDF-1.4 ... %%EOF").unwrap();
        assert!(hot.look(at(2)).unwrap().is_empty());
        assert_eq!(hot.look(at(4)).unwrap().len(), 1);
    }

    #[test]
    fn a_file_without_an_end_waits_and_is_then_taken_all_the_same() {
        let (dir, mut hot) = folder();
        std::fs::write(dir.path().join("a.png"), b"\x89PNG\r\n\x1a\n half of it").unwrap();
        hot.look(at(0)).unwrap();
        assert!(hot.look(at(59)).unwrap().is_empty());
        assert_eq!(hot.look(at(60)).unwrap().len(), 1);
    }

    #[test]
    fn an_export_whose_last_line_is_ended_waits_a_little_and_one_cut_short_for_long() {
        let dir = tempfile::tempdir().unwrap();
        let mut hot = HotFolder::new(dir.path().to_path_buf(), "*.csv");
        std::fs::write(dir.path().join("whole.CSV"), b"a,b\r\n1,2\r\n").unwrap();
        std::fs::write(dir.path().join("cut.csv"), b"a,b\r\n1,").unwrap();
        hot.look(at(0)).unwrap();
        assert!(hot.look(at(9)).unwrap().is_empty());
        assert_eq!(hot.look(at(10)).unwrap(), [dir.path().join("whole.CSV")]);
        assert_eq!(hot.look(at(60)).unwrap().len(), 2);
    }

    #[test]
    fn temporary_hidden_linked_and_foreign_names_are_left_alone() {
        let (dir, mut hot) = folder();
        for name in [".a.pdf", "~$a.pdf", "a.pdf.part", "a.pdf.tmp", "a.docx", "a.pdf.crdownload"] {
            std::fs::write(dir.path().join(name), b"%PDF %%EOF").unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link.pdf")).unwrap();
        hot.look(at(0)).unwrap();
        assert!(hot.look(at(120)).unwrap().is_empty());
    }

    #[test]
    fn taking_a_file_in_leaves_a_receipt_that_does_not_name_it() {
        let (dir, hot) = folder();
        let file = dir.path().join("板橋花子.pdf");
        std::fs::write(&file, b"%PDF %%EOF").unwrap();
        hot.leave_receipt(&file, true, "受け付けました", "0123-1", at(0)).unwrap();
        assert!(!file.exists());
        let receipt = std::fs::read_dir(dir.path().join(RECEIPTS)).unwrap().next().unwrap().unwrap().path();
        assert!(receipt.ends_with("20261120-090000-0123-1.txt"));
    }

    #[test]
    fn a_file_that_is_too_large_is_taken_in_part_and_kept_beside_its_receipt() {
        let (dir, hot) = folder();
        let file = dir.path().join("板橋花子.pdf");
        std::fs::write(&file, b"%PDF-1.4").unwrap();
        let taken = read_up_to(&file, 4).unwrap();
        assert!(*taken.bytes == b"%PDF" && !taken.whole && read_up_to(&file, 8).unwrap().whole);
        hot.leave_receipt(&file, taken.whole, "受け付けました", "0123-1", at(0)).unwrap();
        let kept = dir.path().join(RECEIPTS).join("20261120-090000-0123-1.original");
        assert!(!file.exists() && std::fs::read(kept).unwrap() == b"%PDF-1.4");
    }

    #[test]
    fn what_took_a_files_place_is_not_followed() {
        let (dir, _) = folder();
        let (link, pipe) = (dir.path().join("a.pdf"), dir.path().join("b.pdf"));
        std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(read_up_to(&link, 9).is_err() && read_up_to(&pipe, 9).is_err());
    }

    #[test]
    fn a_name_that_is_no_utf_8_arrives_too() {
        use std::os::unix::ffi::OsStrExt;
        let (dir, mut hot) = folder();
        let path = dir.path().join(std::ffi::OsStr::from_bytes(b"\x94\xc2\x8b\xb4.pdf"));
        std::fs::write(&path, b"%PDF %%EOF").unwrap();
        hot.look(at(0)).unwrap();
        assert_eq!(hot.look(at(2)).unwrap(), [path]);
    }

    #[test]
    fn several_patterns_stand_side_by_side() {
        assert!(matches_pattern("*.tif, scan-???.pdf", "scan-001.pdf"));
        assert!(!matches_pattern("*.tif,scan-???.pdf", "scan-1.pdf"));
    }
}

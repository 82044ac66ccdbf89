//! Room on the disk. Below the floor no new work begins: a night that runs out of disk in mid-document could not even
//! write down what it did. What was begun is finished, and what is unknown is still asked about.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub const GIB: u64 = 1 << 30;

/// Bytes that may still be written below a folder, which need not exist yet.
///
/// # Errors
/// What the system says of its file system.
pub fn free(folder: &Path) -> std::io::Result<u64> {
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let stat = nix::sys::statvfs::statvfs(existing)?;
    Ok(stat.blocks_available() * stat.fragment_size())
}

/// Whether there is room for more work.
#[derive(Debug, Clone)]
pub struct Room {
    folder: PathBuf,
    floor: u64,
    /// Said once when it begins to lack, not at every look.
    lacking: Arc<AtomicBool>,
}

impl Room {
    pub fn new(folder: PathBuf, floor: u64) -> Self {
        Self { folder, floor, lacking: Arc::default() }
    }

    pub fn is_enough(&self) -> bool {
        // A file system that does not say cannot be the reason to stand still; a failed write will say it.
        let enough = free(&self.folder).map_or(true, |bytes| bytes >= self.floor);
        let lacked = self.lacking.swap(!enough, Ordering::Relaxed);
        match (lacked, enough) {
            (false, false) => {
                tracing::error!(folder = %self.folder.display(), floor_bytes = self.floor, "too little room on the disk: no new work is begun until there is more");
            }
            (true, true) => tracing::info!("there is room on the disk again"),
            _ => {}
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_still_to_be_made_has_the_room_of_its_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let to_be = folder.path().join("a/b");
        assert!(free(&to_be).unwrap() > 0);
        assert!(Room::new(to_be.clone(), 0).is_enough());
        assert!(!Room::new(to_be, u64::MAX).is_enough());
    }
}

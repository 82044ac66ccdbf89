//! A browser's private folder: its profile, and the small script that starts it so that it dies with this process.
//! Profiles hold cookies and caches of the target; those of processes that were killed are removed at the next start.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Begins the folder's name; the process id follows.
const PREFIX: &str = "jitan-chromium-";

/// Holds the browser's temporary files.
const OWN_TMP: &str = "tmp";
const DOWNLOADS: &str = "downloads";
/// Chromium puts a socket 44 characters below its temporary folder, and Linux allows a socket's path 107.
const LONGEST_TMP: usize = 60;

pub struct Home {
    /// Removed on drop. Readable by its owner only.
    folder: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Home {
    /// # Errors
    /// If the temporary folder cannot be written.
    pub fn make(browser: &Path) -> io::Result<Self> {
        let parent = std::env::temp_dir();
        remove_orphans(&parent);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)?;
        let path = folder.path().to_owned();
        std::fs::create_dir(path.join(OWN_TMP))?;
        std::fs::create_dir(path.join(DOWNLOADS))?;
        std::fs::write(path.join("start"), start_script(browser, &path.join(OWN_TMP)))?;
        std::fs::set_permissions(path.join("start"), std::fs::Permissions::from_mode(0o700))?;
        Ok(Self { folder: Some(folder), path })
    }

    pub fn program(&self) -> PathBuf {
        self.path.join("start")
    }

    /// Where files that a step expects lie for a moment.
    pub fn downloads(&self) -> PathBuf {
        self.path.join(DOWNLOADS)
    }

    pub fn profile(&self) -> PathBuf {
        self.path.join("profile")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let Some(folder) = self.folder.take() else { return };
        let path = folder.keep();
        // The browser's helper processes may write for a moment after it has ended.
        for _ in 0..50 {
            match std::fs::remove_dir_all(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => std::thread::sleep(Duration::from_millis(20)),
                _ => return,
            }
        }
        tracing::warn!(path = %path.display(), "the browser's profile could not be removed; the next start tries again");
    }
}

/// Asks the kernel to kill the browser when the thread that started it ends, however that comes: after `kill -9` no
/// browser goes on with half a document. `setpriv` belongs to util-linux; without it the browser starts plainly.
///
/// The browser's own temporary files lie in its home, too, so that they go with it.
fn start_script(browser: &Path, temporary: &Path) -> String {
    let browser = quoted(&browser.to_string_lossy());
    let fits = temporary.as_os_str().len() <= LONGEST_TMP;
    let tmp = if fits { format!("export TMPDIR={}\n", quoted(&temporary.to_string_lossy())) } else { String::new() };
    format!(
        "#!/bin/sh\n{tmp}if command -v setpriv >/dev/null 2>&1; then exec setpriv --pdeathsig KILL {browser} \"$@\"; fi\n\
         exec {browser} \"$@\"\n"
    )
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Removes the folders of processes that are gone. What cannot be removed is not ours.
fn remove_orphans(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_dead_process_is_removed_and_a_living_ones_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        // Process ids end below 2^22 on Linux.
        let dead = parent.path().join(format!("{PREFIX}4194999-abc"));
        let living = parent.path().join(format!("{PREFIX}{}-abc", std::process::id()));
        let foreign = parent.path().join("jitan-other");
        for folder in [&dead, &living, &foreign] {
            std::fs::create_dir(folder).unwrap();
        }
        remove_orphans(parent.path());
        assert!(!dead.exists() && living.exists() && foreign.exists());
    }

    #[test]
    fn the_browsers_temporary_files_lie_in_its_home_unless_its_socket_would_not_fit() {
        let script = |temporary: &str| start_script(Path::new("/usr/bin/chromium"), Path::new(temporary));
        assert!(script("/tmp/home/tmp").contains("export TMPDIR='/tmp/home/tmp'\n"));
        assert!(!script(&format!("/{}", "x".repeat(LONGEST_TMP))).contains("TMPDIR"));
    }

    #[test]
    fn a_browser_with_a_quote_in_its_path_is_still_one_word() {
        assert_eq!(quoted("/opt/o'brien/chromium"), r"'/opt/o'\''brien/chromium'");
    }
}

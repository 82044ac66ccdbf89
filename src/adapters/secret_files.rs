//! Secrets as files, by name: systemd's credentials folder or a configured one. Never from the environment itself,
//! which every child process (and so the browser) inherits.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::message;
use crate::model::message::Message;
use crate::model::target::SecretRef;
use crate::model::value::Personal;
use crate::ports::secrets::Secrets;

#[derive(Debug, Clone)]
pub struct SecretFiles {
    folder: Option<PathBuf>,
}

impl SecretFiles {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }
}

impl Secrets for SecretFiles {
    fn resolve(&self, secret: &SecretRef) -> Result<Personal, Message> {
        let name = &secret.0;
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let Some(folder) = self.folder.as_ref().filter(|_| plain && !name.starts_with('.')) else {
            return Err(message!("daemon.secret-unknown", name = name));
        };
        let path = folder.join(name);
        let mode = std::fs::metadata(&path).map(|m| m.permissions().mode());
        match mode {
            Ok(mode) if mode & 0o077 != 0 => {
                return Err(message!("daemon.secret-readable-by-others", file = path.display()));
            }
            Ok(_) => {}
            Err(_) => return Err(message!("daemon.secret-missing", name = name, file = path.display())),
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|_| message!("daemon.secret-missing", name = name, file = path.display()))?;
        Ok(Personal::new(text.trim_end_matches(['\r', '\n'])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_mode(mode: u32) -> (tempfile::TempDir, SecretFiles) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portal-password");
        std::fs::write(&file, "open sesame\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let secrets = SecretFiles::new(Some(folder.path().to_path_buf()));
        (folder, secrets)
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let (_folder, secrets) = with_mode(0o644);
        assert!(secrets.resolve(&SecretRef("portal-password".to_owned())).is_err());
    }

    #[test]
    fn a_private_file_is_the_secret_without_its_line_end() {
        let (_folder, secrets) = with_mode(0o400);
        let secret = secrets.resolve(&SecretRef("portal-password".to_owned())).unwrap();
        assert_eq!(secret.expose(), "open sesame");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let (_folder, secrets) = with_mode(0o400);
        assert!(secrets.resolve(&SecretRef("../portal-password".to_owned())).is_err());
    }
}

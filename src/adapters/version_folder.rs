//! Deployed versions: a scenario's files, copied once into a folder named by their digest and never changed again.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::format::{self, Broken, Loaded};
use crate::message;
use crate::model::id::{ScenarioName, VersionId};
use crate::model::message::Message;
use crate::ports::library::{Deployed, Library};
use crate::ports::reader::FormWithBlanks;

#[derive(Debug)]
pub struct VersionFolder {
    root: PathBuf,
    loaded: Mutex<HashMap<(ScenarioName, VersionId), Arc<Deployed>>>,
}

/// Why a folder did not become a version.
#[derive(Debug)]
pub enum DeployError {
    Invalid(Broken),
    Io(Message),
}

impl VersionFolder {
    pub fn new(root: PathBuf) -> Self {
        Self { root, loaded: Mutex::new(HashMap::new()) }
    }

    /// Checks a folder and copies it to its version. Copying the same content again changes nothing.
    ///
    /// # Errors
    /// Everything that is wrong in the folder, or why it could not be copied.
    pub fn take_in(&self, folder: &Path) -> Result<Arc<Deployed>, DeployError> {
        let loaded = format::load_folder(folder).map_err(DeployError::Invalid)?;
        let name = loaded.bundle.scenario.name.clone();
        let version = loaded.bundle.version;
        let destination = self.folder_of(&name, version);
        if !destination.exists() {
            copy(&loaded, &destination)
                .map_err(|error| DeployError::Io(message!("daemon.version-not-written", why = error.kind())))?;
        }
        Ok(self.keep(&name, version, &loaded))
    }

    fn folder_of(&self, scenario: &ScenarioName, version: VersionId) -> PathBuf {
        self.root.join(scenario.as_str()).join(version.to_string())
    }

    fn keep(&self, name: &ScenarioName, version: VersionId, loaded: &Loaded) -> Arc<Deployed> {
        let forms = loaded.bundle.forms().iter().map(|form| FormWithBlanks::of(form, &loaded.files));
        let deployed = Arc::new(Deployed { forms: forms.collect(), bundle: loaded.bundle.clone() });
        let mut cache = self.loaded.lock().expect("nothing panics while it holds the cache");
        cache.insert((name.clone(), version), deployed.clone());
        deployed
    }
}

impl Library for VersionFolder {
    fn scenarios(&self) -> Vec<ScenarioName> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut names: Vec<ScenarioName> =
            entries.filter_map(|entry| ScenarioName::new(entry.file_name().to_str()?).ok()).collect();
        names.sort();
        names
    }

    fn version(&self, scenario: &ScenarioName, version: VersionId) -> Result<Arc<Deployed>, Message> {
        let key = (scenario.clone(), version);
        if let Some(deployed) = self.loaded.lock().expect("nothing panics while it holds the cache").get(&key) {
            return Ok(deployed.clone());
        }
        let folder = self.folder_of(scenario, version);
        let broken = || message!("daemon.version-broken", scenario = scenario, version = version);
        let loaded = format::load_folder_as(&folder, scenario.clone()).map_err(|_| broken())?;
        // The content is the name: a folder that was changed after deployment is not this version.
        if loaded.bundle.version != version {
            return Err(broken());
        }
        Ok(self.keep(scenario, version, &loaded))
    }
}

/// Beside first, then renamed: a version is there whole or not at all.
fn copy(loaded: &Loaded, destination: &Path) -> std::io::Result<()> {
    let parent = destination.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(parent)?;
    let beside = tempfile::Builder::new().prefix(".new-").tempdir_in(parent)?;
    for (name, bytes) in &loaded.files {
        let path = beside.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::File::create(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    fs::File::open(beside.path())?.sync_all()?;
    let kept = beside.keep();
    fs::rename(&kept, destination)?;
    fs::File::open(parent)?.sync_all()
}

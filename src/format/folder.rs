//! A scenario's folder, whole: `scenario.yaml`, its forms with their blanks, its target. All mistakes of all files come
//! at once; the version is the digest of every file that was used.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::check::check;
use super::diagnostic::{Diagnostic, Faults, Span};
use super::pack::Pack;
use super::table::{FileKind, Shape};
use super::tree::{self, Node};
use super::{form, record, scenario, target};
use crate::locale::Lang;
use crate::message;
use crate::model::form::{Form, PageSize};
use crate::model::id::{FieldName, ScenarioName, TargetName, VersionId};
use crate::model::message::Message;
use crate::model::record::RecordLayout;
use crate::model::scenario::{Bundle, ReadFrom};
use crate::model::target::Target;

/// The scenario's own file.
pub const SCENARIO_FILE: &str = "scenario.yaml";

/// Largest picture of a blank, in bytes.
const MAX_BLANK_BYTES: u64 = 20 * 1024 * 1024;

/// A folder without mistakes.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub bundle: Bundle,
    /// Every file the version consists of, by its name relative to the folder (the target as `targets/NAME.yaml`, even
    /// if it is shared with other scenarios), sorted: what a deployed version keeps.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A folder with mistakes.
#[derive(Debug, Clone)]
pub struct Broken {
    /// By file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts they point into.
    pub sources: BTreeMap<String, String>,
}

impl Broken {
    /// Every mistake as a terminal shows it, with a blank line between two.
    pub fn render(&self, lang: Lang) -> String {
        let source = |d: &Diagnostic| self.sources.get(&d.file).map(String::as_str);
        self.diagnostics.iter().map(|d| d.render(source(d), lang)).collect::<Vec<_>>().join("\n")
    }
}

/// Loads a scenario folder; the scenario is called as the folder is.
///
/// # Errors
/// Every mistake of every file.
pub fn load_folder(dir: &Path) -> Result<Loaded, Broken> {
    let name = dir.canonicalize().ok().and_then(|dir| Some(dir.file_name()?.to_str()?.to_owned())).unwrap_or_default();
    match ScenarioName::new(name) {
        Ok(name) => load_folder_as(dir, name),
        Err(_) => {
            let mut faults = Faults::new(dir.display().to_string());
            faults.add_hinted(Span::START, message!("format.bad-folder-name"), message!("format.hint-name"));
            Err(Broken { diagnostics: faults.into_sorted(), sources: BTreeMap::new() })
        }
    }
}

/// Loads a folder whose name says nothing (a deployed version) as the scenario `name`.
///
/// # Errors
/// Every mistake of every file.
pub fn load_folder_as(dir: &Path, name: ScenarioName) -> Result<Loaded, Broken> {
    let mut loader = Loader { dir, diagnostics: Vec::new(), files: BTreeMap::new() };
    let bundle = loader.bundle(name);
    match bundle {
        Some(bundle) if loader.diagnostics.is_empty() => {
            let files: Vec<(String, Vec<u8>)> = loader.files.into_iter().collect();
            let version = version(&bundle.scenario.name, &files);
            Ok(Loaded { bundle: Bundle { version, ..bundle }, files })
        }
        _ => Err(loader.broken()),
    }
}

/// One file by itself, held against its kind's table and its own rules (`form`, `target`; a scenario needs its folder).
///
/// # Errors
/// Every mistake of the file.
pub fn load_tree(file: &str, bytes: &[u8], kind: FileKind) -> Result<Node, Vec<Diagnostic>> {
    let root = tree::parse(file, bytes)?;
    let mut faults = Faults::new(file);
    check(&root, &Shape::Map(kind.root), &mut faults);
    if faults.is_empty() { Ok(root) } else { Err(faults.into_sorted()) }
}

/// A target file by itself.
///
/// # Errors
/// Every mistake of the file.
pub fn load_target(file: &str, name: TargetName, bytes: &[u8]) -> Result<(Target, Pack), Vec<Diagnostic>> {
    let root = load_tree(file, bytes, target::KIND)?;
    finish(file, |faults| target::decode(name, &root, faults))
}

/// A form file by itself, without its blank.
///
/// # Errors
/// Every mistake of the file.
pub fn load_form(file: &str, bytes: &[u8]) -> Result<form::Decoded, Vec<Diagnostic>> {
    let root = load_tree(file, bytes, form::KIND)?;
    finish(file, |faults| form::decode(&root, faults))
}

/// A layout of records by itself.
///
/// # Errors
/// Every mistake of the file.
pub fn load_records(file: &str, bytes: &[u8]) -> Result<RecordLayout, Vec<Diagnostic>> {
    let root = load_tree(file, bytes, record::KIND)?;
    finish(file, |faults| record::decode(&root, faults))
}

/// Runs a decoder; what it cannot use without saying why is a mistake too.
fn finish<T>(file: &str, decode: impl FnOnce(&mut Faults) -> Option<T>) -> Result<T, Vec<Diagnostic>> {
    let mut faults = Faults::new(file);
    match decode(&mut faults) {
        Some(decoded) if faults.is_empty() => Ok(decoded),
        Some(_) => Err(faults.into_sorted()),
        None => {
            if faults.is_empty() {
                faults.add(Span::START, message!("format.cannot-be-used"));
            }
            Err(faults.into_sorted())
        }
    }
}

/// First 16 bytes of SHA-256 over every file's name, length and content.
fn version(name: &ScenarioName, files: &[(String, Vec<u8>)]) -> VersionId {
    let mut hash = Sha256::new();
    hash.update(name.as_str().as_bytes());
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    VersionId::from_bytes(id)
}

struct Loader<'d> {
    dir: &'d Path,
    diagnostics: Vec<Diagnostic>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Loader<'_> {
    fn bundle(&mut self, name: ScenarioName) -> Option<Bundle> {
        let at = |span| (SCENARIO_FILE.to_owned(), span);
        let bytes = self.read(SCENARIO_FILE, &self.dir.join(SCENARIO_FILE), at(Span::START))?;
        let root = match tree::parse(SCENARIO_FILE, &bytes) {
            Ok(root) => root,
            Err(mistakes) => return self.take(Err(mistakes)),
        };
        let mut faults = Faults::new(SCENARIO_FILE);
        check(&root, &Shape::Map(scenario::KIND.root), &mut faults);
        let shaped = faults.is_empty();
        self.diagnostics.extend(faults.into_sorted());

        let wanted = scenario::forms(&root);
        let forms: Vec<Form> = wanted.iter().filter_map(|(file, span)| self.form(file, at(*span))).collect();
        self.same_form_twice(&forms, &wanted);
        let export = scenario::records(&root);
        let layout = export.as_ref().and_then(|(file, span)| self.records(file, at(*span)));
        let target = scenario::target(&root).and_then(|(name, span)| self.target(name, at(span)));
        if !shaped {
            return None;
        }
        let on_paper = forms.iter().flat_map(Form::names);
        let in_record = layout.iter().flat_map(|layout| &layout.fields).map(|field| &field.name);
        let names: BTreeSet<FieldName> = on_paper.chain(in_record).cloned().collect();
        let all_there = forms.len() == wanted.len() && layout.is_some() == export.is_some();
        let known = all_there.then_some(&names);
        let decoded = finish(SCENARIO_FILE, |faults| {
            scenario::decode(name, &root, known, target.as_ref().map(|(_, pack)| pack), faults)
        });
        let scenario = self.take(decoded)?;
        let read_from = match export {
            Some(_) => ReadFrom::Records(layout?),
            None => ReadFrom::Paper(forms),
        };
        Some(Bundle { version: VersionId::from_bytes([0; 16]), scenario, read_from, target: target?.0 })
    }

    fn take<T>(&mut self, result: Result<T, Vec<Diagnostic>>) -> Option<T> {
        result.map_err(|mistakes| self.diagnostics.extend(mistakes)).ok()
    }

    fn form(&mut self, file: &str, named: (String, Span)) -> Option<Form> {
        let bytes = self.read(file, &self.dir.join(file), named)?;
        let decoded = self.take(load_form(file, &bytes))?;
        let mut whole = true;
        for (name, span) in decoded.form.blanks.iter().zip(&decoded.blanks) {
            let at = (file.to_owned(), *span);
            let picture = self.read(name, &self.dir.join(name), at.clone());
            let fault = picture.as_ref().and_then(|picture| blank_fault(picture, decoded.form.page));
            whole &= picture.is_some() && fault.is_none();
            fault.into_iter().for_each(|message| self.fault(at.clone(), message));
        }
        whole.then_some(decoded.form)
    }

    fn records(&mut self, file: &str, named: (String, Span)) -> Option<RecordLayout> {
        let bytes = self.read(file, &self.dir.join(file), named)?;
        self.take(load_records(file, &bytes))
    }

    fn same_form_twice(&mut self, forms: &[Form], wanted: &[(String, Span)]) {
        for (n, form) in forms.iter().enumerate() {
            if forms[..n].iter().any(|earlier| earlier.name == form.name) {
                let span = wanted.get(n).map_or(Span::START, |(_, span)| *span);
                self.fault((SCENARIO_FILE.to_owned(), span), message!("format.form-twice", name = form.name));
            }
        }
    }

    /// `targets/` of the folder itself (a deployed version), else the one beside it (shared between scenarios).
    fn target(&mut self, name: TargetName, named: (String, Span)) -> Option<(Target, Pack)> {
        let file = format!("targets/{name}.yaml");
        let own = self.dir.join(&file);
        let path = if own.exists() { own } else { self.dir.join("..").join(&file) };
        let bytes = self.read(&file, &path, named)?;
        self.take(load_target(&file, name, &bytes))
    }

    fn fault(&mut self, (file, span): (String, Span), message: Message) {
        self.diagnostics.push(Diagnostic { file, span, message, hint: None });
    }

    /// Reads and remembers a file. `named` is where it was named, for the mistake that it is not there.
    fn read(&mut self, name: &str, path: &Path, named: (String, Span)) -> Option<Vec<u8>> {
        let limit = if name.ends_with(".yaml") { tree::MAX_BYTES as u64 + 1 } else { MAX_BLANK_BYTES };
        match self.read_inside(name, path, limit) {
            Ok(bytes) => {
                self.files.insert(name.to_owned(), bytes.clone());
                Some(bytes)
            }
            Err(error) => {
                let message = match error.kind() {
                    io::ErrorKind::NotFound => message!("format.missing-file", name = name),
                    io::ErrorKind::InvalidInput => message!("format.outside-folder", name = name),
                    io::ErrorKind::FileTooLarge => message!("format.too-large", limit = format!("{} MiB", limit >> 20)),
                    _ => message!("format.unreadable-file", name = name),
                };
                self.fault(named, message);
                None
            }
        }
    }

    /// A link could lead out of the folder, or change after it was checked: only plain files are read.
    fn read_inside(&self, name: &str, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let base = match path.ancestors().nth(name.split('/').count()) {
            Some(base) if base.as_os_str().is_empty() => Path::new(".").canonicalize()?,
            Some(base) => base.canonicalize()?,
            None => self.dir.canonicalize()?,
        };
        if path.canonicalize()? != base.join(name) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let meta = path.metadata()?;
        if !meta.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        if meta.len() > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        std::fs::read(path)
    }

    fn broken(mut self) -> Broken {
        // The scenario first, then its files by name.
        self.diagnostics.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.file != SCENARIO_FILE, d.file.clone(), d.span);
            key(a).cmp(&key(b))
        });
        self.diagnostics.dedup();
        let texts = self.files.into_iter().filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?)));
        Broken { diagnostics: self.diagnostics, sources: texts.collect() }
    }
}

/// Why a picture cannot be the blank of a page of this size.
fn blank_fault(bytes: &[u8], page: PageSize) -> Option<Message> {
    /// Rounding to pixels, and a scanner's own margin.
    const TOLERANCE: f64 = 0.02;
    let reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let Ok((width, height)) = reader.map_err(drop).and_then(|reader| reader.into_dimensions().map_err(drop)) else {
        return Some(message!("format.blank-not-a-picture"));
    };
    let (found, expected) = (f64::from(width) / f64::from(height.max(1)), page.width / page.height.max(1.0));
    if (found / expected - 1.0).abs() > TOLERANCE {
        let size = format!("{} × {} mm", page.width, page.height);
        return Some(message!("format.blank-other-shape", pixels = format!("{width} × {height}"), size = size));
    }
    /// Below this a registered page shows too little.
    const LEAST_DPI: f64 = 150.0;
    let dpi = f64::from(width) / (page.width / 25.4);
    (dpi < LEAST_DPI).then(|| message!("format.blank-too-coarse", dpi = dpi.round(), least = LEAST_DPI))
}

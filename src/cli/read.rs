//! `jitan read SCENARIO SCAN…`: what the reader sees, without entering anything. For writing a form definition or a layout
//! of records, and for looking at a scan or an export that was refused.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ab_glyph::FontVec;
use anyhow::Context;

use crate::adapters::japanese_font;
use crate::adapters::reader_process::Settings;
use crate::daemon::config::Config;
use crate::daemon::open;
use crate::format::folder::load_folder;
use crate::locale::Lang;
use crate::message;
use crate::model::id::FormName;
use crate::model::message::Message;
use crate::model::passing::ReadingRules;
use crate::model::scenario::{Bundle, ReadFrom, Shown};
use crate::model::value::{Chance, Content, FieldValue, Writing};
use crate::ports::reader::{FormWithBlanks, Original, Reader, Sheet, SheetOutcome};
use crate::reading::decode::Caps;
use crate::reading::picture;

mod expect;

use super::exit::Exit;
use super::sheet::{Cell, Column, Format, Place, Sheet as Rows};

#[derive(Debug, clap::Args)]
pub struct ReadArgs {
    /// The scenario's folder.
    scenario: PathBuf,
    /// Scans (PDF, TIFF, JPEG or PNG), or exports of applications (CSV).
    #[arg(required = true)]
    scans: Vec<PathBuf>,
    /// How to print the fields.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// A folder for pictures of the pages with every zone and value drawn in.
    #[arg(long, value_name = "DIR")]
    picture: Option<PathBuf>,
    /// What stands on the scans, as JSON by file name: only what was read otherwise is shown.
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
}

/// What this run is about.
struct Task<'a> {
    args: &'a ReadArgs,
    lang: Lang,
    bundle: Bundle,
    forms: Vec<FormWithBlanks>,
    rules: ReadingRules,
    font: Option<FontVec>,
    reader: Arc<dyn Reader>,
}

/// # Errors
/// If the machine fails us: a scan or a picture's folder that cannot be opened, a closed pipe.
pub fn run(args: &ReadArgs, config: &Config, lang: Lang) -> anyhow::Result<Exit> {
    let loaded = match load_folder(&args.scenario) {
        Ok(loaded) => loaded,
        Err(broken) => {
            eprintln!("{}", broken.render(lang));
            return Ok(Exit::Invalid);
        }
    };
    if let Some(folder) = &args.picture {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let truths = args.expect.as_deref().map(expect::load).transpose()?;
    let font = args.picture.as_ref().and_then(|_| japanese_font::find());
    let reader = open::reader(config, Settings::for_program(std::env::current_exe()?));
    let forms = loaded.bundle.forms().iter().map(|form| FormWithBlanks::of(form, &loaded.files)).collect();
    let rules = loaded.bundle.scenario.reading;
    let task = Task { args, lang, reader, bundle: loaded.bundle, forms, rules, font };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(task.read_all(truths.as_ref()))
}

impl Task<'_> {
    async fn read_all(&self, truths: Option<&expect::Truths>) -> anyhow::Result<Exit> {
        let (mut exit, mut sheets) = (Exit::Ok, Vec::new());
        for scan in &self.args.scans {
            let read = match (bytes_of(scan).with_context(|| scan.display().to_string())?, &self.bundle.read_from) {
                (Ok(file), ReadFrom::Paper(_)) => {
                    self.reader.read(&file, &self.forms).await.map_err(|e| e.message().clone())
                }
                (Ok(file), ReadFrom::Records(layout)) => {
                    self.reader.read_records(&file, layout).await.map_err(|e| e.message().clone())
                }
                (Err(why), _) => Err(why),
            };
            match read {
                Ok(reading) => sheets.extend(reading.sheets.into_iter().map(|sheet| (scan, sheet))),
                Err(why) => {
                    eprintln!("{}: {}", scan.display(), self.lang.render(&why));
                    exit = Exit::RunFailed;
                }
            }
        }
        for (scan, sheet) in &sheets {
            if exit == Exit::Ok && self.waits(sheet) {
                exit = Exit::Waiting;
            }
            if let Some(folder) = &self.args.picture {
                self.write_pictures(folder, scan, sheet)?;
            }
        }
        match truths {
            Some(truths) => {
                let as_expected = expect::print(self, truths, &sheets)?;
                Ok(if exit == Exit::RunFailed { exit } else { as_expected })
            }
            None => self.print(&sheets).map(|()| exit),
        }
    }

    fn waits(&self, sheet: &Sheet) -> bool {
        match &sheet.outcome {
            SheetOutcome::Read { fields, .. } => !self.rules.waiting(fields).is_empty(),
            SheetOutcome::Refused { .. } => true,
        }
    }

    fn write_pictures(&self, folder: &Path, scan: &Path, sheet: &Sheet) -> anyhow::Result<()> {
        let Original::Paper { pages, .. } = &sheet.original else { return Ok(()) };
        let name = scan.file_name().unwrap_or_default().to_string_lossy();
        for (place, picture) in (1..).zip(pages) {
            let drawn = match (&sheet.outcome, &picture.registered) {
                (SheetOutcome::Read { form, fields, .. }, Some(page)) => {
                    let form = self.forms.iter().map(|f| &f.form).find(|f| f.name == *form);
                    let form = form.context("an unknown form")?.only_page(place);
                    picture::draw(page, &form, fields, &self.rules.waiting(fields), self.font.as_ref())
                }
                (SheetOutcome::Refused { why, .. }, _) => {
                    picture::refused(&picture.png, &self.lang.render(why), self.font.as_ref())
                }
                (SheetOutcome::Read { .. }, None) => continue,
            };
            let path = folder.join(format!("{name}.{}.png", sheet.page + place - 1));
            write_private(&path, &drawn.with_context(|| path.display().to_string())?)?;
        }
        Ok(())
    }

    fn print(&self, sheets: &[(&PathBuf, Sheet)]) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match self.args.format {
            Format::Json => {
                let pages: Vec<serde_json::Value> = sheets
                    .iter()
                    .map(|(scan, sheet)| {
                        let file = scan.display().to_string();
                        serde_json::json!({ "file": file, "page": sheet.page, "sheet": sheet.outcome })
                    })
                    .collect();
                serde_json::to_writer_pretty(&mut out, &pages)?;
                writeln!(out)?;
            }
            Format::Csv => {
                let rows = sheets.iter().flat_map(|(scan, sheet)| self.rows(scan, sheet)).collect();
                self.in_columns(String::new(), rows).csv(&mut out)?;
            }
            Format::Table => {
                for (scan, sheet) in sheets {
                    let title = self.lang.render(&title(scan, sheet));
                    match &sheet.outcome {
                        SheetOutcome::Read { .. } => {
                            let page = self.in_columns(title, self.rows(scan, sheet));
                            writeln!(out, "{}", page.table_for_terminal())?;
                        }
                        SheetOutcome::Refused { why, .. } => writeln!(out, "{title}\n{}\n", self.lang.render(why))?,
                    }
                }
            }
        }
        Ok(())
    }

    /// A table leaves out what its title says.
    fn in_columns(&self, title: String, rows: Vec<Vec<Cell>>) -> Rows {
        let columns = [
            (message!("cli.read.column-file"), Place::Csv),
            (message!("cli.read.column-page"), Place::Csv),
            (message!("cli.read.column-name"), Place::Csv),
            (message!("cli.read.column-field"), Place::Both),
            (message!("cli.read.column-value"), Place::Both),
            (message!("cli.read.column-chance"), Place::Both),
            (message!("cli.read.column-alternatives"), Place::Both),
            (message!("cli.read.column-doubts"), Place::Both),
            (message!("cli.read.column-evidence"), Place::Both),
        ];
        let columns = columns.map(|(head, place)| Column { head: self.lang.render(&head), place });
        Rows { title, columns: columns.into(), rows, total: None }
    }

    fn rows(&self, scan: &Path, sheet: &Sheet) -> Vec<Vec<Cell>> {
        let SheetOutcome::Read { form, fields, .. } = &sheet.outcome else { return Vec::new() };
        let waiting = self.rules.waiting(fields);
        let row = |value: &FieldValue| {
            vec![
                Cell::text(scan.display().to_string()),
                Cell::text(sheet.page.to_string()),
                Cell::text(value.field.as_str()),
                Cell::text(self.label(form, value)),
                Cell::text(self.content(value)),
                Cell::text(self.chance(value, waiting.contains(&value.field))),
                Cell::text(alternatives(value)),
                Cell::text(self.said(&value.doubts)),
                Cell::text(self.said(&value.evidence)),
            ]
        };
        fields.iter().map(row).collect()
    }

    fn label<'a>(&'a self, form: &FormName, value: &'a FieldValue) -> &'a str {
        let form_groups = self.bundle.forms().iter().filter(|f| f.name == *form).flat_map(|f| &f.groups);
        let group = form_groups.into_iter().find(|group| group.name == value.field).map(|group| group.label.as_str());
        let field = self.bundle.field(form, &value.field).map(Shown::label);
        field.or(group).unwrap_or(value.field.as_str())
    }

    fn said(&self, messages: &[Message]) -> String {
        messages.iter().map(|message| self.lang.render(message)).collect::<Vec<_>>().join(" ")
    }

    fn content(&self, value: &FieldValue) -> String {
        match &value.content {
            Content::Written(text) => text.expose().to_owned(),
            Content::Blank => self.lang.render(&message!("cli.read.blank")),
            Content::Unreadable => self.lang.render(&message!("cli.read.unreadable")),
        }
    }

    /// A tick where the field passes unseen.
    fn chance(&self, value: &FieldValue, waits: bool) -> String {
        match value.chance {
            Chance::Calibrated(chance, on) => {
                let passes = if waits { "" } else { " ✓" };
                let measured = match on {
                    Writing::People => String::new(),
                    Writing::Typefaces => self.lang.render(&message!("cli.read.on-typefaces")),
                };
                format!("{:.2}%{measured}{passes}", chance * 100.0)
            }
            Chance::Uncalibrated(_) => self.lang.render(&message!("cli.read.uncalibrated")),
            Chance::NotRead => {
                let passes = if waits { "" } else { " ✓" };
                self.lang.render(&message!("cli.read.not-read")) + passes
            }
        }
    }
}

/// Readable by its owner only: it shows what a person wrote.
fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let context = || path.display().to_string();
    file.with_context(context)?.write_all(bytes).with_context(context)
}

/// The file's bytes, unless it is over the cap: then it is not even read.
fn bytes_of(scan: &Path) -> io::Result<Result<Vec<u8>, Message>> {
    let cap = Caps::default().bytes;
    if std::fs::metadata(scan)?.len() > cap {
        return Ok(Err(message!("reading.too-many-bytes", megabytes = cap >> 20)));
    }
    std::fs::read(scan).map(Ok)
}

fn title(scan: &Path, sheet: &Sheet) -> Message {
    let file = scan.display();
    match &sheet.outcome {
        SheetOutcome::Read { form, registration: Some(registration), .. } => {
            let found = format!("{:.1}", registration.ink_explained * 100.0);
            let off = format!("{:.2}", registration.residual_mm);
            message!("cli.read.page", file = file, page = sheet.page, form = form, found = found, off = off)
        }
        SheetOutcome::Read { form, registration: None, .. } => {
            message!("cli.read.row", file = file, row = sheet.page, layout = form)
        }
        SheetOutcome::Refused { .. } if matches!(sheet.original, Original::Row { .. }) => {
            message!("cli.read.row-refused", file = file, row = sheet.page)
        }
        SheetOutcome::Refused { .. } => message!("cli.read.page-refused", file = file, page = sheet.page),
    }
}

fn alternatives(value: &FieldValue) -> String {
    const SHOWN: usize = 3;
    let texts = value.alternatives.iter().take(SHOWN).map(|alternative| alternative.text.expose());
    texts.collect::<Vec<_>>().join(" / ")
}

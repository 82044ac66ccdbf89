//! `jitan form draft BLANK`: a form definition to begin with, from the picture of a blank form.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;

use super::exit::Exit;
use crate::adapters::japanese_font;
use crate::format::form_text;
use crate::locale::Lang;
use crate::message;
use crate::model::form::PageSize;
use crate::model::id::FormName;
use crate::model::message::Message;
use crate::model::value::{Content, FieldValue, Personal, Provenance, Rect};
use crate::reading::decode::{Caps, DecodeError, Pages};
use crate::reading::layout::{self, Draft, Layout};
use crate::reading::page::Gray;
use crate::reading::picture;
use crate::reading::recognise::tesseract::{Tesseract, TesseractError, language_data};

#[derive(Debug, clap::Args)]
pub struct FormArgs {
    #[command(subcommand)]
    action: FormAction,
}

#[derive(Debug, Subcommand)]
pub enum FormAction {
    Draft(DraftArgs),
}

#[derive(Debug, clap::Args)]
pub struct DraftArgs {
    /// The blank form, scanned straight: PNG, JPEG, TIFF or PDF. Several pages are one form of several pages.
    #[arg(required = true, value_name = "BLANK")]
    blanks: Vec<PathBuf>,
    /// The folder to write to; it is made, and no file in it is written over.
    #[arg(long, value_name = "DIR", default_value = "form-draft")]
    out: PathBuf,
    /// The paper's width in mm.
    #[arg(long, default_value_t = 210.0)]
    width: f64,
    /// The paper's height in mm.
    #[arg(long, default_value_t = 297.0)]
    height: f64,
}

/// Paper around printed words, in mm, for the recogniser.
const AROUND_WORDS_MM: f64 = 0.8;
/// Pictures of fewer dots are not worth a draft: places would be too rough.
const FEWEST_DOTS_PER_MM: f64 = 5.5;

/// # Errors
/// If a file cannot be read or written, or this machine has no recogniser for the labels.
pub fn run(args: &FormArgs, lang: Lang) -> anyhow::Result<Exit> {
    let FormAction::Draft(args) = &args.action;
    let mut pages = Vec::new();
    for file in &args.blanks {
        match pages_of(file, args.width)? {
            Ok(own) => pages.extend(own),
            Err(why) => {
                eprintln!("{}: {}", file.display(), lang.render(&why));
                return Ok(Exit::Invalid);
            }
        }
    }
    let draft = drafted(&pages, args)?;
    if !written(&pages, &draft, &args.out)? {
        eprintln!("{}", lang.render(&message!("cli.form.exists", path = args.out.display())));
        return Ok(Exit::Usage);
    }
    println!("{}", args.out.join("form.yaml").display());
    let fields = draft.form.fields.len();
    eprintln!("{}", lang.render(&message!("cli.form.done", fields = fields, path = args.out.display())));
    for (page, place) in &draft.alone {
        let (x, y) = (place.x.round(), place.y.round());
        eprintln!("{}", lang.render(&message!("cli.form.alone", page = page, x = x, y = y)));
    }
    Ok(Exit::Ok)
}

/// Every page of a file, or why they are not worth a draft.
fn pages_of(file: &Path, width_mm: f64) -> anyhow::Result<Result<Vec<Gray>, Message>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let pages = Pages::open(&bytes, Caps::default()).and_then(Iterator::collect::<Result<Vec<Gray>, _>>);
    Ok(match pages {
        Ok(pages) if pages.iter().all(|page| f64::from(page.width) >= FEWEST_DOTS_PER_MM * width_mm) => Ok(pages),
        Ok(_) => Err(message!("cli.form.too-coarse")),
        Err(DecodeError::Undecodable(why) | DecodeError::OverCap(why)) => Err(why),
    })
}

fn drafted(pages: &[Gray], args: &DraftArgs) -> anyhow::Result<Draft> {
    let size = PageSize { width: args.width, height: args.height };
    let dots_per_mm = |page: &Gray| f64::from(page.width) / size.width;
    let mut engine = Tesseract::start(&language_data().ok_or(TesseractError::NoLanguageData)?)?;
    let mut failed = None;
    let text = |number: u16, place: Rect| {
        let page = &pages[usize::from(number) - 1];
        read_words(page, place, dots_per_mm(page), &mut engine).unwrap_or_else(|why| {
            failed = Some(why);
            String::new()
        })
    };
    let stem = args.blanks.first().and_then(|file| file.file_stem()).unwrap_or_default();
    let name = FormName::new(stem.to_string_lossy()).or_else(|_| FormName::new("form"))?;
    let layouts: Vec<Layout> = pages.iter().map(|page| layout::find(page, dots_per_mm(page))).collect();
    let draft = layout::draft(&layouts, name, size, text);
    failed.map_or(Ok(draft), |why| Err(why.into()))
}

/// What is printed at a place, without spaces.
fn read_words(page: &Gray, place: Rect, dots_per_mm: f64, engine: &mut Tesseract) -> Result<String, TesseractError> {
    let picture = picture::cut(page, place, AROUND_WORDS_MM, dots_per_mm);
    let text = engine.line(&picture, (dots_per_mm * 25.4) as u32)?;
    Ok(text.chars().filter(|c| !c.is_whitespace()).collect())
}

/// Writes the definition and two pictures of each page; says no if one of the files is there already.
fn written(pages: &[Gray], draft: &Draft, folder: &Path) -> anyhow::Result<bool> {
    let shown = |field: &crate::model::form::Field| {
        let name = Content::Written(Personal::new(field.name.as_str()));
        FieldValue::certain(field.name.clone(), name, Provenance::Given)
    };
    let names: Vec<FieldValue> = draft.form.fields.iter().map(shown).collect();
    let font = japanese_font::find();
    let mut files = vec![("form.yaml".to_owned(), form_text::text(&draft.form).into_bytes())];
    for ((number, page), blank) in (1..).zip(pages).zip(&draft.form.blanks) {
        let png = page.to_png();
        let form = draft.form.only_page(number);
        let drawn = picture::draw(&png, &form, &names, &BTreeSet::new(), font.as_ref())?;
        files.push((blank.replace("blank", "draft"), drawn));
        files.push((blank.clone(), png));
    }
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    if files.iter().any(|(name, _)| folder.join(name).exists()) {
        return Ok(false);
    }
    for (name, bytes) in files {
        write_new(&folder.join(name), &bytes)?;
    }
    Ok(true)
}

fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let context = || path.display().to_string();
    let mut file = std::fs::File::create_new(path).with_context(context)?;
    io::Write::write_all(&mut file, bytes).with_context(context)
}

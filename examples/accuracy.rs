//! Field accuracy on labelled scans: `cargo run --release --example accuracy -- SAMPLES [--json] [--wrong]`, where
//! SAMPLES holds `blank/*.png`, `blank/*.fields.json`, `scans/*` and `scans/truth.json`.
//!
//! A field is right if it equals the truth after NFKC and without spaces. `--wrong` lists the wrong ones with what was
//! read and what stands there: for samples of made-up people only.

mod paper;
mod passing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jitan::adapters::reader_process::run_like_a_child;
use jitan::model::form::FieldKind;
use jitan::model::value::{Content, FieldValue, Personal, Writing};
use jitan::reading::decode::{Caps, Pages};
use jitan::reading::recognise::{Engines, read_fields};
use jitan::reading::register::blank::Blank;
use jitan::reading::register::register;
use passing::{BOUNDS, Document, Passed, passed, percent};
use unicode_normalization::UnicodeNormalization;

#[derive(serde::Deserialize)]
struct Truth {
    form: String,
    writing: String,
    fields: BTreeMap<String, String>,
}

/// A field that was read, beside what stands there.
struct Case {
    group: String,
    writing: String,
    right: bool,
    digits: Option<(usize, usize)>,
    value: FieldValue,
}

#[derive(Default, serde::Serialize)]
struct Share {
    right: usize,
    of: usize,
}

#[derive(serde::Serialize)]
struct Report {
    reader: String,
    pages: usize,
    refused: Vec<String>,
    fields: BTreeMap<String, BTreeMap<String, Share>>,
    digits_in_boxes: BTreeMap<String, Share>,
    /// All fields, by bound and basis.
    passed: Vec<Passed>,
    cpu_seconds_per_page: f64,
}

/// What OpenCV registration with Tesseract per zone reached on the same scans: (group, writing, right, of).
const PLAIN_TOOLS: &[(&str, &str, usize, usize)] = &[
    ("digits", "print", 152, 212),
    ("digits", "hand", 74, 392),
    ("digits (empty)", "print", 12, 12),
    ("digits (empty)", "hand", 24, 24),
    ("kana", "print", 10, 14),
    ("kana", "hand", 5, 26),
    ("text", "print", 75, 115),
    ("text", "hand", 76, 213),
    ("text (empty)", "print", 1, 4),
    ("text (empty)", "hand", 3, 8),
    ("mark", "print", 115, 115),
    ("mark", "hand", 213, 213),
    ("mark (empty)", "print", 3, 4),
    ("mark (empty)", "hand", 7, 8),
];

fn main() -> Result<()> {
    run_like_a_child()?;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = PathBuf::from(args.iter().find(|a| !a.starts_with("--")).context("which folder of samples?")?);
    let shown = |flag: &str| args.iter().any(|a| a == flag);
    let mut engines = Engines::load(Path::new("ocr-models")).map_err(|m| anyhow::anyhow!("{m}"))?;
    let blanks = paper::blanks(&folder.join("blank"))?;
    let truths: BTreeMap<String, Truth> =
        serde_json::from_str(&std::fs::read_to_string(folder.join("scans/truth.json"))?)?;
    let (mut documents, mut refused) = (Vec::new(), Vec::new());
    let begun = cpu_seconds();
    for (file, truth) in &truths {
        match read_one(&folder.join("scans").join(file), truth, &blanks, &mut engines)? {
            Some(read) => {
                if shown("--wrong") {
                    read.iter().filter(|case| !case.right).for_each(|case| explain(file, case, truth));
                }
                documents.push(read);
            }
            None => refused.push(file.clone()),
        }
    }
    let seconds = (cpu_seconds() - begun) / truths.len().max(1) as f64;
    let report = report(&documents, refused, truths.len(), engines.fingerprint(), seconds);
    if shown("--json") {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
        passing::print(&documents.iter().map(|cases| document(cases)).collect::<Vec<_>>());
    }
    Ok(())
}

fn explain(file: &str, case: &Case, truth: &Truth) {
    let value = &case.value;
    let others: Vec<&str> = value.alternatives.iter().map(|a| a.text.expose()).collect();
    let read = value.content.written().map(Personal::expose);
    let stands = truth.fields.get(value.field.as_str());
    eprintln!(
        "{file} {} {}: {read:?} for {stands:?}, others {others:?}, {:?}",
        value.field, case.writing, value.chance
    );
}

/// The fields of one scan, or `None` if registration refused it or took it for another form.
fn read_one(file: &Path, truth: &Truth, blanks: &[Blank], engines: &mut Engines) -> Result<Option<Vec<Case>>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let page = Pages::open(&bytes, Caps::default())?.next().context("no page")??;
    let Ok((which, registered)) = register(&page, blanks) else { return Ok(None) };
    let form = &blanks[which].form;
    if form.name.as_str() != truth.form {
        return Ok(None);
    }
    let values = read_fields(form, &registered, engines);
    let cases = form.fields.iter().zip(values).map(|(field, value)| {
        let expected = truth.fields.get(field.name.as_str()).map_or("", String::as_str);
        case(&field.kind, expected, value, &truth.writing)
    });
    Ok(Some(cases.collect()))
}

fn case(kind: &FieldKind, expected: &str, value: FieldValue, writing: &str) -> Case {
    let name = passing::kind(kind);
    let read = match &value.content {
        Content::Written(text) => Some(bare(text.expose())),
        Content::Blank => Some(String::new()),
        Content::Unreadable => None,
    };
    let expected = bare(expected);
    let digits = matches!(kind, FieldKind::Digits { .. }).then(|| {
        let read = read.clone().unwrap_or_default();
        let same_length = read.chars().count() == expected.chars().count();
        let right = if same_length { read.chars().zip(expected.chars()).filter(|(a, b)| a == b).count() } else { 0 };
        (right, expected.chars().count())
    });
    let group = if expected.is_empty() { format!("{name} (empty)") } else { name.to_owned() };
    Case { group, writing: writing.to_owned(), right: read == Some(expected), digits, value }
}

fn bare(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

fn report(
    documents: &[Vec<Case>],
    refused: Vec<String>,
    pages: usize,
    reader: String,
    cpu_seconds_per_page: f64,
) -> Report {
    let cases: Vec<&Case> = documents.iter().flatten().collect();
    let mut fields: BTreeMap<String, BTreeMap<String, Share>> = BTreeMap::new();
    let mut digits_in_boxes: BTreeMap<String, Share> = BTreeMap::new();
    for case in &cases {
        let share = fields.entry(case.group.clone()).or_default().entry(case.writing.clone()).or_default();
        share.right += usize::from(case.right);
        share.of += 1;
        if let Some((right, of)) = case.digits {
            let share = digits_in_boxes.entry(case.writing.clone()).or_default();
            share.right += right;
            share.of += of;
        }
    }
    let each = BOUNDS.into_iter().flat_map(|bound| [Writing::People, Writing::Typefaces].map(|on| (bound, on)));
    let whole: Vec<Document> = documents.iter().map(|cases| document(cases)).collect();
    let passed = each.map(|(bound, on)| passed(&whole, None, bound, on)).collect();
    Report { reader, pages, refused, fields, digits_in_boxes, passed, cpu_seconds_per_page }
}

fn document(cases: &[Case]) -> Document {
    Document {
        fields: cases.iter().map(|case| case.value.clone()).collect(),
        right: cases.iter().map(|case| case.right).collect(),
        groups: cases.iter().map(|case| case.group.clone()).collect(),
    }
}

fn print(report: &Report) {
    println!("{}\n{} pages, {} refused {:?}", report.reader, report.pages, report.refused.len(), report.refused);
    println!("CPU per page: {:.2} s\n", report.cpu_seconds_per_page);
    println!("| kind | writing | right | plain tools |\n|---|---|---|---|");
    for (group, by_writing) in &report.fields {
        for (writing, share) in by_writing {
            let plain = PLAIN_TOOLS.iter().find(|p| p.0 == group && p.1 == writing);
            let plain = plain.map_or(String::new(), |p| percent(p.2, p.3));
            println!("| {group} | {writing} | {} | {plain} |", percent(share.right, share.of));
        }
    }
    println!("\ndigits in boxes, one by one:");
    for (writing, share) in &report.digits_in_boxes {
        println!("  {writing}: {}", percent(share.right, share.of));
    }
}

/// CPU time of this process so far, in seconds.
fn cpu_seconds() -> f64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF);
    usage.map_or(0.0, |u| {
        [u.user_time(), u.system_time()].iter().map(|t| t.tv_sec() as f64 + t.tv_usec() as f64 * 1e-6).sum()
    })
}

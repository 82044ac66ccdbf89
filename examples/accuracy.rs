//! Field accuracy on labelled scans: `cargo run --release --example accuracy -- SAMPLES [--json] [--wrong]`, where
//! SAMPLES holds `blank/*.png`, `blank/*.fields.json`, `scans/*` and `scans/truth.json`.
//!
//! A field is right if it equals the truth after NFKC and without spaces. `--wrong` lists the wrong ones with what was
//! read and what stands there: for samples of made-up people only.

mod paper;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jitan::model::form::FieldKind;
use jitan::model::value::{Content, FieldValue, Personal};
use jitan::reading::calibration::clopper_pearson_upper;
use jitan::reading::decode::{Caps, Pages};
use jitan::reading::recognise::{Engines, read_fields};
use jitan::reading::register::blank::Blank;
use jitan::reading::register::register;
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
struct Passed {
    bound: f64,
    passed: usize,
    of: usize,
    wrong: usize,
    wrong_share_at_most: f64,
}

#[derive(serde::Serialize)]
struct Report {
    reader: String,
    pages: usize,
    refused: Vec<String>,
    fields: BTreeMap<String, BTreeMap<String, Share>>,
    digits_in_boxes: BTreeMap<String, Share>,
    passed: BTreeMap<String, Vec<Passed>>,
    documents: Vec<Documents>,
    cpu_seconds_per_page: f64,
}

/// Documents by what a person has to do with them, at one bound.
#[derive(serde::Serialize)]
struct Documents {
    bound: f64,
    of: usize,
    /// With no field that a person must look at.
    untouched: usize,
    /// With a wrong field that nobody would have looked at.
    with_a_wrong_field_unseen: usize,
    /// Fields to look at: of all documents together, and of the document in the middle.
    looked_at: usize,
    looked_at_median: usize,
}

const BOUNDS: [f64; 3] = [0.01, 0.005, 0.001];

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
    let name = match kind {
        FieldKind::Digits { .. } => "digits",
        FieldKind::Kana { .. } => "kana",
        FieldKind::Line { .. } => "text",
        FieldKind::Choice { .. } => "mark",
        FieldKind::Code { .. } => "code",
    };
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
    let mut passed = BTreeMap::new();
    let mut groups: Vec<&str> = cases.iter().map(|c| c.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups.into_iter().chain(["all"]) {
        let of: Vec<&Case> = cases.iter().copied().filter(|c| group == "all" || c.group == group).collect();
        passed.insert(group.to_owned(), BOUNDS.into_iter().map(|bound| at_bound(&of, bound)).collect());
    }
    let documents = BOUNDS.into_iter().map(|bound| documents_at(documents, bound)).collect();
    Report { reader, pages, refused, fields, digits_in_boxes, passed, documents, cpu_seconds_per_page }
}

fn at_bound(cases: &[&Case], bound: f64) -> Passed {
    let passed: Vec<&&Case> = cases.iter().filter(|c| !c.value.needs_a_person(bound)).collect();
    let wrong = passed.iter().filter(|c| !c.right).count();
    let most = if passed.is_empty() { 1.0 } else { clopper_pearson_upper(wrong as u64, passed.len() as u64) };
    Passed { bound, passed: passed.len(), of: cases.len(), wrong, wrong_share_at_most: most }
}

fn documents_at(documents: &[Vec<Case>], bound: f64) -> Documents {
    let waits = |case: &&Case| case.value.needs_a_person(bound);
    let mut to_look_at: Vec<usize> = documents.iter().map(|cases| cases.iter().filter(waits).count()).collect();
    to_look_at.sort_unstable();
    let wrong_unseen = |cases: &&Vec<Case>| cases.iter().any(|case| !case.right && !waits(&case));
    Documents {
        bound,
        of: documents.len(),
        untouched: to_look_at.iter().filter(|fields| **fields == 0).count(),
        with_a_wrong_field_unseen: documents.iter().filter(wrong_unseen).count(),
        looked_at: to_look_at.iter().sum(),
        looked_at_median: to_look_at.get(to_look_at.len() / 2).copied().unwrap_or(0),
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
    println!("\n| kind | bound | passed unseen | wrong among them (95% at most) |\n|---|---|---|---|");
    for (group, rows) in &report.passed {
        for row in rows {
            let share = percent(row.passed, row.of);
            println!("| {group} | {} | {share} | {} ({:.2}%) |", row.bound, row.wrong, 100.0 * row.wrong_share_at_most);
        }
    }
    println!("\n| bound | documents untouched | with a wrong field unseen | fields to look at, in all | median |");
    println!("|---|---|---|---|---|");
    for row in &report.documents {
        let (untouched, wrong) = (percent(row.untouched, row.of), row.with_a_wrong_field_unseen);
        println!("| {} | {untouched} | {wrong} | {} | {} |", row.bound, row.looked_at, row.looked_at_median);
    }
}

fn percent(right: usize, of: usize) -> String {
    format!("{right}/{of} = {:.1}%", 100.0 * right as f64 / of.max(1) as f64)
}

/// CPU time of this process so far, in seconds.
fn cpu_seconds() -> f64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF);
    usage.map_or(0.0, |u| {
        [u.user_time(), u.system_time()].iter().map(|t| t.tv_sec() as f64 + t.tv_usec() as f64 * 1e-6).sum()
    })
}

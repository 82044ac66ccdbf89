//! How exactly pages lie on their forms, and whether foreign and revised pages are refused, and none that people wrote on:
//! `cargo run --release --example registration -- SCENARIO PAGES [SAMPLES [WORDS]]`, a scenario's folder, how many pages for
//! each of ten distortions, ten things done to pages and eleven kinds of strangers, and, if there is one, a folder of labelled
//! forms (`blank/NAME.png`, `blank/NAME.fields.json`), and words of the rows that are wanted. Every page is generated; one table.

mod corrected;
mod distort;
mod measure;
#[path = "../paper/mod.rs"]
mod paper;
mod revise;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use corrected::Trace;
use distort::Kind;
use jitan::locale::Lang;
use jitan::reading::register::blank::Blank;
use measure::{Outcome, corrected_page, foreign_page, one_page, revised_page};
use revise::Change;

const FOREIGN: &str = "another form of the office";

fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [scenario, pages, samples @ ..] = &args[..] else { anyhow::bail!("SCENARIO PAGES [SAMPLES [WORDS]]") };
    let words = samples.get(1).map(|words| words.to_string_lossy().into_owned()).unwrap_or_default();
    let is_asked = |says: &str| says.contains(&words);
    let pages: usize = pages.to_str().context("a number of pages")?.parse()?;
    let mut blanks = match samples.first() {
        Some(samples) => paper::blanks(&samples.join("blank"))?,
        None => shipped(scenario)?,
    };
    println!(
        "{:<42}{:>6}{:>12}{:>12}{:>12}{:>10}",
        "distortion", "pages", "within 0.5", "p95 mm", "worst mm", "refused"
    );
    for kind in Kind::ALL.into_iter().filter(|kind| is_asked(kind.says())) {
        row(kind.says(), &each(pages, |n| one_page(&blanks, n % blanks.len(), kind, n)));
    }
    println!("\n{:<42}{:>6}{:>12}", "pages of the form with something on them", "pages", "refused");
    for trace in Trace::ALL.into_iter().filter(|trace| is_asked(trace.says())) {
        let refused = each(pages, |n| corrected_page(&blanks, n % blanks.len(), trace, n));
        counted(trace.says(), &refused.iter().map(Option::is_some).collect::<Vec<_>>());
        for (n, why) in refused.iter().enumerate().filter_map(|(n, why)| Some((n, why.as_ref()?))) {
            println!("    page {n}: {why}");
        }
    }
    println!("\n{:<42}{:>6}{:>12}", "pages that are none of the forms", "pages", "accepted");
    for change in Change::ALL.into_iter().filter(|change| is_asked(change.says())) {
        let refused = each(pages, |n| revised_page(&blanks, n % blanks.len(), change, n));
        counted(change.says(), &refused.iter().map(Option::is_none).collect::<Vec<_>>());
    }
    // Each form in turn is the stranger to all the others; a single form has none but itself.
    if blanks.len() > 1 && is_asked(FOREIGN) {
        let mut accepted = Vec::new();
        for _ in 0..blanks.len() {
            let (foreign, others) = blanks.split_first().context("a blank")?;
            let first = accepted.len();
            let refused = each(pages / blanks.len(), |n| foreign_page(foreign, others, first + n));
            accepted.extend(refused.iter().map(Option::is_none));
            blanks.rotate_left(1);
        }
        counted(FOREIGN, &accepted);
    }
    Ok(())
}

/// What comes of each page by its number, on all cores.
fn each<T: Send>(pages: usize, made: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let part = |core: usize| (core..pages).step_by(cores).map(|n| (n, made(n))).collect::<Vec<_>>();
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let part = &part;
        let running: Vec<_> = (0..cores).map(|core| scope.spawn(move || part(core))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a page panicked")).collect()
    });
    all.sort_by_key(|(n, _)| *n);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

fn row(what: &str, outcomes: &[Outcome]) {
    let mut errors: Vec<f64> =
        outcomes.iter().filter_map(|o| if let Outcome::Laid(mm) = o { Some(*mm) } else { None }).collect();
    errors.sort_by(f64::total_cmp);
    let at = |part: f64| errors.get(((errors.len().max(1) - 1) as f64 * part) as usize).copied().unwrap_or(f64::NAN);
    let within = errors.iter().filter(|mm| **mm <= 0.5).count();
    let refused = outcomes.len() - errors.len();
    println!("{what:<42}{:>6}{within:>12}{:>12.3}{:>12.3}{refused:>10}", outcomes.len(), at(0.95), at(1.0));
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Refused(why) => println!("    page {n}: {why}"),
            Outcome::Laid(mm) if *mm > 0.5 => println!("    page {n}: {mm:.2} mm"),
            Outcome::Laid(_) => {}
        }
    }
}

fn counted(what: &str, pages: &[bool]) {
    let which: Vec<usize> = (0..pages.len()).filter(|n| pages[*n]).collect();
    println!("{what:<42}{:>6}{:>12}   {which:?}", pages.len(), which.len());
}

fn shipped(scenario: &Path) -> Result<Vec<Blank>> {
    let loaded = jitan::format::folder::load_folder(scenario).map_err(|b| anyhow::anyhow!(b.render(Lang::En)))?;
    let prepared = |form: &jitan::model::form::Form| {
        let blank = loaded.files.iter().find(|(name, _)| *name == form.blanks[0]).context("the form's blank")?;
        Blank::prepare(form, 1, &blank.1).map_err(|m| anyhow::anyhow!("{m}"))
    };
    loaded.bundle.forms().iter().map(prepared).collect()
}

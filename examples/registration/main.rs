//! How exactly pages lie on their forms, and whether foreign and revised pages are refused:
//! `cargo run --release --example registration -- SCENARIO PAGES [SAMPLES]`, a scenario's folder, how many pages for each of
//! ten distortions and four kinds of strangers, and, if there is one, a folder of labelled forms (`blank/NAME.png`,
//! `blank/NAME.fields.json`). Every page is generated; one table.

mod distort;
mod measure;
#[path = "../paper/mod.rs"]
mod paper;
mod revise;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use distort::Kind;
use jitan::locale::Lang;
use jitan::reading::register::blank::Blank;
use measure::{Outcome, foreign_page, one_page, revised_page};
use revise::Change;

fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [scenario, pages, samples @ ..] = &args[..] else { anyhow::bail!("SCENARIO PAGES [SAMPLES]") };
    let pages: usize = pages.to_str().context("a number of pages")?.parse()?;
    let blanks = match samples.first() {
        Some(samples) => paper::blanks(&samples.join("blank"))?,
        None => shipped(scenario)?,
    };
    println!(
        "{:<34}{:>6}{:>12}{:>12}{:>12}{:>10}",
        "distortion", "pages", "within 0.5", "p95 mm", "worst mm", "refused"
    );
    for kind in Kind::ALL {
        let outcomes: Vec<Outcome> = (0..pages).map(|n| one_page(&blanks, n % blanks.len(), kind, n)).collect();
        row(kind.says(), &outcomes);
    }
    println!("\n{:<34}{:>6}{:>12}", "pages that are none of the forms", "pages", "accepted");
    for change in Change::ALL {
        strangers(change.says(), pages, |n| revised_page(&blanks, n % blanks.len(), change, n));
    }
    // Each form in turn is the stranger to all the others; a single form has none but itself.
    if blanks.len() > 1 {
        let mut blanks = blanks;
        let mut refusals = Vec::new();
        for number in 0..pages {
            let foreign = blanks.remove(0);
            refusals.push(foreign_page(&foreign, &blanks, number));
            blanks.push(foreign);
        }
        strangers("another form of the office", pages, |n| refusals[n].clone());
    }
    Ok(())
}

fn row(what: &str, outcomes: &[Outcome]) {
    let mut errors: Vec<f64> =
        outcomes.iter().filter_map(|o| if let Outcome::Laid(mm) = o { Some(*mm) } else { None }).collect();
    errors.sort_by(f64::total_cmp);
    let at = |part: f64| errors.get(((errors.len().max(1) - 1) as f64 * part) as usize).copied().unwrap_or(f64::NAN);
    let within = errors.iter().filter(|mm| **mm <= 0.5).count();
    let refused = outcomes.len() - errors.len();
    println!("{what:<34}{:>6}{within:>12}{:>12.3}{:>12.3}{refused:>10}", outcomes.len(), at(0.95), at(1.0));
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Refused(why) => println!("    page {n}: {why}"),
            Outcome::Laid(mm) if *mm > 0.5 => println!("    page {n}: {mm:.2} mm"),
            Outcome::Laid(_) => {}
        }
    }
}

fn strangers(what: &str, pages: usize, refused: impl Fn(usize) -> Option<String>) {
    let accepted: Vec<usize> = (0..pages).filter(|n| refused(*n).is_none()).collect();
    println!("{what:<34}{pages:>6}{:>12}   {accepted:?}", accepted.len());
}

fn shipped(scenario: &Path) -> Result<Vec<Blank>> {
    let loaded = jitan::format::folder::load_folder(scenario).map_err(|b| anyhow::anyhow!(b.render(Lang::En)))?;
    let prepared = |form: &jitan::model::form::Form| {
        let blank = loaded.files.iter().find(|(name, _)| *name == form.blanks[0]).context("the form's blank")?;
        Blank::prepare(form, 1, &blank.1).map_err(|m| anyhow::anyhow!("{m}"))
    };
    loaded.bundle.forms().iter().map(prepared).collect()
}

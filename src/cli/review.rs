//! `jitan review`: walks a person through doubtful fields. The crop lies as a picture file in a private folder that
//! vanishes with the process; the time is measured while a field is shown.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use clap::Args;

use super::connect::{Desk, Stop};
use super::documents::{find, reason, short};
use super::exit::Exit;
use crate::api::types::{DocumentQuery, ReviewField, ReviewSheet};
use crate::engine::person::{Act, Sitting, Verdict};
use crate::format::diagnostic::plain;
use crate::message;
use crate::model::document::event::RejectReason;
use crate::model::form::PageSize;
use crate::model::id::DocumentId;
use crate::model::message::Message;
use crate::model::value::{Content, Personal, Provenance, Rect};

/// Looking at one field counts up to this long: whoever leaves the desk does not work on it.
const LONGEST_LOOK: Duration = Duration::from_secs(60);

/// Paper around a crop, millimetres: writing overruns its box.
const CROP_MARGIN_MM: f64 = 3.0;

#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// A document's id or its beginning; else all that wait for review.
    pub id: Option<String>,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &ReviewArgs, desk: &Desk) -> Result<Exit, Stop> {
    let waiting = match &args.id {
        Some(id) => vec![find(desk, id).await?],
        None => {
            let query = DocumentQuery { scenario: None, stages: Some("review".to_owned()) };
            desk.client.documents(&query).await?.iter().map(|d| d.id).collect()
        }
    };
    if waiting.is_empty() {
        println!("{}", desk.say(&message!("cli.review.nothing")));
        return Ok(Exit::Ok);
    }
    let folder = tempfile::Builder::new()
        .prefix("jitan-review-")
        .tempdir_in(runtime_folder())
        .map_err(|error| Stop::new(Exit::RunFailed, message!("cli.review.no-folder", why = error.kind())))?;
    let mut stdin = std::io::stdin().lock();
    for id in waiting {
        if one(desk, id, folder.path(), &mut stdin).await? == Next::Quit {
            return Ok(Exit::Waiting);
        }
    }
    Ok(Exit::Ok)
}

/// Memory-backed and private where the system has such a folder.
fn runtime_folder() -> std::path::PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, Into::into)
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Go,
    Quit,
}

/// What a person typed about a field.
#[derive(Debug, Clone, PartialEq)]
enum Typed {
    Verdict(Verdict),
    Skip,
    Reject,
    Quit,
}

async fn one(desk: &Desk, id: DocumentId, folder: &std::path::Path, input: &mut impl BufRead) -> Result<Next, Stop> {
    let sheet = desk.client.review_sheet(id).await?;
    println!("\n── {}  {}", sheet.scenario_title, short(id));
    println!("{}", reason(&sheet.document, desk.lang));
    let pages = pages(desk, id).await;
    for (number, page) in (1..).zip(&pages) {
        let file =
            folder.join(if number == 1 { format!("{}.png", short(id)) } else { format!("{}.{number}.png", short(id)) });
        let _ = page.save(&file);
        println!("{}", desk.say(&message!("cli.review.page", file = file.display())));
    }
    let doubtful: Vec<&ReviewField> = sheet.fields.iter().filter(|f| f.doubtful).collect();
    let row = desk.client.row(id).await.ok();
    if let Some(row) = &row {
        show_row(desk, row);
    }
    if doubtful.is_empty() {
        let refused = match row {
            Some(_) => message!("cli.review.refused-row"),
            None => message!("cli.review.refused-page"),
        };
        return refused_page(desk, id, &refused, input).await;
    }
    println!("{}", desk.say(&message!("cli.review.keys")));
    let mut verdicts = BTreeMap::new();
    let mut spent = Duration::ZERO;
    let mut end = None;
    for (index, field) in doubtful.iter().enumerate() {
        if let (Some(page), Some(size)) = (pages.get(usize::from(field.page) - 1), sheet.page) {
            show_crop(desk, page, size, field, &folder.join(format!("{}-{}.png", short(id), index + 1)));
        }
        let shown = Instant::now();
        let typed = ask(desk, field, index + 1, doubtful.len(), input);
        spent += counted(shown.elapsed());
        match typed {
            Typed::Verdict(verdict) => {
                verdicts.insert(field.value.field.clone(), verdict);
            }
            Typed::Skip => {}
            typed => {
                end = Some(typed);
                break;
            }
        }
    }
    hand_in(desk, &sheet, verdicts, spent, end == Some(Typed::Reject)).await?;
    Ok(if end == Some(Typed::Quit) { Next::Quit } else { Next::Go })
}

/// Its pages, registered where that could be done; none for a record.
async fn pages(desk: &Desk, id: DocumentId) -> Vec<image::GrayImage> {
    let mut pages = Vec::new();
    while let Ok(png) = desk.client.registered_page(id, pages.len() as u16 + 1).await
        && let Ok(page) = image::load_from_memory(&png)
    {
        pages.push(page.to_luma8());
    }
    pages
}

async fn hand_in(
    desk: &Desk,
    sheet: &ReviewSheet,
    verdicts: BTreeMap<crate::model::id::FieldName, Verdict>,
    spent: Duration,
    rejected: bool,
) -> Result<(), Stop> {
    let id = sheet.document.id;
    let seconds = u32::try_from(spent.as_secs_f64().ceil() as u64).unwrap_or(u32::MAX);
    let after = if rejected {
        desk.client.act(id, &Act::Reject { why: RejectReason::Other, seconds }).await?
    } else {
        let sitting = Sitting { seen_version: sheet.document.version, verdicts, seconds };
        desk.client.review(id, &sitting).await?
    };
    let stage = super::documents::stage_text(after.stage.kind(), desk.lang);
    println!("{}", desk.say(&message!("cli.documents.now", document = short(id), stage = stage)));
    Ok(())
}

/// A page or row of which nothing was taken: it can be rejected here, or left.
async fn refused_page(desk: &Desk, id: DocumentId, refused: &Message, input: &mut impl BufRead) -> Result<Next, Stop> {
    let shown = Instant::now();
    println!("{}", desk.say(refused));
    let line = prompt("> ", input);
    let seconds = u32::try_from(counted(shown.elapsed()).as_secs() + 1).unwrap_or(u32::MAX);
    match line.as_deref() {
        Some("r") => {
            desk.client.act(id, &Act::Reject { why: RejectReason::WrongForm, seconds }).await?;
            Ok(Next::Go)
        }
        None | Some("q") => Ok(Next::Quit),
        Some(_) => Ok(Next::Go),
    }
}

fn ask(desk: &Desk, field: &ReviewField, number: usize, of: usize, input: &mut impl BufRead) -> Typed {
    let value = match &field.value.content {
        Content::Written(text) => text.expose().to_owned(),
        Content::Blank => desk.say(&message!("cli.review.blank")),
        Content::Unreadable => desk.say(&message!("cli.review.unreadable")),
    };
    println!("\n[{number}/{of}] {}: {}", field.label, plain(&value));
    if let Provenance::Column(column) = &field.value.provenance {
        println!("    {}", desk.say(&message!("cli.review.column", column = column)));
    }
    for doubt in &field.value.doubts {
        println!("    {}", desk.say(doubt));
    }
    for evidence in &field.value.evidence {
        println!("    {}", desk.say(evidence));
    }
    for (index, alternative) in field.value.alternatives.iter().take(9).enumerate() {
        println!("    {}) {}", index + 1, alternative.text.expose());
    }
    if !field.options.is_empty() {
        println!("    {}", field.options.join(" / "));
    }
    loop {
        let Some(line) = prompt("> ", input) else { return Typed::Quit };
        match understand(&line, field) {
            Some(typed) => return typed,
            None => println!("{}", desk.say(&message!("cli.review.not-understood"))),
        }
    }
}

/// Enter: right as read · a number: that alternative · `-`: blank · `?`: not now · `r`: reject the document · `q`:
/// stop · `=text` or anything longer: what stands there.
fn understand(line: &str, field: &ReviewField) -> Option<Typed> {
    let corrected = |content| Some(Typed::Verdict(Verdict::Corrected { content }));
    let written = |text: &str| Content::Written(Personal::new(text));
    match line {
        "" if field.value.content == Content::Unreadable => None,
        "" => Some(Typed::Verdict(Verdict::Right)),
        "-" => corrected(Content::Blank),
        "?" => Some(Typed::Skip),
        "r" => Some(Typed::Reject),
        "q" => Some(Typed::Quit),
        _ => {
            let digit = line.parse::<usize>().ok().filter(|_| line.len() == 1);
            if let Some(chosen) = digit.and_then(|n| field.value.alternatives.get(n.wrapping_sub(1))) {
                return corrected(Content::Written(chosen.text.clone()));
            }
            let text = line.strip_prefix('=').unwrap_or(line);
            let known = field.options.is_empty() || field.options.iter().any(|option| option == text);
            if known { corrected(written(text)) } else { None }
        }
    }
}

/// The time that counts for one look.
fn counted(elapsed: Duration) -> Duration {
    elapsed.min(LONGEST_LOOK)
}

fn prompt(text: &str, input: &mut impl BufRead) -> Option<String> {
    print!("{text}");
    let _ = std::io::stdout().flush();
    let mut line = String::new();
    match input.read_line(&mut line) {
        Ok(n) if n > 0 => Some(line.trim().to_owned()),
        _ => None,
    }
}

/// A record as it came, in whichever encoding makes sense of it.
fn show_row(desk: &Desk, row: &[u8]) {
    println!("{}", desk.say(&message!("cli.review.row")));
    let text = match std::str::from_utf8(row) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::SHIFT_JIS.decode_without_bom_handling(row).0,
    };
    for line in text.lines() {
        println!("    {}", plain(line));
    }
}

fn show_crop(desk: &Desk, page: &image::GrayImage, size: PageSize, field: &ReviewField, file: &std::path::Path) {
    let Provenance::Zone(zone) = &field.value.provenance else { return };
    let (x, y, width, height) = crop_pixels(page.dimensions(), size, *zone);
    let crop = image::imageops::crop_imm(page, x, y, width, height).to_image();
    if crop.save(file).is_ok() {
        println!("    {}", desk.say(&message!("cli.review.crop", file = file.display())));
    }
}

/// A zone with its margin in the page's pixels, cut to the page.
fn crop_pixels(page: (u32, u32), size: PageSize, zone: Rect) -> (u32, u32, u32, u32) {
    let (sx, sy) = (f64::from(page.0) / size.width, f64::from(page.1) / size.height);
    let left = ((zone.x - CROP_MARGIN_MM).max(0.0) * sx) as u32;
    let top = ((zone.y - CROP_MARGIN_MM).max(0.0) * sy) as u32;
    let right = (((zone.x + zone.width + CROP_MARGIN_MM) * sx) as u32).min(page.0);
    let bottom = (((zone.y + zone.height + CROP_MARGIN_MM) * sy) as u32).min(page.1);
    (left, top, right.saturating_sub(left), bottom.saturating_sub(top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::FieldName;
    use crate::model::value::{Alternative, Chance, FieldValue};

    fn field(content: Content, options: &[&str]) -> ReviewField {
        let zone = Rect { x: 50.0, y: 60.0, width: 10.0, height: 8.0 };
        ReviewField {
            label: "生年月日（年）".to_owned(),
            page: 1,
            doubtful: true,
            options: options.iter().map(|o| (*o).to_owned()).collect(),
            value: FieldValue {
                field: FieldName::new("birth_y").unwrap(),
                content,
                chance: Chance::Uncalibrated(0.5),
                provenance: Provenance::Zone(zone),
                alternatives: vec![Alternative { text: Personal::new("12"), score: 0.4 }],
                doubts: Vec::new(),
                evidence: Vec::new(),
            },
        }
    }

    fn written(text: &str) -> Content {
        Content::Written(Personal::new(text))
    }

    #[test]
    fn enter_confirms_a_value_but_never_ink_that_nobody_could_read() {
        assert_eq!(understand("", &field(written("17"), &[])), Some(Typed::Verdict(Verdict::Right)));
        assert_eq!(understand("", &field(Content::Unreadable, &[])), None);
    }

    #[test]
    fn a_number_chooses_an_alternative_and_an_equals_sign_types_it_literally() {
        let corrected = |text: &str| Some(Typed::Verdict(Verdict::Corrected { content: written(text) }));
        assert_eq!(understand("1", &field(written("17"), &[])), corrected("12"));
        assert_eq!(understand("=1", &field(written("17"), &[])), corrected("1"));
    }

    #[test]
    fn a_choice_takes_only_its_options() {
        assert_eq!(understand("大正", &field(Content::Blank, &["昭和", "平成"])), None);
        assert!(understand("平成", &field(Content::Blank, &["昭和", "平成"])).is_some());
    }

    #[test]
    fn time_away_from_the_desk_does_not_count() {
        assert_eq!(counted(Duration::from_secs(600)), Duration::from_secs(60));
        assert_eq!(counted(Duration::from_secs(7)), Duration::from_secs(7));
    }

    #[test]
    fn a_crop_at_the_edge_stays_on_the_page() {
        let size = PageSize { width: 210.0, height: 297.0 };
        let zone = Rect { x: 205.0, y: 1.0, width: 10.0, height: 8.0 };
        let (x, y, width, height) = crop_pixels((2100, 2970), size, zone);
        assert!(x + width <= 2100 && y + height <= 2970 && width > 0);
    }
}

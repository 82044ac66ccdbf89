//! Draws the sample scans that ship with a scenario: made-up residents on its own blank form, through a made-up scanner.
//!
//! `cargo run --example sample_scans -- SCENARIO OUT PRINTED WRITTEN [SEED [DIGITS]]`: the scenario's folder, where to put
//! the scans and `truth.yaml`, a typeface that looks printed (Debian: fonts-ipafont-gothic) and one that looks written
//! (fonts-kiloji); DIGITS, if given, holds MNIST's training set unpacked, whose digits then stand in the boxes of the
//! pages written by hand. The same arguments give the same bytes. Among the eight are a smeared digit, a person who handed in
//! twice, and a page that is another form.

mod pen;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ab_glyph::FontVec;
use anyhow::{Context, Result};
use image::ImageEncoder;
use jitan::locale::Lang;
use jitan::model::form::{FieldKind, Form};
use jitan::model::value::Rect;
use jitan::reading::decode::{Caps, Pages};
use jitan::reading::page::Gray;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

type Answers = BTreeMap<String, String>;

const FAMILIES: &[(&str, &str)] = &[
    ("青木", "アオキ"),
    ("石川", "イシカワ"),
    ("小川", "オガワ"),
    ("中島", "ナカジマ"),
    ("西村", "ニシムラ"),
    ("松本", "マツモト"),
    ("森田", "モリタ"),
    ("横山", "ヨコヤマ"),
];
const GIVEN: &[(&str, &str)] = &[
    ("明子", "アキコ"),
    ("一郎", "イチロウ"),
    ("恵", "メグミ"),
    ("健太", "ケンタ"),
    ("直美", "ナオミ"),
    ("正", "タダシ"),
    ("由美子", "ユミコ"),
    ("亮", "リョウ"),
];
const CHILDREN: &[&str] = &["葵", "翔太", "美咲", "大輝", "さくら", "陽菜"];
const TOWNS: &[(&str, &str)] =
    &[("1730004", "板橋"), ("1730014", "大山東町"), ("1740063", "前野町"), ("1750082", "高島平"), ("1750094", "成増")];
const BANKS: &[(&str, &str)] = &[("みどり", "板橋"), ("ときわ", "大山"), ("東都信用", "成増"), ("城北", "高島平")];

fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [scenario, out, printed, written, rest @ ..] = &args[..] else {
        anyhow::bail!("SCENARIO OUT PRINTED WRITTEN [SEED [DIGITS]]")
    };
    let seed: u64 = rest.first().and_then(|s| s.to_str()).map_or(Ok(1), str::parse)?;
    let loaded = jitan::format::folder::load_folder(scenario).map_err(|b| anyhow::anyhow!(b.render(Lang::En)))?;
    let form = loaded.bundle.forms().first().context("a scenario with a form")?;
    let blank = loaded.files.iter().find(|(name, _)| *name == form.blanks[0]).context("the form's blank")?;
    let blank = Pages::open(&blank.1, Caps::default())?.next().context("the blank's page")??;
    let digits = rest.get(1).map(|folder| Digits::open(folder)).transpose()?;
    let fonts = [pen::typeface(printed)?, pen::typeface(written)?];
    std::fs::create_dir_all(out)?;
    let mut truth: Vec<(String, Answers)> = Vec::new();
    for (i, (what, file)) in PAGES.iter().enumerate() {
        let mut rng = StdRng::seed_from_u64(seed * 1000 + i as u64);
        let font = &fonts[i % 2];
        let answers = match what {
            Page::Resident | Page::Smeared => resident(&mut rng, i),
            Page::Again => truth[1].1.clone(),
            Page::AnotherForm => Answers::new(),
        };
        let mut sheet = match what {
            Page::AnotherForm => another_form(&blank, font),
            _ => filled(form, &blank, &answers, (font, digits.as_ref().filter(|_| i % 2 == 1)), &mut rng),
        };
        if *what == Page::Smeared {
            smear(form, &mut sheet, &mut rng);
        }
        let scan = scanner(i, &mut rng).scan(&sheet, &mut rng);
        write(&out.join(file), &scan)?;
        truth.push(((*file).to_owned(), answers));
    }
    write_truth(&out.join("truth.yaml"), &truth)
}

#[derive(PartialEq)]
enum Page {
    Resident,
    /// One digit of the account number is smeared beyond reading.
    Smeared,
    /// The second page's person once more, scanned on another day.
    Again,
    AnotherForm,
}

const PAGES: &[(Page, &str)] = &[
    (Page::Resident, "jido-001.jpg"),
    (Page::Resident, "jido-002.png"),
    (Page::Resident, "jido-003.jpg"),
    (Page::Resident, "jido-004.jpg"),
    (Page::Resident, "jido-005.png"),
    (Page::Smeared, "jido-006.jpg"),
    (Page::Again, "jido-007.jpg"),
    (Page::AnotherForm, "jido-008.png"),
];

fn resident(rng: &mut StdRng, number: usize) -> Answers {
    let (family, family_kana) = FAMILIES[number % FAMILIES.len()];
    let (given, given_kana) = GIVEN[rng.random_range(0..GIVEN.len())];
    let first = rng.random_range(0..CHILDREN.len());
    let child = CHILDREN[first];
    let (postal, town) = TOWNS[rng.random_range(0..TOWNS.len())];
    let (bank, branch) = BANKS[rng.random_range(0..BANKS.len())];
    let digits = |rng: &mut StdRng, n: usize| -> String {
        (0..n).map(|_| char::from(b'0' + rng.random_range(0..10_u8))).collect()
    };
    let mut number_body = digits(rng, 11);
    number_body.push(my_number_check(&number_body));
    let two = |n: u32| format!("{n:02}");
    let phone = format!("090-{}-{}", digits(rng, 4), digits(rng, 4));
    let house = format!("{}-{}-{}", rng.random_range(1..6), rng.random_range(1..40), rng.random_range(1..20));
    let mut answers: Answers = [
        ("submitted_y", "08".to_owned()),
        ("submitted_m", two(rng.random_range(4..10))),
        ("submitted_d", two(rng.random_range(1..29))),
        ("kana", format!("{family_kana} {given_kana}")),
        ("name", format!("{family}　{given}")),
        ("birth_era", "平成".to_owned()),
        ("birth_y", two(rng.random_range(1..12))),
        ("birth_m", two(rng.random_range(1..13))),
        ("birth_d", two(rng.random_range(1..29))),
        ("my_number", number_body),
        ("postal", postal.to_owned()),
        ("address", format!("板橋区{town}{house}")),
        ("phone", phone),
        ("occupation", ["会社員", "公務員", "自営業", "その他"][rng.random_range(0..4)].to_owned()),
        ("bank", bank.to_owned()),
        ("branch", branch.to_owned()),
        ("account_type", "普通".to_owned()),
        ("account_no", digits(rng, 7)),
        ("child1_name", format!("{family}　{child}")),
        ("child1_y", two(rng.random_range(2..8))),
        ("child1_m", two(rng.random_range(1..13))),
        ("child1_d", two(rng.random_range(1..29))),
        ("child1_living", "同居".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if rng.random_bool(0.4) {
        let second = CHILDREN[(first + 1) % CHILDREN.len()];
        for (name, value) in [
            ("child2_name", format!("{family}　{second}")),
            ("child2_y", two(rng.random_range(2..8))),
            ("child2_m", two(rng.random_range(1..13))),
            ("child2_d", two(rng.random_range(1..29))),
            ("child2_living", "同居".to_owned()),
        ] {
            answers.insert(name.to_owned(), value);
        }
    }
    answers
}

/// The digit that makes eleven digits a 個人番号: the one the reader accepts.
fn my_number_check(body: &str) -> char {
    let digits: Vec<u8> = body.bytes().map(|b| b - b'0').collect();
    let holds = |check: &u8| {
        let mut whole = digits.clone();
        whole.push(*check);
        jitan::reading::decide::check_digit::my_number(&whole)
    };
    let check = (0..10).find(holds).expect("every body has one check digit");
    char::from(b'0' + check)
}

/// Real handwritten digits.
struct Digits {
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Digits {
    fn open(folder: &Path) -> Result<Self> {
        let images = std::fs::read(folder.join("train-images-idx3-ubyte"))?.split_off(16);
        let labels = std::fs::read(folder.join("train-labels-idx1-ubyte"))?.split_off(8);
        Ok(Self { images, labels })
    }

    /// One of this digit's pictures.
    fn any(&self, digit: char, rng: &mut StdRng) -> Option<&[u8]> {
        let start = rng.random_range(0..self.labels.len());
        let order = (start..self.labels.len()).chain(0..start);
        let at = order.into_iter().find(|i| char::from(b'0' + self.labels[*i]) == digit)?;
        self.images.get(at * 784..(at + 1) * 784)
    }
}

/// What a person writes with: a typeface, and real digits for the boxes if there are any.
type Hand<'a> = (&'a FontVec, Option<&'a Digits>);

fn filled(form: &Form, blank: &Gray, answers: &Answers, hand: Hand<'_>, rng: &mut StdRng) -> pen::Sheet {
    let (font, digits) = hand;
    let mut sheet = pen::Sheet::new(blank);
    let ink = rng.random_range(0.8..0.98);
    for field in &form.fields {
        let Some(answer) = answers.get(field.name.as_str()) else { continue };
        match &field.kind {
            FieldKind::Digits { cells, .. } | FieldKind::Kana { cells } => {
                for (c, cell) in answer.chars().zip(cells).filter(|(c, _)| !c.is_whitespace()) {
                    match digits.and_then(|d| d.any(c, rng)) {
                        Some(picture) => sheet.written_digit(picture, *cell, rng, ink),
                        None => sheet.character(font, c, *cell, rng, ink),
                    }
                }
            }
            FieldKind::Line { rect, .. } => {
                let size = rng.random_range(5.0..6.0);
                let middle = rect.y + rect.height / 2.0 + rng.random_range(-0.5..0.5);
                sheet.text(font, answer, size, rect.x + rng.random_range(1.0..4.0), middle, ink);
            }
            FieldKind::Code { rect, codes, .. } => {
                sheet.code(codes[0], answer, *rect, ink).expect("an answer that can be a code");
            }
            FieldKind::Choice { options } => {
                if let Some(option) = options.iter().find(|o| o.value == *answer) {
                    sheet.mark(option, rng, ink);
                }
            }
        }
    }
    sheet
}

/// Rubs over the fourth digit of the account number.
fn smear(form: &Form, sheet: &mut pen::Sheet, rng: &mut StdRng) {
    let cells = form.fields.iter().find_map(|field| match &field.kind {
        FieldKind::Digits { cells, .. } if field.name.as_str() == "account_no" => Some(cells.clone()),
        _ => None,
    });
    let Some(cell) = cells.and_then(|cells| cells.get(3).copied()) else { return };
    let Rect { x, y, width, height } = cell;
    let path: Vec<(f64, f64)> =
        (0..14).map(|_| (x + width * rng.random_range(0.15..0.85), y + height * rng.random_range(0.2..0.8))).collect();
    sheet.stroke(&path, 0.9, 0.85);
}

/// A page of another office's form: a head, some ruled lines, some words.
fn another_form(blank: &Gray, font: &FontVec) -> pen::Sheet {
    let mut sheet = pen::Sheet::new(&Gray::filled(blank.width, blank.height, 255));
    sheet.text(font, "住民票の写し等交付申請書", 8.0, 55.0, 25.0, 1.0);
    for (row, label) in ["住所", "世帯主", "必要な方", "通数", "使いみち"].iter().enumerate() {
        let y = 50.0 + 24.0 * row as f64;
        sheet.stroke(&[(20.0, y), (190.0, y)], 0.3, 1.0);
        sheet.text(font, label, 5.0, 24.0, y + 12.0, 1.0);
    }
    sheet.stroke(&[(20.0, 50.0), (20.0, 146.0)], 0.3, 1.0);
    sheet.stroke(&[(60.0, 50.0), (60.0, 146.0)], 0.3, 1.0);
    sheet
}

/// Small files: 200 dpi, quiet sensors; every other one black and white.
fn scanner(number: usize, rng: &mut StdRng) -> pen::Scanner {
    let bilevel = PAGES[number].1.ends_with(".png");
    pen::Scanner {
        dpi: 200,
        noise: if bilevel { 4.0 } else { 1.5 },
        shade: rng.random_range(0.0..20.0),
        bilevel: bilevel.then_some(160),
        ..pen::Scanner::any(rng)
    }
}

fn write(file: &Path, scan: &Gray) -> Result<()> {
    let out = std::io::BufWriter::new(std::fs::File::create(file)?);
    let (w, h) = (scan.width, scan.height);
    let kind = image::ExtendedColorType::L8;
    match file.extension().and_then(|e| e.to_str()) {
        Some("jpg") => {
            image::codecs::jpeg::JpegEncoder::new_with_quality(out, 60).write_image(&scan.pixels, w, h, kind)?;
        }
        Some("tif") => image::codecs::tiff::TiffEncoder::new(out).write_image(&scan.pixels, w, h, kind)?,
        _ => {
            use image::codecs::png::{CompressionType, FilterType, PngEncoder};
            PngEncoder::new_with_quality(out, CompressionType::Best, FilterType::NoFilter).write_image(
                &scan.pixels,
                w,
                h,
                kind,
            )?;
        }
    }
    Ok(())
}

fn write_truth(file: &Path, truth: &[(String, Answers)]) -> Result<()> {
    let mut text = String::from("# What stands on each scan. A field that is absent was left empty.\n");
    for (name, answers) in truth {
        text.push_str(&format!("{name}:{}\n", if answers.is_empty() { " {}" } else { "" }));
        for (field, value) in answers {
            text.push_str(&format!("  {field}: \"{value}\"\n"));
        }
    }
    Ok(std::fs::write(file, text)?)
}

//! Made-up residents: what they would write in a field. Mostly words of the lexicon, now and then words of no list, since
//! a reader that was only ever shown words it knows would look better than it is.

use ab_glyph::{Font, FontVec};
use jitan::model::form::LineContent;
use jitan::model::value::Rect;
use jitan::reading::lexicon::Lexicon;
use jitan::reading::lexicon::names::Name;
use rand::RngExt;
use rand::rngs::StdRng;

use crate::pen::Sheet;

/// Share of names, towns and banks that stand in no list.
const UNLISTED: f64 = 0.04;
/// Characters that unlisted words are made of.
const RARE: &str =
    "葦鴨栂榎槇椿楠梶樫櫛淵瀧熊狩猪獅玖琢瑞畔畠碇磯稗穂竈笠箕篠糀紺綾織羽翁耕臼舘苅茨荻菱萩葛蒲蓑蔦薄藁虎蛭袴";
const ROOMS: &[&str] = &["", "", "", " 101号室", " 205号室", " 1203号室", "-402", " 303", " コーポ桜2階"];
const NUMERALS: &[&str] = &["一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// A name with its kana, family and given name apart.
pub struct Person {
    pub name: [String; 2],
    pub kana: [String; 2],
}

pub struct Residents<'a> {
    pub lexicon: &'a Lexicon,
}

impl Residents<'_> {
    /// Somebody whose name the typeface can write.
    pub fn person(&self, font: &FontVec, rng: &mut StdRng) -> Person {
        let (families, given_names) = (self.lexicon.names.family(), self.lexicon.names.given());
        loop {
            let (family, given) = (likely(families, rng), likely(given_names, rng));
            let (mut name, kana) = ([&family.name, &given.name].map(String::clone), [&family.reading, &given.reading]);
            if rng.random_bool(UNLISTED) {
                name[0] = (0..2).map(|_| any(RARE, rng)).collect();
            }
            if name.iter().chain(kana).all(|text| has_all(font, text)) {
                return Person { name, kana: kana.map(String::clone) };
            }
        }
    }

    /// What stands in a line of this content, with spaces as the writer leaves them.
    pub fn line(&self, content: LineContent, font: &FontVec, rng: &mut StdRng) -> String {
        loop {
            let text = match content {
                LineContent::PersonalName => self.person(font, rng).name.join("　"),
                LineContent::Address => self.home(rng).1,
                LineContent::Phone => phone(rng),
                LineContent::Bank => self.bank(rng),
                LineContent::Branch => self.branch(rng),
                LineContent::Free => free(rng),
                LineContent::Kana => self.person(font, rng).kana.join("　"),
                LineContent::Relationship => self.word("relationship", rng),
                LineContent::Occupation => self.word("occupation", rng),
            };
            if has_all(font, &text) {
                return text;
            }
        }
    }

    /// A postal code and an address of its town.
    pub fn home(&self, rng: &mut StdRng) -> (String, String) {
        let towns: Vec<_> = self.lexicon.towns.of_city("板橋区").collect();
        let all: Vec<_> = self.lexicon.towns.iter().collect();
        // Most people who come to a ward's counter live in it.
        let list = if rng.random_bool(0.7) { &towns } else { &all };
        let town = list[rng.random_range(0..list.len())];
        let unlisted = rng.random_bool(UNLISTED);
        let name = if unlisted { (0..3).map(|_| any(RARE, rng)).collect() } else { town.town.clone() };
        let prefecture = if rng.random_bool(0.5) { town.prefecture.as_str() } else { "" };
        let (block, house) = (rng.random_range(1..70), rng.random_range(1..40));
        let chome = match &town.chome[..] {
            [] => rng.random_range(1..10),
            limited => limited[rng.random_range(0..limited.len())],
        };
        let numeral = NUMERALS.get(usize::from(chome) - 1);
        let behind = match (rng.random_range(0..4), numeral) {
            (0, Some(numeral)) => format!("{numeral}丁目{block}-{house}"),
            (1, Some(numeral)) => format!("{numeral}丁目{block}番{house}号"),
            (2, _) if town.chome.is_empty() => format!("{block}-{house}"),
            _ => format!("{chome}-{block}-{house}"),
        };
        let address = format!("{prefecture}{}{name}{behind}{}", town.city, ROOMS[rng.random_range(0..ROOMS.len())]);
        (town.postal_code.clone(), address)
    }

    fn bank(&self, rng: &mut StdRng) -> String {
        one_of(self.lexicon.banks.bank_surfaces(), rng)
    }

    fn branch(&self, rng: &mut StdRng) -> String {
        one_of(self.lexicon.banks.branch_surfaces(), rng)
    }

    fn word(&self, list: &str, rng: &mut StdRng) -> String {
        one_of(self.lexicon.words.surfaces(list), rng)
    }
}

/// Each as often as its cost says, but flattened: of rare ones enough have to come to be measured.
fn likely<'n>(names: &'n [Name], rng: &mut StdRng) -> &'n Name {
    loop {
        let name = &names[rng.random_range(0..names.len())];
        if rng.random_bool(f64::from((-(name.cost - 4.0).max(0.0) / 2.0).exp())) {
            return name;
        }
    }
}

fn one_of<'w>(words: impl Iterator<Item = (&'w str, f32)>, rng: &mut StdRng) -> String {
    let words: Vec<&str> = words.map(|(word, _)| word).collect();
    words[rng.random_range(0..words.len())].to_owned()
}

/// A line as a hand writes it: characters of slightly different sizes, up and down, now closer, now wider. Spaces are
/// left wide. Returns the width in mm.
fn written_line(
    sheet: &mut Sheet,
    font: &FontVec,
    text: &str,
    size: f64,
    place: (f64, f64),
    rng: &mut StdRng,
    ink: f64,
) -> f64 {
    let (left, middle) = place;
    let (slope, spread) = (rng.random_range(-0.02..0.02), rng.random_range(-0.02..0.12));
    let mut x = left;
    for c in text.chars() {
        let own = size * rng.random_range(0.92..1.06);
        let y = middle + (x - left) * slope + size * rng.random_range(-0.04..0.04);
        if c.is_whitespace() {
            x += size * rng.random_range(0.8..1.3);
        } else {
            x += sheet.text(font, &c.to_string(), own, x, y, ink) + size * (spread + rng.random_range(-0.02..0.04));
        }
    }
    x - left
}

/// A line in its zone, as large as it goes in without leaving it, somewhere in the left part.
pub fn fitted_line(
    sheet: &mut Sheet,
    font: &FontVec,
    text: &str,
    zone: Rect,
    by_hand: bool,
    rng: &mut StdRng,
    ink: f64,
) {
    let widest = (zone.width - 4.0) / text.chars().count() as f64;
    let size = (zone.height * rng.random_range(0.5..0.72)).min(widest * 1.1);
    let place = (zone.x + rng.random_range(1.0..3.0), zone.y + zone.height / 2.0 + rng.random_range(-0.4..0.4));
    if by_hand {
        written_line(sheet, font, text, size, place, rng, ink);
    } else {
        sheet.text(font, text, size, place.0, place.1, ink);
    }
}

fn any(characters: &str, rng: &mut StdRng) -> char {
    let characters: Vec<char> = characters.chars().collect();
    characters[rng.random_range(0..characters.len())]
}

fn phone(rng: &mut StdRng) -> String {
    let mut digits = |count: u32| (0..count).map(|_| any("0123456789", rng)).collect::<String>();
    let (middle, last) = (digits(4), digits(4));
    match rng.random_range(0..3) {
        0 => format!("03-{middle}-{last}"),
        1 => format!("0{}0-{middle}-{last}", rng.random_range(7..10)),
        _ => format!("090{middle}{last}"),
    }
}

/// Numbers of lots and the like: capitals and digits.
fn free(rng: &mut StdRng) -> String {
    let capitals: String = (0..2).map(|_| any("ABCDEFGHJKLMNPRSTUVWXYZ", rng)).collect();
    let digits: String = (0..4).map(|_| any("0123456789", rng)).collect();
    capitals + &digits
}

/// Whether the typeface can write it.
pub fn has_all(font: &FontVec, text: &str) -> bool {
    text.chars().filter(|c| !c.is_whitespace()).all(|c| {
        let glyph = font.glyph_id(c);
        glyph.0 != 0 && font.outline(glyph).is_some()
    })
}

//! Made-up residents: what they would write in a field. Mostly words of the lexicon, now and then words of no list, since
//! a reader that was only ever shown words it knows would look better than it is.

use ab_glyph::{Font, FontVec};
use jitan::model::form::LineContent;
use jitan::reading::lexicon::Lexicon;
use rand::RngExt;
use rand::rngs::StdRng;

/// Share of names, towns and banks that stand in no list.
const UNLISTED: f64 = 0.04;
/// Characters that unlisted words are made of.
const RARE: &str = "葦鴨栂榎槇椿楠梶樫櫛淵瀧熊狩猪獅玖琢瑞畔畠碇磯稗穂竈笠箕篠糀紺綾織羽翁耕臼舘苅茨荻菱萩葛蒲蓑蔦薄藁虎蛭袴";
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
        let (family, given) = (self.lexicon.names.family(), self.lexicon.names.given());
        loop {
            let mut pick = |list: &[jitan::reading::lexicon::Name]| {
                let name = &list[frequent(list.len(), rng)];
                (name.surface.to_owned(), name.reading.to_owned())
            };
            let (mut family, given) = (pick(family), pick(given));
            if rng.random_bool(UNLISTED) {
                family.0 = (0..2).map(|_| any(RARE, rng)).collect();
            }
            if [&family.0, &family.1, &given.0, &given.1].iter().all(|text| has_all(font, text)) {
                return Person { name: [family.0, given.0], kana: [family.1, given.1] };
            }
        }
    }

    /// What stands in a line of this content, with spaces as the writer leaves them.
    pub fn line(&self, content: LineContent, font: &FontVec, rng: &mut StdRng) -> String {
        loop {
            let text = match content {
                LineContent::PersonalName => self.person(font, rng).name.join("　"),
                LineContent::Address => self.address(rng),
                LineContent::Phone => phone(rng),
                LineContent::Bank => self.bank(rng),
                LineContent::Branch => self.branch(rng),
                LineContent::Free => free(rng),
            };
            if has_all(font, &text) {
                return text;
            }
        }
    }

    fn address(&self, rng: &mut StdRng) -> String {
        let towns = self.lexicon.towns.all();
        let town = &towns[rng.random_range(0..towns.len())];
        let name = if rng.random_bool(UNLISTED) { (0..3).map(|_| any(RARE, rng)).collect() } else { town.town.to_owned() };
        let prefecture = if rng.random_bool(0.5) { town.prefecture } else { "" };
        let mut number = || rng.random_range(1..70).to_string();
        let (block, house) = (number(), number());
        let chome = NUMERALS[rng.random_range(0..6)];
        let behind = match rng.random_range(0..4) {
            0 => format!("{chome}丁目{block}-{house}"),
            1 => format!("{chome}丁目{block}番{house}号"),
            2 => format!("{block}-{house}"),
            _ => format!("{}-{block}-{house}", rng.random_range(1..8)),
        };
        format!("{prefecture}{}{name}{behind}{}", town.city, ROOMS[rng.random_range(0..ROOMS.len())])
    }

    fn bank(&self, rng: &mut StdRng) -> String {
        let banks = self.lexicon.banks.all();
        banks[rng.random_range(0..banks.len())].name.to_owned()
    }

    fn branch(&self, rng: &mut StdRng) -> String {
        let branches = self.lexicon.banks.branches();
        branches[rng.random_range(0..branches.len())].name.to_owned()
    }
}

/// A place in a list that is sorted by how common its words are: common ones come often, rare ones, too.
fn frequent(length: usize, rng: &mut StdRng) -> usize {
    let part: f64 = rng.random_range(0.0..1.0);
    ((part * part * part * length as f64) as usize).min(length - 1)
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

fn has_all(font: &FontVec, text: &str) -> bool {
    text.chars().filter(|c| !c.is_whitespace()).all(|c| {
        let glyph = font.glyph_id(c);
        glyph.0 != 0 && font.outline(glyph).is_some()
    })
}

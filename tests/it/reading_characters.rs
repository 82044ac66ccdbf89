//! What the character classifier promises: print in a typeface it never saw is read, look-alikes share one class, and
//! half of a character or two of them are taken for none.

use std::path::Path;

use ab_glyph::{Font, FontVec, PxScale, ScaleFont};
use jitan::reading::page::Gray;
use jitan::reading::recognise::characters::{
    CharacterClassifier, CharacterGuess, CharacterPicture, look_alikes, normalise,
};

const PRINTED: &str = "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf";

fn classifier() -> CharacterClassifier {
    let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ocr-models"));
    let classes = std::fs::read_to_string(models.join("characters.txt")).unwrap();
    CharacterClassifier::load(std::fs::read(models.join("characters.rten")).unwrap(), &classes).unwrap()
}

/// A text 5 mm high at 300 dpi.
fn printed(text: &str) -> Gray {
    let font = FontVec::try_from_vec(std::fs::read(PRINTED).expect("fonts-ipafont-gothic is installed")).unwrap();
    let scale = PxScale::from(59.0);
    let scaled = font.as_scaled(scale);
    let mut ink = Gray::filled(70 * text.chars().count() as u32, 80, 0);
    let mut x = 4.0;
    for c in text.chars() {
        let glyph = font.glyph_id(c).with_scale_and_position(scale, ab_glyph::point(x, 62.0));
        x += scaled.h_advance(glyph.id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let bounds = outline.px_bounds();
        outline.draw(|dx, dy, cover| {
            let (px, py) = (bounds.min.x as u32 + dx, bounds.min.y as u32 + dy);
            ink.pixels[(py * ink.width + px) as usize] = (cover * 255.0) as u8;
        });
    }
    ink
}

fn picture(text: &str) -> CharacterPicture {
    normalise(&printed(text)).unwrap()
}

fn guesses(texts: &str) -> Vec<CharacterGuess> {
    let pictures: Vec<CharacterPicture> = texts.chars().map(|c| picture(&c.to_string())).collect();
    classifier().classify(&pictures).unwrap()
}

#[test]
fn print_in_a_typeface_never_seen_is_read() {
    let text = "東京都板橋区加賀佐藤鈴木渡辺美咲健太ガギアオシツヌメあきさぬ2345678ABDEF々";
    let read: String = guesses(text).iter().map(|guess| guess.ranked(1)[0].0).collect();
    let right = read.chars().zip(text.chars()).filter(|(read, written)| read == written).count();
    assert!(right + 2 >= text.chars().count(), "{read}");
}

#[test]
fn probabilities_of_all_classes_and_of_none_add_up_to_one() {
    let guess = &guesses("橋")[0];
    let ranked = guess.ranked(usize::MAX);
    let sum: f32 = ranked.iter().map(|(_, p)| p).sum::<f32>() + guess.none();
    assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    assert!(ranked.is_sorted_by(|a, b| a.1 >= b.1) && ranked.len() == classifier().classes().len());
    assert!((guess.log_probability(ranked[0].0) - ranked[0].1.ln()).abs() < 1e-3);
}

#[test]
fn look_alikes_share_one_class() {
    let guess = &guesses("カ")[0];
    assert_eq!(look_alikes('カ'), look_alikes('力'));
    assert!((guess.log_probability('カ') - guess.log_probability('力')).abs() < f32::EPSILON);
    assert!(guess.log_probability('カ') > guess.log_probability('か'));
}

#[test]
fn a_character_that_is_no_class_is_as_unlikely_as_can_be() {
    assert!((guesses("橋")[0].log_probability('☃') + 30.0).abs() < f32::EPSILON);
}

#[test]
fn two_characters_in_one_piece_are_none() {
    let pictures: Vec<CharacterPicture> = ["東京", "佐藤", "健太"].into_iter().map(picture).collect();
    let none: Vec<f32> = classifier().classify(&pictures).unwrap().iter().map(CharacterGuess::none).collect();
    assert!(none.iter().all(|none| *none > 0.5), "{none:?}");
}

#[test]
fn weights_of_other_classes_are_refused() {
    let weights = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/ocr-models/characters.rten")).unwrap();
    assert!(CharacterClassifier::load(weights, "あいう").is_err());
    assert!(CharacterClassifier::load(b"no weights".to_vec(), "あいう").is_err());
}

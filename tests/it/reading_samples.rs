//! The sample scans, where the variable `SAMPLES` names their folder: every one lies on its own form, and none of
//! those tried on the others does (every third: a page that fits nothing is looked at in every size and turn).

use std::collections::BTreeMap;
use std::path::Path;

use jitan::model::form::FieldKind;
use jitan::model::value::Personal;
use jitan::reading::decode::{Caps, Pages};
use jitan::reading::mark::read_choice;
use jitan::reading::page::Gray;
use jitan::reading::register::register;

use crate::sample_forms::blanks;

#[derive(serde::Deserialize)]
struct Truth {
    form: String,
    fields: BTreeMap<String, String>,
}

fn page(path: &Path) -> Gray {
    let file = std::fs::read(path).unwrap();
    Pages::open(&file, Caps::default()).unwrap().next().unwrap().unwrap()
}

#[test]
fn every_sample_scan_lies_on_its_own_form_and_none_on_another() {
    let Some(folder) = std::env::var_os("SAMPLES") else {
        println!("sample scans not used");
        return;
    };
    let folder = Path::new(&folder);
    let truth = std::fs::read_to_string(folder.join("scans/truth.json")).unwrap();
    let truth: BTreeMap<String, Truth> = serde_json::from_str(&truth).unwrap();
    let mut residuals = Vec::new();
    let (mut marks, mut wrong_marks) = (0, Vec::new());
    let forms = blanks(&folder.join("blank")).unwrap().len();
    for own in 0..forms {
        let mut others = blanks(&folder.join("blank")).unwrap();
        let own = others.remove(own);
        let of_this_form = truth.iter().filter(|(_, truth)| truth.form == own.form.name.as_str());
        for (i, (file, truth)) in of_this_form.enumerate() {
            let page = page(&folder.join("scans").join(file));
            if i % 3 == 0 {
                let foreign = register(&page, &others).unwrap_err();
                assert_eq!(foreign.why.code, "reading.another-form", "{file}");
            }
            let (_, registered) =
                register(&page, std::slice::from_ref(&own)).unwrap_or_else(|r| panic!("{file}: {r:?}"));
            residuals.push(registered.quality.residual_mm);
            for field in &own.form.fields {
                if let FieldKind::Choice { options } = &field.kind {
                    let read = read_choice(options, &registered);
                    let right = read.content.written().map(Personal::expose)
                        == truth.fields.get(field.name.as_str()).map(String::as_str);
                    marks += 1;
                    if !right && read.doubts.is_empty() {
                        wrong_marks.push(format!("{file} {}", field.name));
                    }
                }
            }
        }
    }
    residuals.sort_by(f64::total_cmp);
    let at = |part: f64| residuals[((residuals.len() - 1) as f64 * part) as usize];
    println!("{} scans, residual p50 {:.3} mm, p95 {:.3} mm, {marks} choices", residuals.len(), at(0.5), at(0.95));
    assert!(at(1.0) < 0.5, "the worst residual is {} mm", at(1.0));
    assert!(wrong_marks.is_empty(), "{wrong_marks:?}");
}

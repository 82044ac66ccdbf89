//! Scenario folders as shipped: they load, and their version is what their files say.

use std::path::Path;

use jitan::format::load_folder;
use jitan::locale::Lang;

#[test]
fn the_shipped_scenario_has_no_mistake() {
    let loaded =
        load_folder(Path::new("scenarios/jido-teate")).unwrap_or_else(|broken| panic!("{}", broken.render(Lang::En)));
    assert_eq!(loaded.bundle.scenario.name.as_str(), "jido-teate");
    let names: Vec<&str> = loaded.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["blank.png", "form.yaml", "scenario.yaml", "targets/portal.yaml"]);
}

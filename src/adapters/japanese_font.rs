//! A Japanese typeface of the system, for pictures: asked of fontconfig, else looked for where Debian puts them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ab_glyph::{Font, FontVec};

const KNOWN: [&str; 4] = [
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
];

/// The typeface, or nothing if the machine has none with Japanese characters.
pub fn find() -> Option<FontVec> {
    asked().into_iter().chain(KNOWN.iter().map(PathBuf::from)).find_map(|path| load(&path))
}

fn load(path: &Path) -> Option<FontVec> {
    let bytes = std::fs::read(path).ok()?;
    let font = FontVec::try_from_vec_and_index(bytes, 0).ok()?;
    (font.glyph_id('漢').0 != 0).then_some(font)
}

fn asked() -> Option<PathBuf> {
    let mut command = Command::new("fc-match");
    command.args(["--format", "%{file}", "sans:lang=ja"]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(PathBuf::from)
}

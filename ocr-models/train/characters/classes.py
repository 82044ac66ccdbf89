"""The classes of characters.rten, in the order of `characters.txt`; the class after the last of them is "no character".

Characters that cannot be told apart in a picture whose size and place are lost make one class: the first of a set of
`LOOK_ALIKES` names it. `src/reading/recognise/characters.rs` holds the same sets.
"""

import os

LOOK_ALIKES = [
    "ー一－−-―—‐–_", "1lI|｜", "0Oo〇○◯。゜°", "ノ/／", "・.●•", "、ヽ", "ニ二=＝", "く<〈＜", "〃\"″”",
    "カ力ヵ", "ロ口□", "ハ八", "エ工ェ", "タ夕", "ト卜", "オ才ォ", "へヘ", "べベ", "ぺペ", "りリ", "ケヶ",
    "あぁ", "いぃ", "うぅ", "えぇ", "おぉ", "つっ", "やゃ", "ゆゅ", "よょ", "わゎ",
    "アァ", "イィ", "ウゥ", "ツッ", "ヤャ", "ユュ", "ヨョ", "ワヮ",
    "Cc", "Ss", "Vv", "Ww", "Xx×", "Zz", "十+＋", "(（〔", ")）〕", "~〜～", ":：",
]
CANONICAL = {c: group[0] for group in LOOK_ALIKES for c in group}
FOLDER = os.path.dirname(os.path.abspath(__file__))


def classes(file=os.path.join(FOLDER, "..", "..", "characters.txt")):
    with open(file, encoding="utf-8") as text:
        return [c for c in text.read() if not c.isspace()]


def members(character):
    """Everything that is drawn for a class."""
    for group in LOOK_ALIKES:
        if character in group:
            return group
    return character

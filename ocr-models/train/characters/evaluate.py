"""Accuracy by kind of character on typefaces that training never saw, worn as scans are.

    python evaluate.py HELD_DIR WEIGHTS.pt [PICTURES_A_GLYPH]

Renders through `normalise`, exactly as the program does.
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

from classes import classes
from glyphs import PRINTED
from train import network
from wear import normalise, worn

SURE = 0.99


def kind(character):
    code = ord(character)
    if character.isdigit() and code < 128:
        return "digits"
    if character.isalpha() and code < 128:
        return "Latin"
    if 0x3041 <= code <= 0x3096:
        return "hiragana"
    if 0x30A1 <= code <= 0x30FA:
        return "katakana"
    return "kanji" if code >= 0x3400 and not 0xFF00 <= code else "other"


@torch.no_grad()
def guesses(model, glyphs, gentle, seed=5):
    """Probabilities of worn pictures, and which of them had any ink left."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    rows, ok = [], []
    for i in range(0, len(glyphs), 256):
        ink = worn(np.asarray(glyphs[i : i + 256]), gentle[i : i + 256], frame=False)[:, 0].numpy() * 255
        pictures = [normalise(one.astype(np.uint8)) for one in ink]
        ok += [p is not None for p in pictures]
        x = torch.from_numpy(np.stack([p for p in pictures if p is not None])).unsqueeze(1).float() / 255
        rows.append(F.softmax(model(x), 1))
    return torch.cat(rows), np.array(ok)


def row(what, p, labels):
    best = p.topk(3).indices.numpy()
    right = best[:, 0] == labels
    third = (best == labels[:, None]).any(1)
    sure = p.max(1).values.numpy() >= SURE
    wrong = (sure & ~right).sum()
    print(
        f"{what:24} n {len(labels):6}  top-1 {right.mean():7.2%}  top-3 {third.mean():7.2%}  "
        f"at {SURE}: {sure.mean():6.1%} accepted, {wrong} wrong ({wrong / max(1, sure.sum()):.2%})",
        flush=True,
    )


def main():
    folder, weights = sys.argv[1:3]
    again = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    names = classes()
    torch.set_num_threads(1)
    model = network(len(names) + 1).eval()
    model.load_state_dict(torch.load(weights))
    glyphs = np.load(f"{folder}/glyphs.npy", mmap_mode="r")
    labels = np.load(f"{folder}/labels.npy").astype(int)
    sources = np.load(f"{folder}/sources.npy")
    kinds = np.array([kind(c) for c in names])[labels]
    rng = np.random.default_rng(5)
    for source, how in ((0, "written"), (PRINTED, "printed")):
        for what in ("digits", "Latin", "katakana", "hiragana", "other", "kanji"):
            chosen = np.nonzero((sources == source) & (kinds == what))[0]
            if len(chosen) == 0:
                continue
            chosen = rng.permutation(np.repeat(chosen, again if what == "kanji" else 8 * again))[:4000]
            p, ok = guesses(model, glyphs[np.sort(chosen)], np.full(len(chosen), source == PRINTED, dtype=np.float32))
            row(f"{how} {what}", p, labels[np.sort(chosen)][ok])


if __name__ == "__main__":
    main()

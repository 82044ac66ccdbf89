"""Accuracy by kind of character on typefaces that training never saw, worn as scans are.

    python evaluate.py HELD_DIR WEIGHTS.pt fit            # prints the temperature that export.py takes
    python evaluate.py HELD_DIR WEIGHTS.pt TEMPERATURE    # accuracy

Renders through `normalise`, exactly as the program does. The temperature is fitted on every other held glyph, accuracy
is measured on the rest.
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from classes import classes
from glyphs import PRINTED, cut, fitted, pair, typefaces
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
    """Logits of worn pictures, and which of them had any ink left."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    rows, ok = [], []
    for i in range(0, len(glyphs), 256):
        some = (torch.from_numpy(np.array(part[i : i + 256])) for part in (glyphs, gentle))
        ink = worn(*some, frame=False)[:, 0].numpy() * 255
        pictures = [normalise(one.astype(np.uint8)) for one in ink]
        ok += [p is not None for p in pictures]
        x = torch.from_numpy(np.stack([p for p in pictures if p is not None])).unsqueeze(1).float() / 255
        rows.append(model(x))
    return torch.cat(rows), np.array(ok)


def temperature(logits, labels):
    """The divisor that makes the given labels likeliest."""
    steps = np.linspace(0.5, 1.5, 51)
    losses = [F.cross_entropy(logits / t, torch.from_numpy(labels)).item() for t in steps]
    return steps[int(np.argmin(losses))]


def row(what, logits, labels):
    p = F.softmax(logits, 1)
    best = p.topk(3).indices.numpy()
    right = best[:, 0] == labels
    third = (best == labels[:, None]).any(1)
    sure = p.max(1).values.numpy() >= SURE
    wrong = (sure & ~right).sum()
    print(
        f"{what:36} n {len(labels):5}  top-1 {right.mean():6.1%}  top-3 {third.mean():6.1%}  "
        f"at {SURE}: {sure.mean():5.1%} accepted, {wrong} wrong ({wrong / max(1, sure.sum()):.2%})",
        flush=True,
    )


def chosen(where, count, rng):
    """That many of these places, each as often as another."""
    return np.sort(rng.permutation(np.repeat(where, -(-count // len(where))))[:count])


def wrong_cuts(glyphs, rng, count):
    """Pairs, and halves cut through their strokes, of held glyphs."""
    pick = lambda: np.asarray(glyphs[rng.integers(len(glyphs))])
    pairs = [fitted(pair(rng, pick, 2)) for _ in range(count)]
    halves = [cut(rng, Image.fromarray(pick())) for _ in range(2 * count)]
    return [p for p in pairs if p is not None], [fitted(h) for h in halves if h is not None and fitted(h) is not None][:count]


def main():
    folder, weights, how_warm = sys.argv[1:]
    names = classes()
    torch.set_num_threads(1)
    model = network(len(names) + 1).eval()
    model.load_state_dict(torch.load(weights))
    glyphs = np.load(f"{folder}/glyphs.npy", mmap_mode="r")
    labels = np.load(f"{folder}/labels.npy").astype(int)
    printed = np.load(f"{folder}/sources.npy") == PRINTED
    faces = np.load(f"{folder}/faces.npy")
    kinds = np.array([kind(c) for c in names])[labels]
    rng = np.random.default_rng(5)
    half = np.arange(len(labels)) % 2 == 0
    if how_warm == "fit":
        places = chosen(np.nonzero(half)[0], 3000, rng)
        logits, ok = guesses(model, glyphs[places], printed[places].astype(np.float32))
        print(f"{temperature(logits, labels[places][ok]):.2f}")
        return
    for face in np.unique(faces):
        for what in ("digits", "Latin", "katakana", "hiragana", "other", "kanji"):
            places = np.nonzero((faces == face) & (kinds == what) & ~half)[0]
            if len(places) == 0:
                continue
            places = chosen(places, 1000 if what == "kanji" else 500, rng)
            logits, ok = guesses(model, glyphs[places], printed[places].astype(np.float32))
            row(f"{typefaces('held')[face][1][0]} {what}", logits / float(how_warm), labels[places][ok])
    rich = glyphs[np.nonzero(kinds == "kanji")[0][::3]]
    for what, cuts in zip(("two in one", "half of one"), wrong_cuts(rich, rng, 600)):
        logits, _ = guesses(model, np.stack(cuts), np.zeros(len(cuts), dtype=np.float32))
        p = F.softmax(logits / float(how_warm), 1)
        none, other = p[:, -1].numpy(), p[:, :-1].max(1).values.numpy()
        print(f"{what:36} n {len(p):5}  none likeliest {(none > other).mean():6.1%}  a character at 0.9: {(other > 0.9).mean():.1%}")


if __name__ == "__main__":
    main()

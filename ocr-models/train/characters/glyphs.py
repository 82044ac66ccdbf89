"""Draws clean characters once: every class in every typeface and from KanjiVG's strokes, and ink that is no character.

    python glyphs.py FONTS_DIR KANJIVG_DIR MNIST_DIR OUT_DIR [held]

Writes OUT_DIR/{glyphs,labels,sources}.npy; `train.py` wears and bends them anew whenever it looks at one. With `held`,
only the typefaces that training never sees. MNIST images from 40,000 on are never touched.
"""

import json
import os
import re
import sys
from multiprocessing import Pool

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

import strokes
from classes import FOLDER, classes, members

SIDE = 64
BODY = 48
VARIANTS = 64
REJECTED = 140_000
# Each draws a share of the variants, and of what is rejected.
SEEDS = range(16)
DIGITS = 24_000
MNIST_SEEN = 40_000
WRITTEN, PRINTED, STROKES, MNIST, REJECT = range(5)


def fitted(picture):
    """Cut to its ink, longest side BODY, in the middle of SIDE x SIDE; or None."""
    box = picture.point(lambda v: 255 * (v > 60)).getbbox()
    if box is None:
        return None
    picture = picture.crop(box)
    scale = BODY / max(picture.size)
    size = tuple(max(1, round(s * scale)) for s in picture.size)
    how = Image.BOX if scale < 0.6 else Image.BILINEAR
    out = Image.new("L", (SIDE, SIDE))
    out.paste(picture.resize(size, how), tuple((SIDE - s) // 2 for s in size))
    return np.asarray(out)


class Typeface:
    """One file, or fontsource's numbered subsets of one."""

    def __init__(self, words, folder):
        self.fonts = {}
        if words[0].lower().endswith((".ttf", ".otf", ".ttc")):
            files = [os.path.join(folder, "fonts", words[0])]
        else:
            package = os.path.join(folder, "npm", words[0], "package", "files")
            files = [os.path.join(package, f) for f in sorted(os.listdir(package)) if f.endswith(f"-{words[1]}-normal.woff")]
            # The numbered subsets hold everything; "japanese" is an older cut that some packages lack.
            numbered = [f for f in files if re.search(r"-\d+-\d+-normal", f)]
            files = (numbered + [f for f in files if "-latin-4" in f or "-latin-7" in f]) if numbered else files
        self.where = {}
        for file in files:
            cmap = TTFont(file, lazy=True, fontNumber=0).getBestCmap() or {}
            for code in cmap:
                self.where.setdefault(code, file)

    def font(self, file, size):
        if (file, size) not in self.fonts:
            self.fonts[file, size] = ImageFont.truetype(file, size)
        return self.fonts[file, size]

    def drawn(self, character):
        file = self.where.get(ord(character))
        if file is None:
            return None
        font = self.font(file, 72)
        box = font.getbbox(character)
        longest = max(box[2] - box[0], box[3] - box[1])
        if longest < 2:
            return None
        if longest < 40:
            font = self.font(file, min(700, int(72 * 56 / longest) // 16 * 16 + 16))
            box = font.getbbox(character)
        canvas = Image.new("L", (box[2] - box[0] + 4, box[3] - box[1] + 4))
        ImageDraw.Draw(canvas).text((2 - box[0], 2 - box[1]), character, fill=255, font=font)
        return fitted(canvas)


def typefaces(use):
    with open(os.path.join(FOLDER, "typefaces.txt")) as lines:
        rows = [line.split() for line in lines if not line.startswith("#")]
    return [(row[1], row[2:]) for row in rows if row[0] == use]


def typeface_job(job):
    how, words, folder, names = job
    face = Typeface(words, folder)
    pictures, labels = [], []
    for label, name in enumerate(names):
        for character in members(name):
            picture = face.drawn(character)
            if picture is not None:
                pictures.append(picture)
                labels.append(label)
    print(words, len(pictures), flush=True)
    source = WRITTEN if how == "written" else PRINTED
    return np.array(pictures), np.array(labels), np.full(len(labels), source)


def stroke_job(job):
    seed, folder, names = job
    rng = np.random.default_rng(seed)
    known = strokes.load(folder)
    pictures, labels = [], []
    for label, name in enumerate(names):
        drawable = [c for c in members(name) if c in known]
        for _ in range(VARIANTS // len(SEEDS) if drawable else 0):
            picture = fitted(strokes.drawn(known[drawable[rng.integers(len(drawable))]][0], rng))
            pictures.append(picture)
            labels.append(label)
    print("strokes", seed, len(pictures), flush=True)
    return np.array(pictures), np.array(labels), np.full(len(labels), STROKES)


def mnist_job(folder):
    images = np.fromfile(f"{folder}/train-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 28, 28)[:MNIST_SEEN]
    labels = np.fromfile(f"{folder}/train-labels-idx1-ubyte", np.uint8, offset=8)[:MNIST_SEEN]
    pictures = [fitted(Image.fromarray(image).resize((84, 84), Image.BICUBIC)) for image in images[:DIGITS]]
    return np.array(pictures), labels[:DIGITS].astype(int), np.full(DIGITS, MNIST)


# Halves that are, or look like, a character of their own: never taught as "no character".
LIKE_CHARACTERS = set("亻氵刂扌忄阝礻冖宀艹彐厶匚囗丶丿亅亠冫彡川卜十ト丨乚乙儿几勹匕刀彳夂尸广巾")


def reject_job(job):
    seed, pictures, names, folder = job
    pictures = np.load(pictures, mmap_mode="r")
    rng = np.random.default_rng(len(SEEDS) + seed)
    known = strokes.load(folder)
    kanji = [c for c in names if c in known and ord(c) >= 0x4E00]
    rich = [c for c in kanji if len(known[c][0]) >= 8]
    every = set(names)
    halves = [
        known[c][0][begin:end]
        for c in kanji
        for element, begin, end in known[c][1]
        if end - begin >= 3 and element not in every and element is not None and element not in LIKE_CHARACTERS
    ]
    wide = [i for i in range(0, len(pictures), 3) if np.ptp(np.nonzero(pictures[i].any(0))[0]) > 26]
    pick = lambda: pictures[wide[rng.integers(len(wide))]]
    out = [fitted(reject(rng, pick, known, rich, halves)) for _ in range(REJECTED // len(SEEDS))]
    out = [p for p in out if p is not None]
    print("rejects", seed, len(out), flush=True)
    return np.array(out), np.full(len(out), len(names)), np.full(len(out), REJECT)


def tight(picture):
    return Image.fromarray(picture).crop(Image.fromarray(picture).getbbox())


def pair(rng, pick, count):
    """Neighbours in one piece, the last or first of them possibly cut."""
    height = 60
    canvas = Image.new("L", (height * count + 80, height + 16))
    x = 4
    for n in range(count):
        one = tight(pick())
        tall = int(height * rng.uniform(0.75, 1))
        one = one.resize((max(12, int(one.width * tall / max(one.size))), max(8, int(one.height * tall / max(one.size)))))
        if count == 2 and rng.random() < 0.35:  # a slice of a neighbour
            share = int(one.width * rng.uniform(0.25, 0.6))
            if n == 0 and share > 6:
                one = one.crop((one.width - share, 0, one.width, one.height))
            elif n == 1 and share > 6 and x > 46:
                one = one.crop((0, 0, share, one.height))
        y = int(rng.integers(2, max(3, canvas.height - one.height - 2)))
        canvas.paste(Image.composite(one, canvas.crop((x, y, x + one.width, y + one.height)), one), (x, y))
        x += one.width + int(rng.integers(-3, 9))
    return canvas


def cut(rng, picture):
    """One half of a character, cut through its strokes."""
    a = np.asarray(picture)
    columns = a.shape[1]
    for _ in range(6):
        at = int(columns * rng.uniform(0.3, 0.7))
        column = a[:, at] > 100
        if (np.diff(column.astype(int)) == 1).sum() >= 2:
            return Image.fromarray(a[:, :at] if rng.random() < 0.5 else a[:, at:])
    return None


def reject(rng, pick, known, rich, halves):
    kind = rng.random()
    some = lambda: strokes.drawn(known[rich[rng.integers(len(rich))]][0], rng)
    if kind < 0.34:
        return pair(rng, pick, 2 if rng.random() < 0.8 else 3)
    if kind < 0.56:
        whole = some() if rng.random() < 0.5 else Image.fromarray(pick())
        whole = whole.crop(whole.getbbox())
        half = cut(rng, whole) if whole.width > 20 else None
        if half is not None and np.count_nonzero(np.asarray(half) > 100) > 0.25 * np.count_nonzero(np.asarray(whole) > 100):
            return half
        return pair(rng, pick, 2)
    if kind < 0.70:
        return strokes.drawn(halves[rng.integers(len(halves))], rng)
    canvas = Image.new("L", (96, 96))
    draw = ImageDraw.Draw(canvas)
    point = lambda: tuple(int(v) for v in rng.integers(14, 82, 2))
    if kind < 0.84:  # struck through
        canvas.paste(Image.fromarray(pick()), (16, 16))
        y = int(rng.integers(32, 62))
        for _ in range(int(rng.integers(1, 4))):
            tilt = int(rng.integers(-22, 23))
            draw.line([(6, y + tilt), (90, y - tilt)], fill=255, width=int(rng.integers(2, 7)))
            y += int(rng.integers(-14, 15))
    elif kind < 0.93:  # a scribble
        draw.line([point() for _ in range(int(rng.integers(7, 20)))], fill=255, width=int(rng.integers(2, 6)), joint="curve")
    elif kind < 0.97:  # a smear
        for _ in range(int(rng.integers(3, 8))):
            x, y = point()
            rx, ry = rng.integers(3, 18, 2)
            draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=int(rng.integers(110, 256)))
    else:  # specks, and rests of rules on several sides
        for _ in range(int(rng.integers(5, 14))):
            x, y = point()
            w, h = rng.integers(2, 9, 2)
            draw.rectangle([x, y, x + w, y + h], fill=255)
    return canvas


def main():
    fonts, kanjivg, mnist, out = sys.argv[1:5]
    use = "held" if "held" in sys.argv[5:] else "train"
    names = classes()
    os.makedirs(out, exist_ok=True)
    with Pool() as pool:
        jobs = [(how, words, fonts, names) for how, words in typefaces(use)]
        parts = pool.map_async(typeface_job, jobs, chunksize=1)
        if use == "train":
            drawn = pool.map_async(stroke_job, [(seed, kanjivg, names) for seed in SEEDS], chunksize=1)
            parts = parts.get() + drawn.get() + [mnist_job(mnist)]
            clean = os.path.join(out, "clean.npy")
            np.save(clean, np.concatenate([p[::7] for p, _, _ in parts]))
            parts += pool.map(reject_job, [(seed, clean, names, kanjivg) for seed in SEEDS], chunksize=1)
            os.remove(clean)
        else:
            parts = parts.get()
            face = np.concatenate([np.full(len(p), i) for i, (p, _, _) in enumerate(parts)])
            np.save(os.path.join(out, "faces.npy"), face)
    np.save(os.path.join(out, "glyphs.npy"), np.concatenate([p for p, _, _ in parts]))
    np.save(os.path.join(out, "labels.npy"), np.concatenate([c for _, c, _ in parts]).astype(np.int16))
    np.save(os.path.join(out, "sources.npy"), np.concatenate([s for _, _, s in parts]).astype(np.int8))


if __name__ == "__main__":
    main()

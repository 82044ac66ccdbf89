"""Draws the training pictures: MNIST's first images and typefaces' digits, worn as scans are, and ink that is no digit.

    python dataset.py MNIST_DIR FONTS_DIR OUT.npz

MNIST images from HELD_OUT on are never touched here: calibration needs digits that training has not seen.
"""

import gzip
import os
import sys
from multiprocessing import Pool

import numpy as np
from PIL import ImageFont

from cells import handwritten, normalise, refuse, typed, worn

HELD_OUT = 40_000
VARIANTS = 5
TYPED = 50_000
REFUSED = 40_000
REFUSE_CLASS = 10


def mnist(folder):
    with gzip.open(f"{folder}/train-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(f"{folder}/train-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8)
    return images[:HELD_OUT], labels[:HELD_OUT]


def typefaces(folder):
    """Files listed in typefaces.txt as `train`."""
    with open(os.path.join(os.path.dirname(__file__), "typefaces.txt")) as lines:
        names = [line.split()[1] for line in lines if line.startswith("train ")]
    return [os.path.join(folder, name) for name in names]


def draw(job):
    what, seed, count, mnist_dir, fonts_dir = job
    rng = np.random.default_rng(seed)
    images, labels = mnist(mnist_dir)
    paths = typefaces(fonts_dir)
    pictures, classes = [], []
    fonts = {}

    def font():
        path, size = paths[rng.integers(0, len(paths))], int(rng.integers(34, 68))
        if (path, size) not in fonts:
            fonts[path, size] = ImageFont.truetype(path, size)
        return fonts[path, size]

    letters = [font() for _ in range(40)]
    for n in range(count):
        if what == "written":
            i = (seed * count + n) % len(images)
            a, label = handwritten(images[i], rng), labels[i]
        elif what == "typed":
            label = int(rng.integers(0, 10))
            a = typed(font(), str(label), rng)
        else:
            a, label = refuse(images, letters, rng), REFUSE_CLASS
        picture = normalise(worn(a, rng))
        if picture is not None:
            pictures.append(picture)
            classes.append(label)
    return np.array(pictures), np.array(classes, dtype=np.uint8)


def main():
    mnist_dir, fonts_dir, out = sys.argv[1:]
    block = 10_000
    jobs = [("written", s, block, mnist_dir, fonts_dir) for s in range(HELD_OUT * VARIANTS // block)]
    jobs += [("typed", 1000 + s, block, mnist_dir, fonts_dir) for s in range(TYPED // block)]
    jobs += [("refused", 2000 + s, block, mnist_dir, fonts_dir) for s in range(REFUSED // block)]
    with Pool(2) as pool:
        parts = pool.map(draw, jobs, chunksize=1)
    np.savez(out, pictures=np.concatenate([p for p, _ in parts]), classes=np.concatenate([c for _, c in parts]))


if __name__ == "__main__":
    main()

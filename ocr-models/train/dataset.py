"""Draws the training pictures: MNIST's first images and typefaces' digits, worn as scans are, and ink that is no digit.

    python dataset.py MNIST_DIR FONTS_DIR OUT.npz          # what is learnt from
    python dataset.py MNIST_DIR FONTS_DIR HELD.npz held    # digits and typefaces that are never learnt from

MNIST images from HELD_OUT on are never learnt from: calibration needs digits that training has not seen.
"""

import os
import sys
from multiprocessing import Pool

import numpy as np
from PIL import ImageFont

from cells import handwritten, normalise, refuse, typed, worn

HELD_OUT = 40_000
# Images from here on stand in labelled scans and are not even held.
EVALUATED = 50_000
REFUSE_CLASS = 10
# Pictures of people's digits, of typefaces' and of ink that is no digit.
AMOUNTS = {"train": (240_000, 70_000, 60_000), "held": (20_000, 10_000, 10_000)}
BLOCK = 5_000


def mnist(folder, use):
    images = np.fromfile(f"{folder}/train-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.fromfile(f"{folder}/train-labels-idx1-ubyte", np.uint8, offset=8)
    own = slice(0, HELD_OUT) if use == "train" else slice(HELD_OUT, EVALUATED)
    return images[own], labels[own]


def typefaces(folder, use):
    """Files listed in typefaces.txt for this use."""
    with open(os.path.join(os.path.dirname(__file__), "typefaces.txt")) as lines:
        names = [line.split()[1] for line in lines if line.startswith(f"{use} ")]
    return [os.path.join(folder, name) for name in names]


def draw(job):
    kind, seed, mnist_dir, fonts_dir, use = job
    rng = np.random.default_rng([seed, kind, use == "held"])
    images, labels = mnist(mnist_dir, use)
    paths = typefaces(fonts_dir, use)
    pictures, classes = [], []
    fonts = {}

    def font():
        path, size = paths[rng.integers(0, len(paths))], int(rng.integers(34, 68))
        if (path, size) not in fonts:
            fonts[path, size] = ImageFont.truetype(path, size)
        return fonts[path, size]

    letters = [font() for _ in range(40)]
    for n in range(BLOCK):
        if kind == 0:
            i = (seed * BLOCK + n) % len(images)
            a, label = handwritten(images[i], rng), labels[i]
        elif kind == 1:
            label = int(rng.integers(0, 10))
            a = typed(font(), str(label), rng)
        else:
            a, label = refuse(images, letters, rng), REFUSE_CLASS
        picture = normalise(worn(a, rng))
        if picture is not None:
            pictures.append(picture)
            classes.append(label)
    return np.array(pictures), np.array(classes, dtype=np.uint8), np.full(len(classes), kind, np.uint8)


def main():
    mnist_dir, fonts_dir, out = sys.argv[1:4]
    use = sys.argv[4] if len(sys.argv) > 4 else "train"
    jobs = [(kind, s, mnist_dir, fonts_dir, use) for kind, n in enumerate(AMOUNTS[use]) for s in range(n // BLOCK)]
    with Pool(os.cpu_count()) as pool:
        parts = pool.map(draw, jobs, chunksize=1)
    pictures, classes, kinds = (np.concatenate(column) for column in zip(*parts))
    np.savez(out, pictures=pictures, classes=classes, kinds=kinds)


if __name__ == "__main__":
    main()

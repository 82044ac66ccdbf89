"""What a digit in a box looks like after scanning, registration and blank subtraction, and its normal form.

`normalise` is the same procedure as `src/reading/recognise/cell.rs` and must stay so: a
network trained on other pictures than it is asked about reads worse without a sign.
"""

import io
import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

SIDE = 28
BODY = 20
# Side of the canvas on which cells are drawn: a cell of 7 mm at about 210 dpi with room around it.
CANVAS = 112


def normalise(ink):
    """Ink (0 paper .. 255 ink) to a SIDE x SIDE picture: longest side BODY, centre of mass in the middle; or None."""
    peak = int(ink.max())
    if peak < 48:
        return None
    mask = ink >= max(40, int(0.35 * peak))
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    if count == 0:
        return None
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    keep = areas >= max(8, 0.06 * areas.max())
    if not keep.any():
        return None
    kept = keep[labels]
    ys, xs = np.nonzero(kept)
    top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
    near = ndimage.binary_dilation(kept, structure=np.ones((3, 3)))
    body = np.where(near, ink, 0)[top:bottom, left:right]
    scale = BODY / max(bottom - top, right - left)
    height = max(1, round((bottom - top) * scale))
    width = max(1, round((right - left) * scale))
    small = np.asarray(Image.fromarray(body.astype(np.uint8)).resize((width, height), Image.BOX), dtype=np.float64)
    total = small.sum()
    if total <= 0:
        return None
    cy = (small.sum(1) * (np.arange(height) + 0.5)).sum() / total
    cx = (small.sum(0) * (np.arange(width) + 0.5)).sum() / total
    y0 = min(max(round(SIDE / 2 - cy), 0), SIDE - height)
    x0 = min(max(round(SIDE / 2 - cx), 0), SIDE - width)
    out = np.zeros((SIDE, SIDE))
    out[y0 : y0 + height, x0 : x0 + width] = small * (255.0 / small.max())
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)


NOISE = np.random.default_rng(7).normal(0, 1, (32, CANVAS, CANVAS)).astype(np.float32)


def bent(picture, rng, strength):
    """Bends a picture smoothly, as another hand would."""
    a = np.asarray(picture, dtype=np.float32)
    h, w = a.shape
    grid = 4
    dy = ndimage.zoom(rng.normal(0, strength, (grid, grid)), (h / grid, w / grid), order=1)[:h, :w]
    dx = ndimage.zoom(rng.normal(0, strength, (grid, grid)), (h / grid, w / grid), order=1)[:h, :w]
    yy, xx = np.mgrid[0:h, 0:w]
    return ndimage.map_coordinates(a, [yy + dy, xx + dx], order=1, mode="constant")


def handwritten(digit, rng):
    """An MNIST digit as it could stand in a box: size, slant, turn, pen."""
    height = rng.uniform(27, 59)
    big = Image.fromarray(digit).resize((int(height * 1.4),) * 2, Image.BICUBIC)
    canvas = Image.new("L", (CANVAS, CANVAS))
    canvas.paste(big, ((CANVAS - big.width) // 2, (CANVAS - big.height) // 2))
    turn = math.radians(rng.normal(0, 6))
    shear = rng.normal(0, 0.12)
    sx = rng.uniform(0.78, 1.2)
    c, s = math.cos(turn), math.sin(turn)
    m = np.array([[c, -s], [s, c]]) @ np.array([[1 / sx, shear], [0, 1]])
    o = np.array([CANVAS / 2] * 2) - m @ np.array([CANVAS / 2] * 2)
    canvas = canvas.transform((CANVAS, CANVAS), Image.AFFINE, (m[0, 0], m[0, 1], o[0], m[1, 0], m[1, 1], o[1]), Image.BILINEAR)
    a = np.asarray(canvas, dtype=np.float32)
    if rng.random() < 0.5:
        a = bent(a, rng, rng.uniform(0.4, 1.6))
    a = ndimage.gaussian_filter(a, rng.uniform(0.3, 1.1)) / 255
    middle, soft = rng.uniform(0.18, 0.62), rng.uniform(0.04, 0.16)
    return 255 / (1 + np.exp(-(a - middle) / soft)) * rng.uniform(0.6, 1)


def typed(font, text, rng):
    """A character of a typeface, a little bent if it should look written."""
    canvas = Image.new("L", (CANVAS, CANVAS))
    ImageDraw.Draw(canvas).text((CANVAS // 2, CANVAS // 2), text, fill=255, font=font, anchor="mm")
    turn = rng.normal(0, 2.5)
    canvas = canvas.rotate(turn, Image.BILINEAR)
    a = np.asarray(canvas, dtype=np.float32)
    pen = rng.random()
    if pen < 0.15:
        a = ndimage.grey_dilation(a, size=(2, 2))
    elif pen < 0.25:
        a = ndimage.grey_erosion(a, size=(2, 2))
    if rng.random() < 0.35:
        a = bent(a, rng, rng.uniform(0.5, 2))
    return a * rng.uniform(0.6, 1)


def worn(a, rng):
    """The scanner, the rules of the box and their subtraction."""
    if rng.random() < 0.4:
        f = rng.choice([0.5, 2 / 3, 0.75])
        small = Image.fromarray(a.clip(0, 255).astype(np.uint8)).resize((int(CANVAS * f),) * 2, Image.BOX)
        a = np.asarray(small.resize((CANVAS, CANVAS), Image.BICUBIC), dtype=np.float32)
    a = ndimage.gaussian_filter(a, rng.uniform(0.15, 1.05))
    if rng.random() < 0.3:
        a = np.where(a > rng.uniform(60, 170), 255.0, 0.0)
        a = ndimage.gaussian_filter(a, rng.uniform(0, 0.7))
    if rng.random() < 0.3:
        a = a.copy()
        at, wide = int(rng.integers(21, 91)), int(rng.integers(1, 5))
        fade = rng.uniform(0, 0.7)
        if rng.random() < 0.6:
            a[:, at : at + wide] *= fade
        else:
            a[at : at + wide, :] *= fade
    if rng.random() < 0.2:
        a = a + rule_remains(rng)
    if rng.random() < 0.15:
        a = a.copy()
        for _ in range(int(rng.integers(1, 4))):
            y, x, r = rng.integers(14, 98), rng.integers(14, 98), int(rng.integers(1, 3))
            a[y : y + r, x : x + r] = rng.uniform(120, 255)
    a = a + NOISE[int(rng.integers(0, len(NOISE)))] * rng.uniform(0, 14)
    a[a < 30] = 0
    return a.clip(0, 255).astype(np.uint8)


def rule_remains(rng, upright=0.7):
    """A rest of the box's rules, faint and broken, at the rim of the cell."""
    lines = np.zeros((CANVAS, CANVAS), dtype=np.float32)
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.choice([20, 21, 88, 90, 91])) + int(rng.integers(-2, 3))
        start = int(rng.integers(18, 70))
        end = start + int(rng.integers(6, 35))
        wide = int(rng.integers(1, 3))
        if rng.random() < upright:
            lines[start:end, at : at + wide] = rng.uniform(50, 160)
        else:
            lines[at : at + wide, start:end] = rng.uniform(50, 160)
    return lines


def refuse(digits, fonts, rng):
    """Ink that is no digit: strokes, smears, crossed-out digits, two in a box, halves, letters, kanji, remains of rules."""
    kind = rng.integers(0, 8)
    canvas = Image.new("L", (CANVAS, CANVAS))
    draw = ImageDraw.Draw(canvas)
    pick = lambda: digits[rng.integers(0, len(digits))]
    point = lambda: tuple(int(v) for v in rng.integers(25, 87, 2))
    if kind == 0:  # a dash, flat or rising, in all thicknesses
        y = int(rng.integers(38, 74))
        draw.line([(int(rng.integers(25, 42)), y), (int(rng.integers(66, 90)), y + int(rng.integers(-10, 11)))], fill=255, width=int(rng.integers(2, 7)))
        return np.asarray(canvas, dtype=np.float32)
    if kind == 1:  # a scribble
        draw.line([point() for _ in range(int(rng.integers(5, 14)))], fill=255, width=int(rng.integers(2, 5)), joint="curve")
        return bent(np.asarray(canvas), rng, 1.8)
    if kind == 2:  # a smear
        for _ in range(int(rng.integers(2, 7))):
            x, y = point()
            rx, ry = rng.integers(4, 24, 2)
            draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=int(rng.integers(100, 256)))
        return ndimage.gaussian_filter(np.asarray(canvas, dtype=np.float32), rng.uniform(0.7, 3.5))
    if kind == 3:  # a digit struck out
        a = handwritten(pick(), rng)
        y = int(rng.integers(42, 70))
        for _ in range(int(rng.integers(1, 4))):
            tilt = int(rng.integers(-25, 26))
            draw.line([(20, y + tilt), (92, y - tilt)], fill=255, width=int(rng.integers(2, 6)))
            y += int(rng.integers(-10, 11))
        if rng.random() < 0.5:
            draw.line([point(), point(), point(), point()], fill=255, width=3)
        return np.maximum(a, np.asarray(canvas, dtype=np.float32))
    if kind == 4:  # two in a box
        left, right = handwritten(pick(), rng), handwritten(pick(), rng)
        by = int(rng.integers(13, 21))
        return np.maximum(np.roll(left, -by, 1), np.roll(right, by, 1))
    if kind == 5:  # half of a digit, the other half elsewhere
        a = handwritten(pick(), rng).copy()
        ys, xs = np.nonzero(a > 90)
        if len(xs):
            if rng.random() < 0.5:
                a[:, int(xs.min() + (xs.max() - xs.min()) * rng.uniform(0.3, 0.55)) :] = 0
            else:
                a[int(ys.min() + (ys.max() - ys.min()) * rng.uniform(0.3, 0.5)) :, :] = 0
        # What is left of a 1, 7, 4 or 9 may well be a digit: only wide remains count.
        ys, xs = np.nonzero(a > 90)
        if len(xs) and (xs.max() - xs.min()) > 10:
            return a
        return rule_remains(rng, upright=0) * 1.6
    if kind == 6:  # letters and kanji that look like no digit
        return typed(fonts[rng.integers(0, len(fonts))], random.Random(int(rng.integers(1 << 30))).choice("AEFHKMNRTXW&%#*@?+=mwxke"), rng)
    # An upright rule by itself is the picture of a 1: where it stands tells, not what it looks like.
    return rule_remains(rng, upright=0) * rng.uniform(0.8, 1.6)

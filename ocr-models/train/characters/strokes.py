"""KanjiVG's strokes as handwriting: every stroke moved, turned, bent and drawn with a pen of its own."""

import glob
import os
import re
import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image, ImageDraw

KVG = "{http://kanjivg.tagaini.net}"
TOKENS = re.compile(r"([MmCcSs])|(-?\d*\.?\d+(?:e-?\d+)?)")
STEPS = np.linspace(0, 1, 9)[1:, None]
WEIGHTS = np.hstack([(1 - STEPS) ** 3, 3 * STEPS * (1 - STEPS) ** 2, 3 * STEPS**2 * (1 - STEPS), STEPS**3])
SIZE = 109
CANVAS = 192


def outline(path):
    """Points along an SVG path of M, C and S commands."""
    words = TOKENS.findall(path)
    at, points, control, command, i = np.zeros(2), [], None, "M", 0

    def numbers(count):
        nonlocal i
        values = [float(words[i + k][1]) for k in range(count)]
        i += count
        return np.array(values).reshape(-1, 2)

    while i < len(words):
        if words[i][0]:
            command = words[i][0]
            i += 1
        base = at if command.islower() else np.zeros(2)
        if command in "Mm":
            at = base + numbers(2)[0]
            points.append(at[None])
            control, command = at, "c" if command == "m" else "C"
            continue
        if command in "Cc":
            first, second, end = base + numbers(6)
        else:
            second, end = base + numbers(4)
            first = 2 * at - control
        points.append(WEIGHTS @ np.array([at, first, second, end]))
        at, control = end, second
    return np.concatenate(points)


def load(folder):
    """By character: its strokes, and the parts (first and last stroke) that are characters' halves."""
    found = {}
    for file in glob.glob(os.path.join(folder, "kanji", "*.svg")):
        name = os.path.basename(file)[:-4]
        if len(name) != 5:
            continue
        tree = ET.parse(file)
        strokes, parts = [], []

        def walk(node):
            begin = len(strokes)
            for child in node:
                if child.tag.endswith("}path"):
                    strokes.append(outline(child.get("d")))
                elif child.tag.endswith("}g"):
                    walk(child)
            if node.get(KVG + "position") in ("left", "right"):
                parts.append((node.get(KVG + "element"), begin, len(strokes)))

        walk(next(g for g in tree.getroot() if "StrokePaths" in g.get("id", "")))
        if strokes:
            found[chr(int(name, 16))] = (strokes, parts)
    return found


def smoothed(points, rng):
    """Fast writing cuts corners."""
    for _ in range(int(rng.integers(0, 4))):
        inner = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
        points = np.concatenate([points[:1], inner, points[-1:]])
    return points


def moved(points, rng, wild):
    middle = points.mean(0)
    length = np.abs(points - middle).max() + 4
    turn = rng.normal(0, 0.06 * wild)
    c, s = np.cos(turn), np.sin(turn)
    turned = (points - middle) @ np.array([[c, s], [-s, c]]) * (1 + rng.normal(0, 0.09 * wild, 2))
    # A stroke bends away from its chord by some share of its length.
    t = np.linspace(-1, 1, len(points))[:, None]
    bend = (1 - t**2) * rng.normal(0, 0.06 * wild, 2) * length
    # Its end runs out or stops short.
    ends = np.where(t > 0, t**2, 0) * rng.normal(0, 0.06 * wild) * (points[-1] - points[0])
    return middle + turned + bend + ends + rng.normal(0, 1.9 * wild, 2)


def drawn(strokes, rng):
    """A picture of CANVAS x CANVAS pixels, ink 255."""
    wild = rng.uniform(0.3, 1.35)
    slope = rng.normal(0, 0.05)
    placed = []
    for points in strokes:
        points = moved(smoothed(points, rng) if len(points) > 3 else points, rng, wild)
        placed.append(points + np.outer(points[:, 0] - SIZE / 2, [0, -slope]))
    # Neighbouring strokes run together in a quick hand.
    joining = rng.random() * 0.25 if rng.random() < 0.4 else 0
    runs = []
    for points in placed:
        near = runs and np.linalg.norm(runs[-1][-1] - points[0]) < 40
        if near and rng.random() < joining:
            runs[-1] = np.concatenate([runs[-1], points])
        else:
            runs.append(points)
    canvas = Image.new("L", (CANVAS, CANVAS))
    pen = ImageDraw.Draw(canvas)
    scale = 1.5
    width = np.exp(rng.uniform(np.log(3.2), np.log(13)))
    for points in runs:
        line = points * scale + (CANVAS - SIZE * scale) / 2
        own = max(2, width * np.exp(rng.normal(0, 0.1)))
        if rng.random() < 0.3:  # a stroke thins out to its end
            cut = max(2, int(len(line) * 0.6))
            pen.line([tuple(p) for p in line[:cut]], fill=255, width=round(own), joint="curve")
            pen.line([tuple(p) for p in line[cut - 1 :]], fill=255, width=max(2, round(own * 0.65)), joint="curve")
        else:
            pen.line([tuple(p) for p in line], fill=255, width=round(own), joint="curve")
        for x, y in (line[0], line[-1]):
            r = own / 2 * 0.95
            pen.ellipse([x - r, y - r, x + r, y + r], fill=255)
    return canvas

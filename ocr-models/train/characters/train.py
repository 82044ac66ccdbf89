"""Trains the character classifier.

    python train.py GLYPHS_DIR OUT_DIR MINUTES

On a GPU where there is one: the clean pictures lie on it, and every look at one is bent and worn there anew. One cosine
over the time there is, so that a slow machine ends with a settled model, too.
"""

import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from classes import FOLDER, classes
from glyphs import MNIST, PRINTED, REJECT, STROKES, WRITTEN
from wear import worn

BATCH = 2048
# Pictures that are worn with one number of dots.
TOGETHER = 512
FASTEST = 4e-3
WARMING = 500  # steps
AVERAGED = 8  # steps between two states that the average takes in
REJECTED = 0.12
# How often a class is drawn from each source that has it.
SHARES = {WRITTEN: 0.34, PRINTED: 0.24, STROKES: 0.42, MNIST: 0.6, REJECT: 1.0}


def folded(inputs, outputs, kernel, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)
    )


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.inner = folded(channels, channels, 3, 1)

    def forward(self, x):
        return torch.relu(x + self.inner(x))


def network(count):
    """40 -> 20 -> 10 -> 5 pixels, then every place its own weights."""
    return nn.Sequential(
        folded(1, 40, 5, 2), nn.ReLU(),
        folded(40, 80, 3, 2), nn.ReLU(), Residual(80),
        folded(80, 160, 3, 2), nn.ReLU(), Residual(160), Residual(160),
        folded(160, 64, 1, 1), nn.ReLU(), nn.Flatten(),
        nn.Linear(1600, 256), nn.ReLU(), nn.Linear(256, count),
    )


class Glyphs:
    """Draws classes by weight, then a source, then one of its pictures."""

    def __init__(self, folder, names, device):
        read = lambda name: np.load(os.path.join(folder, f"{name}.npy"))
        labels, sources = read("labels").astype(np.int64), read("sources").astype(np.int64)
        key = labels * len(SHARES) + sources
        count = np.bincount(key, minlength=len(SHARES) * (len(names) + 1)).reshape(-1, len(SHARES))
        share = np.array([SHARES[s] for s in range(len(SHARES))]) * (count > 0)
        weight = importance(names) * (count[:-1].sum(1) > 0)
        put = lambda array: torch.from_numpy(array).to(device)
        self.pictures = put(read("glyphs"))
        self.order = put(np.argsort(key, kind="stable"))
        self.first = put(np.concatenate([[0], np.cumsum(count.ravel())])[:-1].reshape(-1, len(SHARES)))
        self.count = put(count)
        self.source = put(np.cumsum(share / np.maximum(share.sum(1, keepdims=True), 1e-9), 1))
        self.weight = put(np.concatenate([weight / weight.sum() * (1 - REJECTED), [REJECTED]]))

    def batch(self, n):
        label = torch.multinomial(self.weight, n, replacement=True)
        chance = torch.rand(2, n, device=label.device, dtype=torch.float64)
        source = (chance[0][:, None] > self.source[label]).sum(1).clamp(max=len(SHARES) - 1)
        at = self.first[label, source] + (chance[1] * self.count[label, source]).long()
        return worn(self.pictures[self.order[at]], source == PRINTED), label


def importance(names):
    """What forms hold most is seen most: all but kanji, then the kanji of names and places (`common.txt`)."""
    with open(os.path.join(FOLDER, "common.txt"), encoding="utf-8") as text:
        tiers = text.read().split("\n")
    weight = {c: w for w, tier in zip((3.0, 2.0, 1.4), tiers) for c in tier}
    return np.array([4.0 if ord(c) < 0x3400 or ord(c) > 0xFF00 else weight.get(c, 1.0) for c in names])


def learn(glyphs, model, seconds, tell):
    """Returns the average of the weights along the way, which reads better than the last of them."""
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    adam = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0.0}], FASTEST)
    floating = [v for v in model.state_dict().values() if v.dtype.is_floating_point]
    average = [v.clone() for v in floating]
    device = average[0].device.type
    start = told = time.time()
    step, spent = 0, 0.0
    while spent < 1:
        if step % 16 == 0:
            spent = min(1.0, (time.time() - start) / seconds)
        for group in adam.param_groups:
            group["lr"] = FASTEST * min(1, (step + 1) / WARMING) * (0.5 * (1 + math.cos(math.pi * spent)) + 0.002)
        parts = [glyphs.batch(TOGETHER) for _ in range(BATCH // TOGETHER)]
        x, label = (torch.cat(part) for part in zip(*parts))
        with torch.autocast(device, torch.bfloat16):
            logits = model(x.to(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits.float(), label, label_smoothing=0.02)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        adam.step()
        step += 1
        if step % AVERAGED == 0:
            with torch.no_grad():
                torch._foreach_lerp_(average, floating, 1 - min(0.99, 1 - 10 / (step / AVERAGED + 10)))
        if time.time() - told > tell or spent >= 1:
            told = time.time()
            right = (logits.argmax(1) == label).float().mean()
            print(f"{step} steps, {step * BATCH} seen, {spent:.0%}, loss {loss.item():.3f}, {right:.1%}", flush=True)
    for place, mean in zip(floating, average):
        place.copy_(mean)
    return model.state_dict()


def main():
    folder, out, minutes = sys.argv[1:4]
    os.makedirs(out, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    names = classes()
    model = network(len(names) + 1).to(device, memory_format=torch.channels_last)
    print(sum(p.numel() for p in model.parameters()), "weights on", device, flush=True)
    weights = learn(Glyphs(folder, names, device), model, float(minutes) * 60, tell=20)
    torch.save({name: value.cpu() for name, value in weights.items()}, os.path.join(out, "weights.pt"))


if __name__ == "__main__":
    main()

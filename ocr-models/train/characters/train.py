"""Trains the character classifier.

    python train.py GLYPHS_DIR OUT_DIR MINUTES [WEIGHTS.pt]

WORKERS processes with a thread each average their weights every few steps. One cosine over the time there is, so that
a slow machine ends with a settled model, too.
"""

import math
import os
import sys
import time

import numpy as np
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import nn

from classes import FOLDER, classes
from glyphs import MNIST, PRINTED, REJECT, STROKES, WRITTEN
from wear import SIDE, worn

BATCH = 128
WORKERS = 3
# Wearing costs as much as learning: a picture is learnt from about REPEATS times while it is in the pool.
POOL = 6144
REPEATS = 3
TOGETHER = 8  # steps between averagings
FASTEST = 2.5e-3
REJECTED = 0.12
# How often a class is drawn from each source that has it.
SHARES = {WRITTEN: 0.34, PRINTED: 0.24, STROKES: 0.42, MNIST: 0.6}


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
        folded(1, 32, 5, 2), nn.ReLU(),
        folded(32, 64, 3, 2), nn.ReLU(), Residual(64),
        folded(64, 128, 3, 2), nn.ReLU(), Residual(128),
        folded(128, 64, 1, 1), nn.ReLU(), nn.Flatten(),
        nn.Linear(1600, 224), nn.ReLU(), nn.Linear(224, count),
    )


class Glyphs:
    """Draws classes by weight, then a source, then one of its pictures."""

    def __init__(self, folder, names):
        self.pictures = np.load(os.path.join(folder, "glyphs.npy"), mmap_mode="r")
        labels = np.load(os.path.join(folder, "labels.npy")).astype(np.int64)
        sources = np.load(os.path.join(folder, "sources.npy")).astype(np.int64)
        key = labels * 5 + sources
        self.order = np.argsort(key, kind="stable")
        count = np.bincount(key, minlength=5 * (len(names) + 1)).reshape(-1, 5)
        self.first = np.concatenate([[0], np.cumsum(count.ravel())])[:-1].reshape(-1, 5)
        self.count = count
        share = np.array([SHARES.get(s, 1.0) for s in range(5)]) * (count > 0)
        self.source = np.cumsum(share / np.maximum(share.sum(1, keepdims=True), 1e-9), 1)
        weight = importance(names) * (count[:-1].sum(1) > 0)
        self.weight = np.concatenate([weight / weight.sum() * (1 - REJECTED), [REJECTED]])
        self.names = names

    def batch(self, rng, n):
        label = rng.choice(len(self.weight), n, p=self.weight)
        source = (rng.random((n, 1)) > self.source[label]).sum(1).clip(0, 4)
        at = self.first[label, source] + (rng.random(n) * self.count[label, source]).astype(np.int64)
        return np.asarray(self.pictures[np.sort(self.order[at])])[np.argsort(np.argsort(self.order[at]))], label, source


class Pool:
    """Worn pictures, the oldest of them replaced."""

    def __init__(self, data, rng):
        self.data, self.rng, self.step = data, rng, 0
        self.pictures = torch.zeros(POOL, 1, SIDE, SIDE)
        self.labels = torch.zeros(POOL, dtype=torch.int64)
        self.filled = 0
        for _ in range(4):
            self.refill()

    def refill(self):
        glyphs, label, source = self.data.batch(self.rng, BATCH)
        at = torch.arange(self.filled, self.filled + BATCH) % POOL
        self.pictures[at] = worn(glyphs, (source == PRINTED).astype(np.float32))
        self.labels[at] = torch.from_numpy(label)
        self.filled += BATCH

    def batch(self):
        self.step += 1
        if self.step % REPEATS == 0 or self.filled < POOL:
            self.refill()
        at = torch.from_numpy(self.rng.integers(0, min(POOL, self.filled), BATCH))
        return self.pictures[at].to(memory_format=torch.channels_last), self.labels[at]


def importance(names):
    """What forms hold most is seen most: all but kanji, then the kanji of names and places (`common.txt`)."""
    with open(os.path.join(FOLDER, "common.txt"), encoding="utf-8") as text:
        tiers = text.read().split("\n")
    weight = {c: w for w, tier in zip((3.0, 2.0, 1.4), tiers) for c in tier}
    return np.array([4.0 if ord(c) < 0x3400 or ord(c) > 0xFF00 else weight.get(c, 1.0) for c in names])


def copied(shared, model):
    for place, tensor in zip(shared, model.state_dict().values()):
        if tensor.dtype.is_floating_point:
            tensor.copy_(place)


def work(rank, folder, out, seconds, start, slots, gate, stop):
    torch.set_num_threads(1)
    np.random.seed(rank + int(start))
    torch.manual_seed(rank + int(start))
    rng = np.random.default_rng(rank + int(start))
    names = classes()
    pool = Pool(Glyphs(folder, names), rng)
    model = network(len(names) + 1).to(memory_format=torch.channels_last)
    copied(slots[0], model)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    adam = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], FASTEST, fused=True
    )
    step, told, seen, loss_sum = 0, time.time(), 0, 0.0
    while not stop.value:
        spent = min(1.0, (time.time() - start) / seconds)
        for group in adam.param_groups:
            group["lr"] = FASTEST * min(1, (step + 1) / 100) * (0.5 * (1 + math.cos(math.pi * spent)) + 0.004)
        x, label = pool.batch()
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        loss = F.cross_entropy(logits.float(), label, label_smoothing=0.02)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        adam.step()
        step += 1
        seen += BATCH
        loss_sum += loss.item()
        if step % TOGETHER:
            continue
        with torch.no_grad():
            state = [v for v in model.state_dict().values()]
            for place, tensor in zip(slots[rank], state):
                place.copy_(tensor)
            gate.wait()
            for places, tensor in zip(zip(*slots), state):
                if tensor.dtype.is_floating_point:
                    tensor.copy_(sum(places) / WORKERS)
            if rank == 0 and spent >= 1:
                stop.value = 1
            gate.wait()
            if rank == 0:
                keep = min(0.97, 1 - 10 / (step + 10))
                for key, tensor in model.state_dict().items():
                    average[key].lerp_(tensor, 1 - keep) if tensor.dtype.is_floating_point else average[key].copy_(tensor)
        if rank == 0 and time.time() - told > 60:
            told = time.time()
            right = (logits.argmax(1) == label).float().mean()
            print(f"{step} steps, {seen * WORKERS} seen, {spent:.0%}, loss {loss_sum / TOGETHER:.3f}, {right:.1%}", flush=True)
            torch.save(average, os.path.join(out, "weights.pt"))
        loss_sum = 0.0
    if rank == 0:
        torch.save(average, os.path.join(out, "weights.pt"))


def main():
    folder, out, minutes = sys.argv[1:4]
    os.makedirs(out, exist_ok=True)
    torch.set_num_threads(1)
    model = network(len(classes()) + 1)
    if len(sys.argv) > 4:
        model.load_state_dict(torch.load(sys.argv[4]))
    print(sum(p.numel() for p in model.parameters()), "weights", flush=True)
    slots = [[v.clone().share_memory_() for v in model.state_dict().values()] for _ in range(WORKERS)]
    context = mp.get_context("spawn")
    gate, stop = context.Barrier(WORKERS), context.Value("i", 0)
    rest = (folder, out, float(minutes) * 60, time.time(), slots, gate, stop)
    workers = [context.Process(target=work, args=(rank, *rest)) for rank in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()

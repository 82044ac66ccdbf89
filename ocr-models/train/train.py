"""Trains one of the digit classifier's networks and keeps its weights.

    python train.py DATA.npz OUT_FOLDER gently|roughly [MINUTES [HELD.npz]]

Two ship together: one saw its pictures gently moved, one roughly bent. They err in different places. Of each, three wide networks learn first, then the one that ships learns what digits are from the pictures, and how sure to be from the
mean of the three: where they differ it is not sure, which single labels, some of them wrong, would never teach it. JAX,
on a GPU or on a CPU. HELD.npz is only looked at, once, at the end.
"""

import sys
import time
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

SIDE = 28
CLASSES = 11
BATCH = 1024
# Steps between two looks at the clock.
STRIDE = 50
TEACHERS = 3
# Of the time, what the teachers have together.
TEACHING = 0.5
# Of the loss, what the teachers say; the rest is what the label says.
TAUGHT = 0.8


@dataclass(frozen=True)
class Moves:
    """How far pictures are moved at most: radians, shares and pixels; `bend`, `pen` and `ink` have no unit."""

    turn: float
    shear: float
    stretch: float
    shift: float
    bend: float
    pen: float
    ink: float = 0.3


MOVES = {
    "gently": Moves(turn=0.1, shear=0.1, stretch=0.07, shift=1.2, bend=0, pen=0),
    "roughly": Moves(turn=0.13, shear=0.17, stretch=0.09, shift=1.3, bend=0.9, pen=0.6),
}


@dataclass(frozen=True)
class Shape:
    """(inputs, outputs, stride) of the 3x3 convolutions, then hidden units."""

    layers: tuple
    hidden: int

    def flat(self):
        side = SIDE
        for _, _, stride in self.layers:
            side = (side + stride - 1) // stride
        return side * side * self.layers[-1][1]


# 28 -> 14 -> 14 -> 7 -> 4 pixels.
SHIPPED = Shape(((1, 32, 2), (32, 48, 1), (48, 64, 2), (64, 96, 2)), 96)
TEACHER = Shape(((1, 48, 1), (48, 96, 2), (96, 128, 1), (128, 192, 2), (192, 256, 2)), 192)


def new_weights(shape, seed):
    rng = np.random.default_rng(seed)
    sizes = [(9 * i, o) for i, o, _ in shape.layers] + [(shape.flat(), shape.hidden), (shape.hidden, CLASSES)]
    pairs = [(rng.normal(0, (2 / n) ** 0.5, (n, m)), np.zeros(m)) for n, m in sizes]
    return jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), pairs)


def convolve(x, w, b, stride):
    """3x3, padded by 1 all round."""
    inputs, outputs = x.shape[-1], w.shape[-1]
    if jax.default_backend() != "cpu":
        kernel = w.reshape(3, 3, inputs, outputs)
        return lax.conv_general_dilated(x, kernel, (stride, stride), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
    # Nine shifted pictures times a matrix: several times faster on a CPU than its convolution kernels with their gradients.
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    high, wide = ((size + stride - 1) // stride for size in x.shape[1:3])
    parts = [
        padded[:, dy : dy + (high - 1) * stride + 1 : stride, dx : dx + (wide - 1) * stride + 1 : stride, :]
        for dy in range(3)
        for dx in range(3)
    ]
    return jnp.concatenate(parts, -1) @ w + b


def logits(shape, weights, x, drop=None):
    """Of pictures [n, 28, 28], ink 1 on 0."""
    x = x[..., None]
    for (w, b), (_, _, stride) in zip(weights, shape.layers):
        x = jax.nn.relu(convolve(x, w, b, stride))
    x = x.reshape(x.shape[0], -1)
    if drop is not None:
        x = x * jax.random.bernoulli(drop, 0.75, x.shape) / 0.75
    w, b = weights[-2]
    x = jax.nn.relu(x @ w + b)
    w, b = weights[-1]
    return x @ w + b


def moved(x, key, moves):
    """Turned, sheared, stretched, shifted and bent, with another pen and strength of ink."""
    n = x.shape[0]
    draw = lambda i, shape, by: jax.random.uniform(jax.random.fold_in(key, i), shape, minval=-by, maxval=by)
    some = lambda i, by: draw(i, (n, 1, 1), by)
    most = (moves.turn, moves.shear, moves.stretch, moves.stretch, moves.shift, moves.shift)
    turn, shear, wide, high, dx, dy = (some(i, by) for i, by in enumerate(most))
    # How far each of 5 x 5 points is bent away.
    bend = some(6, moves.bend)[..., None] * jax.random.normal(jax.random.fold_in(key, 7), (n, 5, 5, 2))
    bend = jax.image.resize(bend, (n, SIDE, SIDE, 2), "cubic")
    middle = (SIDE - 1) / 2
    yy, xx = (v[None] - middle for v in jnp.mgrid[0:SIDE, 0:SIDE].astype(jnp.float32))
    sx = (1 + wide) * xx + (shear - turn) * yy + dx + middle + bend[..., 0]
    sy = (1 + high) * yy + turn * xx + dy + middle + bend[..., 1]
    left, top = jnp.floor(sx), jnp.floor(sy)
    u, v = sx - left, sy - top
    flat = x.reshape(n, -1)

    def at(row, column):
        inside = (row >= 0) & (row < SIDE) & (column >= 0) & (column < SIDE)
        place = jnp.clip(row, 0, SIDE - 1) * SIDE + jnp.clip(column, 0, SIDE - 1)
        found = jnp.take_along_axis(flat, place.astype(jnp.int32).reshape(n, -1), 1).reshape(x.shape)
        return jnp.where(inside, found, 0)

    across = lambda row: at(row, left) * (1 - u) + at(row, left + 1) * u
    x = across(top) * (1 - v) + across(top + 1) * v
    window = dict(window_dimensions=(1, 3, 3), window_strides=(1, 1, 1), padding="SAME")
    thicker, thinner = lax.reduce_window(x, 0.0, lax.max, **window), -lax.reduce_window(-x, -jnp.inf, lax.max, **window)
    pen = some(8, moves.pen)
    x = x + jnp.maximum(pen, 0) * (thicker - x) + jnp.maximum(-pen, 0) * (thinner - x) * 0.6
    return jnp.clip(x, 0, 1) ** jnp.exp(some(9, moves.ink))


def taught(teachers, x):
    """What the teachers think, together."""
    return sum(jax.nn.softmax(logits(TEACHER, weights, x)) for weights in teachers) / len(teachers)


@partial(jax.jit, static_argnums=(0, 1))
def steps(shape, moves, state, teachers, pictures, classes, rates, seed):
    """As many steps as there are rates, on pictures drawn by chance."""

    def loss(weights, x, y, drop):
        log = jax.nn.log_softmax(logits(shape, weights, x, drop))
        labelled = -jnp.take_along_axis(log, y[:, None], 1).mean()
        if not teachers:
            return labelled
        return (1 - TAUGHT) * labelled - TAUGHT * (taught(teachers, x) * log).sum(1).mean()

    def step(state, rate):
        weights, first, second, average, count = state
        key = jax.random.fold_in(jax.random.PRNGKey(seed), count)
        some = jax.random.randint(jax.random.fold_in(key, 0), (BATCH,), 0, len(pictures))
        x = moved(pictures[some].astype(jnp.float32) / 255, jax.random.fold_in(key, 1), moves)
        value, slope = jax.value_and_grad(loss)(weights, x, classes[some], jax.random.fold_in(key, 2))
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slope)
        a, b = 1 - 0.9 ** (count + 1.0), 1 - 0.999 ** (count + 1.0)
        weights = jax.tree.map(
            lambda w, m, v: w - rate * (m / a / (jnp.sqrt(v / b) + 1e-8) + 1e-3 * w), weights, first, second
        )
        average = jax.tree.map(lambda e, w: e + (w - e) * jnp.maximum(2e-3, 1 / (count + 1.0)), average, weights)
        return (weights, first, second, average, count + 1), value

    state, values = lax.scan(step, state, rates)
    return state, values.mean()


def trained(shape, moves, teachers, data, seconds, seed):
    """The mean of the last weights, after so many seconds."""
    weights = new_weights(shape, seed)
    zero = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zero, zero, weights, 0)
    begun, told, spent = time.time(), 0, 0
    while spent < 1:
        # One cosine over the time there is, so that a slow machine ends with a settled model, too.
        warm = np.minimum(1, (state[-1] + np.arange(1.0, STRIDE + 1)) / 300)
        rates = jnp.asarray(2e-3 * warm * (0.5 * (1 + np.cos(np.pi * spent)) + 0.002), jnp.float32)
        state, value = steps(shape, moves, state, teachers, *data, rates, seed)
        value, spent = float(value), (time.time() - begun) / seconds
        if time.time() - told > 10:
            told = time.time()
            print(f"{int(state[-1])} steps, {spent:.0%}, loss {value:.4f}", flush=True)
    return state[3]


def report(shape, weights, pictures, classes, what):
    guess = jax.jit(lambda x: jax.nn.softmax(logits(shape, weights, x.astype(jnp.float32) / 255)))
    p = np.concatenate([np.asarray(guess(pictures[i : i + 2000])) for i in range(0, len(pictures), 2000)])
    right = p.argmax(1) == classes
    sure = [(bound, (p.max(1) >= bound).mean(), (~right & (p.max(1) >= bound)).sum()) for bound in (0.99, 0.999, 0.9999)]
    told = "; ".join(f"at {bound}: {share:.2%} pass, {wrong} wrong" for bound, share, wrong in sure)
    print(f"{what}: {right.mean():.4%} of {len(right)}; {told}", flush=True)


def main():
    data, folder, how = sys.argv[1:4]
    seconds, moves = 60 * float(sys.argv[4] if len(sys.argv) > 4 else 30), MOVES[how]
    loaded = np.load(data)
    pictures, classes = jnp.asarray(loaded["pictures"]), jnp.asarray(loaded["classes"].astype(np.int32))
    print(f"{len(pictures)} pictures on {jax.devices()[0].device_kind}", flush=True)
    each = seconds * TEACHING / TEACHERS
    teachers = [trained(TEACHER, moves, (), (pictures, classes), each, seed) for seed in range(1, TEACHERS + 1)]
    weights = trained(SHIPPED, moves, tuple(teachers), (pictures, classes), seconds * (1 - TEACHING), 0)
    np.savez(f"{folder}/{how}.npz", *[np.asarray(a) for pair in weights for a in pair])
    if len(sys.argv) > 5:
        held = np.load(sys.argv[5])
        for what, seen in (("typefaces", held["kinds"] == 1), ("people", held["kinds"] == 0), ("no digit", held["kinds"] == 2)):
            for who, shape, of in (("a teacher", TEACHER, teachers[0]), ("shipped", SHIPPED, weights)):
                report(shape, of, held["pictures"][seen], held["classes"][seen], f"{what}, {who}")


if __name__ == "__main__":
    main()

"""Trains the digit classifier and writes it as ONNX and, by rten-convert, as .rten.

    python train.py DATA.npz OUT_FOLDER [MINUTES [WEIGHTS.npz]]

Plain JAX on a CPU: convolutions are written as nine shifted pictures times a matrix, which a CPU does several times
faster than its convolution kernels with their gradients.
"""

import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 11
BATCH = 256
# (inputs, outputs, stride) of the 3x3 convolutions: 28 -> 14 -> 14 -> 7 -> 4 pixels.
LAYERS = [(1, 24, 2), (24, 32, 1), (32, 48, 2), (48, 64, 2)]
HIDDEN = 80


def new_weights(seed):
    rng = np.random.default_rng(seed)
    weights = []
    for inputs, outputs, _ in LAYERS:
        weights.append((rng.normal(0, (2 / (9 * inputs)) ** 0.5, (9 * inputs, outputs)), np.zeros(outputs)))
    flat = 4 * 4 * LAYERS[-1][1]
    weights.append((rng.normal(0, (2 / flat) ** 0.5, (flat, HIDDEN)), np.zeros(HIDDEN)))
    weights.append((rng.normal(0, (1 / HIDDEN) ** 0.5, (HIDDEN, CLASSES)), np.zeros(CLASSES)))
    return jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), weights)


def convolve(x, w, b, stride):
    """3x3, padded by 1 at the top and left and as needed at the end."""
    n, h, wd, c = x.shape
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    oh, ow = (h + stride - 1) // stride, (wd + stride - 1) // stride
    parts = [
        padded[:, dy : dy + (oh - 1) * stride + 1 : stride, dx : dx + (ow - 1) * stride + 1 : stride, :]
        for dy in range(3)
        for dx in range(3)
    ]
    return jnp.concatenate(parts, -1) @ w + b


def logits(weights, x, drop=None):
    for (w, b), (_, _, stride) in zip(weights, LAYERS):
        x = jax.nn.relu(convolve(x, w, b, stride))
    x = x.reshape(x.shape[0], -1)
    if drop is not None:
        x = x * jax.random.bernoulli(drop, 0.75, x.shape) / 0.75
    w, b = weights[-2]
    x = jax.nn.relu(x @ w + b)
    w, b = weights[-1]
    return x @ w + b


def loss(weights, x, y, drop):
    log = jax.nn.log_softmax(logits(weights, x, drop))
    return -jnp.take_along_axis(log, y[:, None], 1).mean()


@jax.jit
def step(weights, first, second, average, x, y, count, rate):
    x = x.astype(jnp.float32)[..., None] / 255
    value, slope = jax.value_and_grad(loss)(weights, x, y, jax.random.PRNGKey(count))
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slope)
    a, b = 1 - 0.9 ** (count + 1.0), 1 - 0.999 ** (count + 1.0)
    weights = jax.tree.map(
        lambda w, m, v: w - rate * (m / a / (jnp.sqrt(v / b) + 1e-8) + 1e-3 * w), weights, first, second
    )
    average = jax.tree.map(lambda e, w: e + (w - e) * jnp.maximum(1e-3, 1 / (count + 1.0)), average, weights)
    return weights, first, second, average, value


@jax.jit
def guess(weights, x):
    return jax.nn.softmax(logits(weights, x.astype(jnp.float32)[..., None] / 255))


def report(weights, pictures, classes, what):
    p = np.concatenate([np.asarray(guess(weights, pictures[i : i + 2000])) for i in range(0, len(pictures), 2000)])
    right = p.argmax(1) == classes
    sure = p.max(1) >= 0.99
    wrong = (~right & sure).sum()
    print(f"{what}: {right.mean():.4%} of {len(right)}; at 0.99: {sure.mean():.2%} pass, {wrong} wrong", flush=True)


def export(weights, folder):
    nodes, initial = [], []

    def constant(name, array):
        initial.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
        return name

    last = "pictures"
    for i, ((w, b), (inputs, outputs, stride)) in enumerate(zip(weights, LAYERS)):
        kernel = np.asarray(w).reshape(3, 3, inputs, outputs).transpose(3, 2, 0, 1)
        names = [last, constant(f"kernel{i}", kernel), constant(f"bias{i}", b)]
        nodes.append(helper.make_node("Conv", names, [f"c{i}"], strides=[stride] * 2, pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"]))
        last = f"r{i}"
    channels = LAYERS[-1][1]
    hidden = np.asarray(weights[-2][0]).reshape(4, 4, channels, HIDDEN).transpose(2, 0, 1, 3).reshape(-1, HIDDEN)
    nodes.append(helper.make_node("Flatten", [last], ["flat"], axis=1))
    nodes.append(helper.make_node("Gemm", ["flat", constant("hidden", hidden), constant("hidden_bias", weights[-2][1])], ["h"]))
    nodes.append(helper.make_node("Relu", ["h"], ["hr"]))
    nodes.append(helper.make_node("Gemm", ["hr", constant("out", weights[-1][0]), constant("out_bias", weights[-1][1])], ["logits"]))
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", CLASSES])],
        initial,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, f"{folder}/digits.onnx")
    subprocess.run(["rten-convert", f"{folder}/digits.onnx", f"{folder}/digits.rten"], check=True)


def main():
    data, folder = sys.argv[1:3]
    budget = 60 * float(sys.argv[3] if len(sys.argv) > 3 else 12)
    loaded = np.load(data)
    pictures, classes = loaded["pictures"], loaded["classes"].astype(np.int32)
    rng = np.random.default_rng(1)
    order = rng.permutation(len(pictures))
    test, train = order[:6000], order[6000:]
    weights, fastest = new_weights(0), 2e-3
    if len(sys.argv) > 4:  # goes on with weights of an earlier, shorter run
        arrays = [jnp.asarray(a) for a in np.load(sys.argv[4]).values()]
        weights, fastest = list(zip(arrays[::2], arrays[1::2])), 1.2e-3
    print(f"{sum(w.size + b.size for w, b in weights)} weights, {len(train)} pictures", flush=True)
    zero = jax.tree.map(jnp.zeros_like, weights)
    first, second, average = zero, zero, weights
    begun, count, told = time.time(), 0, time.time()
    while (spent := (time.time() - begun) / budget) < 1:
        # One cosine over the time there is, so that a slow machine ends with a settled model, too.
        rate = fastest * min(1, (count + 1) / 200) * (0.5 * (1 + np.cos(np.pi * spent)) + 0.003)
        some = rng.choice(train, BATCH)
        weights, first, second, average, value = step(
            weights, first, second, average, pictures[some], classes[some], count, rate
        )
        count += 1
        if time.time() - told > 60:
            told = time.time()
            print(f"{count} steps, {spent:.0%}, loss {float(value):.4f}", flush=True)
            report(average, pictures[test], classes[test], "unseen wear of seen digits")
    report(average, pictures[test], classes[test], "end: unseen wear of seen digits")
    np.savez(f"{folder}/weights.npz", *[np.asarray(a) for pair in average for a in pair])
    export(average, folder)


if __name__ == "__main__":
    main()

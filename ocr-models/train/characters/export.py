"""Writes trained weights as characters.rten: batch normalisation folded in, weights as bytes with a scale a channel.

    python export.py WEIGHTS.pt OUT.rten TEMPERATURE

The temperature (`evaluate.py`) makes up for label smoothing: probabilities then say how often a guess is right.
The program's runtime turns the bytes into floats once, when it loads them.
"""

import os
import subprocess
import sys

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from classes import classes
from train import Residual, network
from wear import SIDE


class Graph:
    def __init__(self):
        self.nodes, self.initial = [], []

    def constant(self, array):
        name = f"c{len(self.initial)}"
        self.initial.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind, inputs, **attributes):
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def bytes_of(self, weights):
        """Output channels first, each with its own scale."""
        scale = np.abs(weights.reshape(len(weights), -1)).max(1).clip(1e-8) / 127
        stored = np.round(weights / scale.reshape(-1, *[1] * (weights.ndim - 1))).astype(np.int8)
        zero = self.constant(np.zeros(len(weights), dtype=np.int8))
        names = [self.constant(stored), self.constant(scale.astype(np.float32)), zero]
        return self.node("DequantizeLinear", names, axis=0)

    def convolution(self, pair, last):
        conv, norm = pair
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        kernel = (conv.weight * factor[:, None, None, None]).numpy()
        bias = (norm.bias - norm.running_mean * factor).numpy()
        pad = conv.kernel_size[0] // 2
        inputs = [last, self.bytes_of(kernel), self.constant(bias)]
        return self.node("Conv", inputs, strides=list(conv.stride), pads=[pad] * 4)


@torch.no_grad()
def export(model, count, file):
    graph, last = Graph(), "pictures"
    for layer in model:
        if isinstance(layer, nn.Sequential):
            last = graph.convolution(layer, last)
        elif isinstance(layer, Residual):
            last = graph.node("Relu", [graph.node("Add", [last, graph.convolution(layer.inner, last)])])
        elif isinstance(layer, nn.ReLU):
            last = graph.node("Relu", [last])
        elif isinstance(layer, nn.Flatten):
            last = graph.node("Flatten", [last], axis=1)
        else:
            inputs = [last, graph.bytes_of(layer.weight.numpy()), graph.constant(layer.bias.numpy())]
            last = graph.node("Gemm", inputs, transB=1)
    graph.nodes[-1].output[0] = "logits"
    made = helper.make_graph(
        graph.nodes,
        "characters",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", count])],
        graph.initial,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    plain = file.replace(".rten", ".onnx")
    onnx.save(model, plain)
    tool = os.path.join(os.path.dirname(sys.executable), "rten-convert")
    subprocess.run([tool, plain, file], check=True)
    os.remove(plain)


def main():
    weights, file, temperature = sys.argv[1:]
    count = len(classes()) + 1
    model = network(count).eval()
    model.load_state_dict(torch.load(weights))
    for value in (model[-1].weight, model[-1].bias):
        value.data /= float(temperature)
    export(model, count, file)


if __name__ == "__main__":
    main()

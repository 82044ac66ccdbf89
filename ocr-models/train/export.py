"""Writes the weights of `train.py` as ONNX and, by rten-convert, as .rten.

    python export.py OUT_FOLDER WEIGHTS.npz [WEIGHTS.npz...]

Several sets of weights answer with the mean of their logarithms: where one is not sure, together they are not.
"""

import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from train import CLASSES, SHIPPED, SIDE


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
        return name

    def node(self, kind, inputs, output, **settings):
        self.nodes.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    def network(self, which, weights):
        """The logarithms of one network's probabilities."""
        name = lambda of: f"{of}_{which}"
        last = "pictures"
        for i, ((w, b), (inputs, outputs, stride)) in enumerate(zip(weights, SHIPPED.layers)):
            kernel = self.constant(name(f"kernel{i}"), w.reshape(3, 3, inputs, outputs).transpose(3, 2, 0, 1))
            bias = self.constant(name(f"bias{i}"), b)
            last = self.node("Conv", [last, kernel, bias], name(f"c{i}"), strides=[stride] * 2, pads=[1, 1, 1, 1])
            last = self.node("Relu", [last], name(f"r{i}"))
        channels = SHIPPED.layers[-1][1]
        side = int((SHIPPED.flat() // channels) ** 0.5)
        (hidden, hidden_bias), (out, out_bias) = weights[-2:]
        # The network learnt with the channels last, ONNX flattens with the channels first.
        hidden = hidden.reshape(side, side, channels, SHIPPED.hidden).transpose(2, 0, 1, 3).reshape(-1, SHIPPED.hidden)
        last = self.node("Flatten", [last], name("flat"), axis=1)
        dense = [(hidden, hidden_bias, "hidden"), (out, out_bias, "out")]
        for w, b, of in dense:
            last = self.node("Gemm", [last, self.constant(name(of), w), self.constant(name(f"{of}_bias"), b)], name(f"g_{of}"))
            if of == "hidden":
                last = self.node("Relu", [last], name("hr"))
        return self.node("LogSoftmax", [last], name("log"), axis=1)


def main():
    folder, *files = sys.argv[1:]
    graph = Graph()
    logs = []
    for which, file in enumerate(files):
        arrays = list(np.load(file).values())
        logs.append(graph.network(which, list(zip(arrays[::2], arrays[1::2]))))
    total = logs[0]
    for which, log in enumerate(logs[1:]):
        total = graph.node("Add", [total, log], f"sum{which}")
    graph.node("Mul", [total, graph.constant("share", np.array(1 / len(files)))], "logits")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "digits",
            [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", CLASSES])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, f"{folder}/digits.onnx")
    subprocess.run(["rten-convert", f"{folder}/digits.onnx", f"{folder}/digits.rten"], check=True)


if __name__ == "__main__":
    main()

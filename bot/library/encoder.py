"""From text to vectors: our own model on this machine, or any OpenAI-compatible address."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import BadSettings, TryLater
from bot.library.elsewhere import cores, start

Matrix = NDArray[np.float32]
TOKENS = 256
"""How much of a text the model was trained to read."""
THREADS = min(2, cores())
"""How many cores embed articles; a question is computed where it is asked."""


class Encoder(Protocol):
    """Gives texts a direction in space. `name` says which model, and how it was made: vectors of two names do not compare."""

    name: str

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row a text, each of length 1."""

    def knows(self, word: str) -> bool:
        """Whether this lower-case word is one that the model has met as such; False where nobody can tell."""


class MiniLM:
    """all-MiniLM-L6-v2; see `minilm`. A text takes one processor core. The model is built once and kept at `cache`."""

    name = "all-MiniLM-L6-v2-int8-2"

    def __init__(self, folder: Path, cache: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = cache / f"{self.name}.onnx"
        if not model.is_file():
            _build_elsewhere(folder, model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep what the longest batch took
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokens.no_padding()
        self._tokens.enable_truncation(TOKENS)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="encode", initializer=_give_way)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Each text by itself: on one core a batch takes no less time, and its longest text's memory."""
        read = [t.ids for t in self._tokens.encode_batch(list(texts))]
        run = self._threads.map if len(read) > 1 else map
        out = np.zeros((len(read), 384), np.float32)
        for row, made in zip(out, run(self._run, read), strict=True):
            row[:] = made
        return out

    def knows(self, word: str) -> bool:
        """Its vocabulary has 30,000 pieces, common words whole."""
        return self._tokens.token_to_id(word) is not None

    def _run(self, ids: list[int]) -> Matrix:
        made: Any = self._session.run(None, {"ids": np.array([ids], np.int64)})[0]
        return np.asarray(made[0], np.float32)


def _give_way() -> None:
    """Lets a question go first while articles are embedded. Linux gives each thread a priority of its own; elsewhere all stay equal."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def _build_elsewhere(folder: Path, model: Path) -> None:
    """Builds the model in a process of its own: it takes 400 MB, which this one would keep."""
    process = start("bot.library.minilm", str(folder), str(model))
    _, said = process.communicate()
    if process.returncode:
        raise BadSettings((said.strip().splitlines() or ["The embedding model could not be built."])[-1])


class Remote:
    """An OpenAI-compatible `/embeddings` address."""

    def __init__(self, url: str, model: str, key: str, seconds: float) -> None:
        from langchain_openai import OpenAIEmbeddings

        self.name = f"{model} at {url}"
        self._lock = threading.Lock()
        arguments: dict[str, Any] = {"base_url": url, "model": model, "api_key": key or "none", "timeout": seconds, "max_retries": 1}
        self._model = OpenAIEmbeddings(check_embedding_ctx_length=False, chunk_size=64, **arguments)

    def embed(self, texts: Sequence[str]) -> Matrix:
        try:
            made = np.array(self._model.embed_documents(list(texts)), np.float32)
        except Exception as error:  # whatever the client raises, and whatever it was sent in place of numbers
            raise TryLater(f"The embedding model does not answer: {error}") from error
        lengths = np.linalg.norm(made, axis=1, keepdims=True)
        scaled: Matrix = made / np.maximum(lengths, 1e-9)
        return scaled

    def knows(self, word: str) -> bool:
        return False

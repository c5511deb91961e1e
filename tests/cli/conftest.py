"""Commands run inside this process, as `bellhop …` would run them: the same `main`, with streams of bytes behind it."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from actions.vendors.demo.seed import COMPANY
from bot.__main__ import main

KINDS = ("people", "systems", "groups", "grants")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a data folder of this test's own; `given` are the bytes on standard input, other names are settings."""
    monkeypatch.setenv("BELLHOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def once(*arguments: object, given: bytes | str = b"", **settings: str) -> Ran:
        bytes_in = given.encode() if isinstance(given, str) else given
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with monkeypatch.context() as now:
            for name, value in settings.items():
                now.setenv(name, value)
            now.setattr(sys, "argv", ["bellhop", *map(str, arguments)])
            now.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes_in), "utf-8"))
            now.setattr(sys, "stdout", out)
            now.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as left:
                main()
                raise SystemExit(0)
        logging.getLogger().handlers.clear()  # main() sets up logging once, for the stream that was standard error then
        said = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
        return Ran(left.value.code if isinstance(left.value.code, int) else 0, *said)

    return once


def company_files() -> list[str]:
    """The demo company as the options of `bellhop import`."""
    return [part for kind in KINDS for part in (f"--{kind}", str(COMPANY / f"{kind}.json"))]

"""What takes much time or memory is done in a process of its own, by a module of ours."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Runs `python -m module arguments`; what it says of mistakes can be read."""
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p) or "."}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, env=where, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603 - a module of ours


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def give_back() -> None:
    """Returns freed memory to the system, where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

"""Starts the product as its operator would: by its command and its environment, nothing else."""

from __future__ import annotations

import os
import sys
import tempfile
from types import ModuleType
from typing import Any

from cast import ROOT


def started(benchlib: ModuleType, name: str, own: dict[str, str]) -> Any:
    """One fresh desk, running as a process of the bench: the demo company in a new folder, and no setting from outside."""
    for key in [k for k in os.environ if k.startswith("BELLHOP_") and k != "BELLHOP_BENCH"]:
        del os.environ[key]
    folder = tempfile.mkdtemp(prefix="bellhop-")
    env = {"BELLHOP_DATA_DIR": folder, "BELLHOP_PORT": "0", "BELLHOP_LOG_LEVEL": "INFO", "PYTHONPATH": str(ROOT)}
    return benchlib.Proc(name, [sys.executable, "-m", "bot", "serve"], env=env | own, cwd=folder)

"""What every value of the domain shares."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; change it with ``model_copy(update=…)``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def canonical(data: Any) -> str:
    """`data` as JSON text that is the same for equal data: sorted keys, no spaces, plain Unicode."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def digest(data: Any) -> str:
    """SHA-256 of the canonical JSON of `data`, in hex."""
    return hashlib.sha256(canonical(data).encode("utf-8", "surrogatepass")).hexdigest()

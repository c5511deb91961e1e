"""How the stand-in says no."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """One of Slack's error codes, with whatever Slack says beside it."""

    def __init__(self, error: str, messages: list[str] | None = None, **beside: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.beside = beside

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ok": False, "error": self.error, **self.beside}
        if self.messages:
            told["errors"] = self.messages
            told["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in self.messages]}
        return told


class TooFast(Exception):
    """HTTP 429; `after` is the Retry-After header, in whole seconds."""

    def __init__(self, after: int) -> None:
        super().__init__(str(after))
        self.after = after

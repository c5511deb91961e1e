"""The annotations of a rule: what they may be, and what they ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.domain.decisions import Need

ANNOTATIONS = ("id", "because", "approval", "companion", "require", "stage", "quorum")
KINDS = ("manager", "owner", "security", "hr", "legal", "it")
"""Who may be asked, besides "group:ID"."""


def listed(text: str) -> list[str]:
    """The parts of "this+that"."""
    return [part for part in re.split(r"\s*\+\s*", text.strip()) if part]


def stages(approval: str) -> list[list[str]]:
    """The kinds in "manager+owner, then security", stage by stage: what "+" joins is asked at once, the next stage waits."""
    return [listed(stage) for stage in re.split(r"\s*,\s*(?:then\s+)?", approval)]


def kinds(approval: str) -> list[str]:
    return [kind for stage in stages(approval) for kind in stage]


def needs(annotations: Mapping[str, str]) -> tuple[Need, ...]:
    """What @approval, @stage (of the first kinds named) and @quorum (of each kind) ask for."""
    first, quorum = int(annotations.get("stage", "1")), int(annotations.get("quorum", "1"))
    asked = enumerate(stages(annotations.get("approval", "")), start=first)
    return tuple(Need(kind=kind, stage=stage, quorum=quorum, rules=(annotations["id"],)) for stage, named in asked for kind in named)

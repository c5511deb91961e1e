"""The policies of a folder as they stand now: a security officer's change takes effect without a restart."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.calls import Call
from bot.domain.decisions import Decision
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.errors import BadInput
from bot.judge.engine import load_judge
from bot.judge.schema import Declarations

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the folder."""


class LiveJudge:
    """Implements ports.Judge over a folder. A change that does not validate is reported in the log and the rules in force stay;
    BadInput only at the start."""

    def __init__(self, policies_dir: Path, registry: Declarations, every: float = LOOK_EVERY) -> None:
        self._folder = policies_dir
        self._registry = registry
        self._every = every
        self._seen = self._stamp()
        self._looked = time.monotonic()
        self._judge = load_judge(policies_dir, registry)

    @property
    def digest(self) -> str:
        """Of the policy set in force."""
        return self._judge.digest

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        files = sorted(self._folder.rglob("*.cedar"))
        return tuple((str(f), stat.st_mtime_ns, stat.st_size) for f in files if (stat := f.stat()))

    def _look(self) -> None:
        if time.monotonic() - self._looked < self._every:
            return
        self._looked = time.monotonic()
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._judge = load_judge(self._folder, self._registry)
            log.warning("The policies changed; %s is in force now.", self._judge.digest[:12])
        except (BadInput, OSError) as error:
            log.error("The changed policies are not in force, the ones before still are: %s", error)

    def facts_for(self, call: Call) -> frozenset[str]:
        """As ports.Judge. The folder is looked at here, because every judgment begins by asking for facts."""
        self._look()
        return self._judge.facts_for(call)

    def judge(
        self,
        call: Call,
        speaker: Person,
        directory: Directory,
        facts: Mapping[str, Any],
        now: datetime,
        *,
        approvals: frozenset[str] = frozenset(),
        companions: frozenset[str] = frozenset(),
        requirements: Mapping[str, str] | None = None,
    ) -> Decision:
        """As ports.Judge."""
        return self._judge.judge(
            call, speaker, directory, facts, now, approvals=approvals, companions=companions, requirements=requirements
        )

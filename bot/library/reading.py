"""Reads many articles at once: each processor core reads a share of them, and what they counted is put together."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bot.library import cache
from bot.library.articles import BadArticle, parse, read_bytes
from bot.library.elsewhere import cores, start
from bot.library.index import Counting, Index, Part, Vocabulary, joined

log = logging.getLogger(__name__)
MANY = 1_000
"""Fewer articles are read faster than a process has started."""
MOST = 4
"""Processes that read at once."""


@dataclass(frozen=True)
class Asked:
    """Which files to read: their paths below `root`, and whether each is held to our schema."""

    root: Path
    names: Sequence[str]
    checked: bool = False


@dataclass(frozen=True)
class Read:
    """What was read, counted with one vocabulary, and by name of what could not be, why."""

    part: Part
    refused: dict[str, str]


def helpers(count: int) -> int:
    """How many other processes help to read so many articles."""
    return min(MOST, cores()) - 1 if count >= MANY else 0


def read(asked: Asked, sizes: Mapping[str, int], vocabulary: Vocabulary, told: Callable[[int], None], helpers: int = 0) -> Read:
    """Reads the files, of these sizes in bytes, with so many processes helping. `told` is given how many are read from time to time."""
    lots = [Asked(asked.root, names, asked.checked) for names in _shares(asked.names, sizes, helpers + 1)]
    with ExitStack() as stack:
        helping = [stack.enter_context(_helper(lot)) for lot in lots[1:]]
        read = [_here(lots[0], vocabulary, lambda done: told(done * len(lots)))]
        for lot, taken in zip(lots[1:], helping, strict=True):
            read.append(taken(vocabulary) or _here(lot, vocabulary, told))
    refused = {name: why for one in read for name, why in one.refused.items()}
    told(len(asked.names))
    return Read(joined([one.part for one in read]), refused)


def _shares(names: Sequence[str], sizes: Mapping[str, int], count: int) -> list[Sequence[str]]:
    """The names in order, cut into so many parts of about the same size."""
    if count == 1:
        return [names]
    till = np.cumsum([sizes[name] for name in names])
    cuts = [0, *np.searchsorted(till, [int(till[-1]) * n // count for n in range(1, count)]).tolist(), len(names)]
    return [names[a:b] for a, b in pairwise(cuts)]


def _here(asked: Asked, vocabulary: Vocabulary, told: Callable[[int], None]) -> Read:
    counting, refused = Counting(vocabulary), {}
    for done, name in enumerate(asked.names, 1):
        try:
            counting.add(parse(read_bytes(asked.root / name, name), name, checked=asked.checked))
        except BadArticle as problem:
            refused[name] = str(problem)
        if done % 500 == 0:
            told(done)
    return Read(counting.part(), refused)


@contextmanager
def _helper(asked: Asked) -> Iterator[Callable[[Vocabulary], Read | None]]:
    """A process that reads these. What it gives waits for it and counts in terms of the vocabulary; None where it came to nothing."""
    with tempfile.TemporaryDirectory(prefix="bellhop-") as name:
        place = Path(name)
        told = {"root": str(asked.root), "names": list(asked.names), "checked": asked.checked}
        (place / "asked").write_text(json.dumps(told), "ascii")
        process = start("bot.library.reading", name)

        def taken(vocabulary: Vocabulary) -> Read | None:
            _, said = process.communicate()
            if process.returncode:
                log.warning("a process that helps to read failed, so this one reads on: %s", said.strip().splitlines()[-1:])
                return None
            index = cache.load(place / "index")
            ids = np.array([vocabulary[term] for term in index.vocabulary], np.int32)
            return Read(index.part().spelled(ids), json.loads((place / "refused").read_text("ascii")))

        with process:
            try:
                yield taken
            finally:
                process.kill()


def main(place: Path) -> None:
    """The helper: takes what is asked from a folder, and leaves there what it read."""
    told = json.loads((place / "asked").read_text("ascii"))
    vocabulary = Vocabulary()
    found = _here(Asked(Path(told["root"]), told["names"], told["checked"]), vocabulary, lambda _: None)
    (place / "refused").write_text(json.dumps(found.refused), "ascii")
    cache.save(place / "index", Index(vocabulary).changed((), found.part))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Keeps what was read and counted, so that the next start only reads what changed. Arrays and JSON; nothing in it is executed."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.library.articles import Article
from bot.library.index import Indexed, Vocabulary, Weights
from bot.library.passages import Passage


def _version() -> str:
    """Of the code that reads and counts: a cache made by another is no use."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def cache_file(cache_dir: Path, folder: Path) -> Path:
    """Where this folder's cache lies."""
    return cache_dir / f"library-{hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]}.npz"


def save(file: Path, indexed: Iterable[Indexed], vocabulary: Vocabulary) -> None:
    """Writes the cache, whole or not at all."""
    kept = list(indexed)
    about = {"version": _version(), "vocabulary": list(vocabulary), "articles": [_article_out(one.article) for one in kept]}
    passages, whole = Weights.joined([one.passages for one in kept]), Weights.joined([one.whole for one in kept])
    arrays = {f"{name}_{part}": getattr(w, part) for name, w in (("p", passages), ("w", whole)) for part in ("docs", "terms", "counts")}
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with part.open("wb") as out:
        np.savez(out, about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8), **arrays)
    part.replace(file)


def load(file: Path) -> tuple[list[Indexed], Vocabulary]:
    """What was saved; nothing where there is no cache, or it is damaged or of another version."""
    try:
        with np.load(file, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        about = json.loads(arrays.pop("about").tobytes())
        if about["version"] != _version():
            return [], Vocabulary()
        articles = [_article_in(one) for one in about["articles"]]
        vocabulary = Vocabulary({term: number for number, term in enumerate(about["vocabulary"])})
        sizes = np.cumsum([0, *(len(a.passages) for a in articles)])
        passages = _slices(arrays, "p", sizes)
        whole = _slices(arrays, "w", np.arange(len(articles) + 1))
        return [Indexed(a, p, w) for a, p, w in zip(articles, passages, whole, strict=True)], vocabulary
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return [], Vocabulary()


def _slices(arrays: dict[str, Any], name: str, starts: Any) -> list[Weights]:
    docs, terms, counts = (arrays[f"{name}_{part}"] for part in ("docs", "terms", "counts"))
    cuts = np.searchsorted(docs, starts)
    spans = zip(cuts, cuts[1:], starts, starts[1:], strict=False)
    return [Weights((docs[a:b] - first).astype(np.int32), terms[a:b], counts[a:b], int(last - first)) for a, b, first, last in spans]


def _article_out(article: Article) -> dict[str, Any]:
    out = {name: value for name, value in vars(article).items() if name not in ("passages", "audience", "reviewed", "due")}
    return out | {
        "passages": [[p.heading, list(p.trail), p.text, p.steps] for p in article.passages],
        "audience": sorted(article.audience),
        "reviewed": article.reviewed.isoformat() if article.reviewed else None,
        "due": article.due.isoformat() if article.due else None,
    }


def _article_in(data: dict[str, Any]) -> Article:
    days = {name: date.fromisoformat(data[name]) if data[name] else None for name in ("reviewed", "due")}
    changed = {
        "passages": tuple(Passage(heading, tuple(trail), text, steps) for heading, trail, text, steps in data["passages"]),
        "audience": frozenset(data["audience"]),
        "asked_as": tuple(data["asked_as"]),
        "actions": tuple(data["actions"]),
    }
    return Article(**(data | changed | days))

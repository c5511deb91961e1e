"""Keeps what was read and counted, so that the next start only reads what changed. Arrays and JSON; nothing in it is executed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.library.articles import Article
from bot.library.index import Index, Level, Vocabulary
from bot.library.passages import Passage

_LEVELS = ("passages", "whole")
_ARRAYS = ("docs", "counts", "starts")


@lru_cache(maxsize=1)
def _version() -> str:
    """Of the code that reads and counts: a cache made by another is no use."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def cache_file(cache_dir: Path, folder: Path) -> Path:
    """Where this folder's cache lies."""
    return cache_dir / f"library-{hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]}.zip"


def save(file: Path, index: Index) -> None:
    """Writes the cache, whole or not at all. One article after the other: others compute meanwhile, and little memory is needed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with zipfile.ZipFile(part, "w") as out:
        out.writestr("about", json.dumps({"version": _version(), "vocabulary": list(index.vocabulary)}))
        with out.open("articles", "w", force_zip64=True) as lines:
            for article in index.articles:
                lines.write(json.dumps(_article_out(article)).encode() + b"\n")
        for name in _LEVELS:
            for kind in _ARRAYS:
                with out.open(f"{name}-{kind}", "w", force_zip64=True) as place:
                    np.lib.format.write_array(place, getattr(getattr(index, name), kind), allow_pickle=False)
    part.replace(file)


def load(file: Path) -> Index:
    """What was saved; an empty index where there is no cache, or it is damaged or of another version."""
    try:
        with zipfile.ZipFile(file) as data:
            about = json.loads(data.read("about"))
            if about["version"] != _version():
                return Index(Vocabulary())
            with data.open("articles") as raw, io.TextIOWrapper(raw, "ascii", newline="\n") as lines:
                articles = [_article_in(json.loads(line)) for line in lines]
            sizes = sum(len(article.passages) for article in articles), len(articles)
            passages, whole = (_level(data, name, size) for name, size in zip(_LEVELS, sizes, strict=True))
        vocabulary = Vocabulary({term: number for number, term in enumerate(about["vocabulary"])})
        return Index(vocabulary, articles, passages, whole)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        return Index(Vocabulary())


def _level(data: zipfile.ZipFile, name: str, size: int) -> Level:
    arrays = []
    for kind in _ARRAYS:
        with data.open(f"{name}-{kind}") as place:
            arrays.append(np.lib.format.read_array(place, allow_pickle=False))
    docs, counts, starts = arrays
    return Level(docs, counts, starts, size)


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
        "audience": _audience(tuple(data["audience"])),
        "asked_as": tuple(data["asked_as"]),
        "actions": tuple(data["actions"]),
    }
    return Article(**(data | changed | days))


@lru_cache(maxsize=1000)
def _audience(names: tuple[str, ...]) -> frozenset[str]:
    """Few audiences have many articles: each is kept once."""
    return frozenset(names)

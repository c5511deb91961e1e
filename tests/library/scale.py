"""Ten thousand articles made of a smaller corpus: how soon they answer, how fast, and what they take."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import random
import re
import resource
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import yaml

from bot.library.articles import article_files
from bot.library.meaning import Model, open_meaning
from bot.library.search import FolderLibrary, open_library

ARTICLES = 10_000
EVERYONE, DESK = frozenset({"everyone"}), frozenset({"everyone", "desk"})
NAMES = ("Outlook", "Excel", "Word", "PowerPoint", "OneNote", "OneDrive", "SharePoint", "Teams", "Intune", "Exchange", "Windows", "Office")
SYLLABLES = "bar cel dor fen gal hom jin kor lum mer nov pol ral sen tam ulf vin wes yor zan"
ASKED = 200


def renamed(text: str, rng: random.Random) -> str:
    """The text about other products: each name, and each long number, is another one throughout."""
    for name in NAMES:
        text = re.sub(rf"\b{name}\b", "".join(rng.sample(SYLLABLES.split(), 2)).capitalize(), text)
    return re.sub(r"\b\d{4,}\b", lambda _: str(rng.randrange(10_000, 9_999_999)), text)


def make(corpus: Path, into: Path) -> None:
    """Writes the articles: the corpus itself, then variants of it; every tenth is for the desk alone."""
    files, rng = list(article_files(corpus)), random.Random(3)
    for number in range(ARTICLES):
        source = files[number % len(files)]
        text = source.read_text("utf-8", "replace")
        title = (re.findall(r"^title: *(.+)$", text, re.M) or [source.stem])[0].strip("\"' ")
        body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
        if number >= len(files):
            title, body = renamed(title, rng), renamed(body, rng)
        front = yaml.safe_dump({"title": title, "audience": ["desk" if number % 10 == 9 else "everyone"]}, allow_unicode=True)
        file = into / f"{number // 500:02}" / f"{number:05}-{source.stem[:60]}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{front}---\n\n{body}", "utf-8")


def memory() -> float:
    """Megabytes that this process holds."""
    return psutil.Process(os.getpid()).memory_info().rss / 1e6


def processor() -> float:
    """Seconds of processor time that this process has taken, with the helpers that have ended."""
    return sum(
        resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def timed(library: FolderLibrary, question: str, audiences: frozenset[str]) -> float:
    """Milliseconds that a search takes."""
    began = time.perf_counter()
    library.find(question, audiences)
    return (time.perf_counter() - began) * 1000


def asked(library: FolderLibrary, questions: list[str], audiences: frozenset[str]) -> str:
    """How long searches take; the first one, which makes the audience's view, is not counted."""
    library.find("printer", audiences)
    return figures([timed(library, question, audiences) for question in questions])


def figures(took: list[float]) -> str:
    return f"median {statistics.median(took):.1f} ms, p95 {sorted(took)[int(len(took) * 0.95)]:.1f} ms" if took else "not asked"


async def seen_after(library: FolderLibrary, folder: Path, word: str) -> float:
    """Seconds from writing an article until it is what a search finds first."""
    file = folder / "00" / f"new-{word}.md"
    file.write_text(f"---\ntitle: The {word} machine\n---\n\nPress the {word} button twice.\n", "utf-8")
    began = time.perf_counter()
    while (await library.search(f"{word} machine", EVERYONE)).ranking[:1] != (f"00/{file.name}",):
        await asyncio.sleep(0.02)
    return time.perf_counter() - began


def measure(corpus: Path, keep: Path) -> None:
    """Prints the figures, each as soon as it is known; every start is a process of its own."""
    folder = keep / "ten-thousand"
    if not folder.exists():
        make(corpus, folder)
    print(f"{ARTICLES:,} articles; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    shutil.rmtree(keep / "scaled", ignore_errors=True)
    for step in (first, words, meaning, again):
        process = multiprocessing.get_context("spawn").Process(target=step, args=(folder, keep / "scaled"))
        process.start()
        process.join()
    for file in (folder / "00").glob("new-*.md"):
        file.unlink()


def questions() -> list[str]:
    every = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text("utf-8"))["public"]["answerable"]
    return [question for question, *_ in every][:ASKED]


def open_timed(folder: Path, keep: Path, start: str) -> FolderLibrary:
    began, before = time.perf_counter(), processor()
    library = open_library(folder, keep)
    took, load = time.perf_counter() - began, os.getloadavg()[0]
    print(
        f"  {start}: answers by words after {took:.1f} s ({processor() - before:.1f} s of processor time, load {load:.1f}); "
        f"{memory():.0f} MB",
        flush=True,
    )
    return library


def first(folder: Path, keep: Path) -> None:
    open_timed(folder, keep, "first start").close()


def words(folder: Path, keep: Path) -> None:
    library = open_timed(folder, keep, "next start")
    print(
        f"  by words: a search for everyone {asked(library, questions(), EVERYONE)}; the desk {asked(library, questions(), DESK)}",
        flush=True,
    )
    told(library, folder, ("quoxal", "brimtle", "snarvet"))
    library.close()


def told(library: FolderLibrary, folder: Path, new: Sequence[str]) -> None:
    before = processor()
    changes = [asyncio.run(seen_after(library, folder, word)) for word in new]
    took = (processor() - before) / len(changes)
    print(
        f"  a new article is found after {statistics.median(changes):.2f} s, at most {max(changes):.2f} s (of {len(changes)}; "
        f"{took:.2f} s of processor time, with the searches for it); {memory():.0f} MB",
        flush=True,
    )


def meaning(folder: Path, keep: Path) -> None:
    """Embeds all of it, asking meanwhile, and measures again."""
    model = open_meaning(Model(), keep, lambda _: None)
    if model is None:
        print("  There are no weights of the embedding model here.")
        return
    began, before = time.perf_counter(), processor()
    library = open_library(folder, keep, meaning=model)
    passages, most = library.view(DESK).index.passages.size, 0.0
    asking, searches = itertools.cycle(questions()), []
    while not model.ready.wait(0.5) and not model.failed.is_set():
        most = max(most, memory())
        searches.append(timed(library, next(asking), EVERYONE))
    took = time.perf_counter() - began
    print(
        f"  embedded in {took:.0f} s: {passages / took:.0f} passages a second, {passages / (processor() - before):.0f} a second of "
        f"processor time (load {os.getloadavg()[0]:.1f}); at most {most:.0f} MB, then {memory():.0f} MB; "
        f"a search meanwhile {figures(searches)}",
        flush=True,
    )
    with_meaning(library, folder, ("plomfet", "druvik", "snorfal"))
    library.close()


def again(folder: Path, keep: Path) -> None:
    """The next start with the vectors of the one before."""
    model = open_meaning(Model(), keep, lambda _: None)
    if model is None:
        return
    began = time.perf_counter()
    library = open_library(folder, keep, meaning=model)
    by_words = time.perf_counter() - began
    library.wait()
    took = time.perf_counter() - began
    print(f"  next start: answers by words after {by_words:.1f} s, by meaning after {took:.1f} s; {memory():.0f} MB", flush=True)
    with_meaning(library, folder, ("glimpor", "trazzle", "wobnick"))
    library.close()


def with_meaning(library: FolderLibrary, folder: Path, new: Sequence[str]) -> None:
    print(
        f"  with meaning: a search for everyone {asked(library, questions(), EVERYONE)}; the desk {asked(library, questions(), DESK)}",
        flush=True,
    )
    told(library, folder, new)

"""Ten thousand articles made of a smaller corpus: how soon they answer, how fast, and what they take."""

from __future__ import annotations

import asyncio
import os
import random
import re
import statistics
import time
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


def memory() -> str:
    return f"{psutil.Process(os.getpid()).memory_info().rss / 1e6:.0f} MB"


def asked(library: FolderLibrary, questions: list[str], audiences: frozenset[str]) -> str:
    """Median and 95th percentile of a search; the first one, which makes the audience's view, is not counted."""
    library.find("printer", audiences)
    took = []
    for question in questions:
        began = time.perf_counter()
        library.find(question, audiences)
        took.append((time.perf_counter() - began) * 1000)
    return f"median {statistics.median(took):.1f} ms, p95 {sorted(took)[int(len(took) * 0.95)]:.1f} ms"


async def seen_after(library: FolderLibrary, folder: Path, word: str) -> float:
    """Seconds from writing an article until it is what a search finds first."""
    file = folder / "00" / f"new-{word}.md"
    file.write_text(f"---\ntitle: The {word} machine\n---\n\nPress the {word} button twice.\n", "utf-8")
    began = time.perf_counter()
    while (await library.search(f"{word} machine", EVERYONE)).ranking[:1] != (f"00/{file.name}",):
        await asyncio.sleep(0.02)
    return time.perf_counter() - began


def open_timed(folder: Path, keep: Path, start: str) -> FolderLibrary:
    began = time.perf_counter()
    library = open_library(folder, keep / "scaled")
    print(f"  by words, {start}: answers after {time.perf_counter() - began:.1f} s, {memory()}", flush=True)
    return library


def measure(corpus: Path, keep: Path) -> None:
    """Prints the figures, each as soon as it is known."""
    folder = keep / "ten-thousand"
    if not folder.exists():
        make(corpus, folder)
    every = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text("utf-8"))["public"]["answerable"]
    questions = [question for question, *_ in every][:ASKED]
    print(f"{ARTICLES:,} articles; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {memory()} before anything", flush=True)
    open_timed(folder, keep, "first start").close()
    library = open_timed(folder, keep, "next start")
    print(
        f"  by words: a search for everyone {asked(library, questions, EVERYONE)}; the desk {asked(library, questions, DESK)}", flush=True
    )
    changes = [asyncio.run(seen_after(library, folder, word)) for word in ("quoxal", "brimtle", "snarvet")]
    print(f"  a new article is found after {statistics.median(changes):.2f} s (median of {len(changes)})", flush=True)
    library.close()
    del library
    by_meaning(folder, keep, questions)
    for file in (folder / "00").glob("new-*.md"):
        file.unlink()


def by_meaning(folder: Path, keep: Path, questions: list[str]) -> None:
    """Embeds all of it, asking meanwhile, and measures again."""
    meaning = open_meaning(Model(), keep / "scaled", lambda _: None)
    if meaning is None:
        print("  There are no weights of the embedding model here.")
        return
    began = time.perf_counter()
    library = open_library(folder, keep / "scaled", meaning=meaning)
    passages, most = library.view(DESK).index.passages.size, 0.0
    print(f"  while {passages:,} passages are embedded: a search {asked(library, questions, EVERYONE)}", flush=True)
    while not meaning.ready.wait(1.0) and not meaning.failed.is_set():
        most = max(most, psutil.Process(os.getpid()).memory_info().rss / 1e6)
    took = time.perf_counter() - began
    print(f"  embedded in {took:.0f} s: {passages / took:.0f} passages a second; at most {most:.0f} MB, then {memory()}", flush=True)
    print(
        f"  with meaning: a search for everyone {asked(library, questions, EVERYONE)}; the desk {asked(library, questions, DESK)}",
        flush=True,
    )
    seen = asyncio.run(seen_after(library, folder, "plomfet"))
    print(f"  a new article is found after {seen:.2f} s; {memory()}", flush=True)
    library.close()

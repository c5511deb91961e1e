"""How good and how fast the library's answers are: `python tests/library/bench.py [FOLDER] [--misses] [--fit] [--scale]`.

Runs tests/library/questions.yaml over `knowledge/` and, with FOLDER (or BELLHOP_BENCH_CORPUS), over the public corpus, there beside
bm25s alone and LangChain's retriever on Chroma. Every third question is held back from tuning and fitting, and half of
the ambiguous ones. `--unseen` asks questions that nothing was tuned on. `--words` leaves out all that needs the embedding model,
`--misses` lists what went wrong among the questions that are not held back, `--fit` prints coefficients for
bot/library/confidence.py and how far they can be believed, `--scale` makes a folder of 10,000 articles of the corpus and measures on
that instead, which takes minutes. `--keep DIR` keeps vectors there for the next run (with `--scale` the articles alone, the rest is what
is measured).
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from fitting import fit, reliability  # noqa: E402 - as the imports below, after the path is set

from bot.library.confidence import ASKS, CLOSEST, confidence, enough, features  # noqa: E402
from bot.library.meaning import Model, open_meaning  # noqa: E402
from bot.library.options import options  # noqa: E402
from bot.library.search import FolderLibrary, open_library  # noqa: E402

EVERYONE = frozenset({"everyone"})
QUESTIONS = Path(__file__).with_name("questions.yaml")
PARTS, UNSEEN = ("tuned", "held back"), "unseen"


def part(number: int) -> str:
    """Every third question is held back."""
    return PARTS[number % 3 == 0]


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def misspelt(question: str, rng: random.Random) -> str:
    """The question with a letter lost, doubled or swapped in up to two of its longer words."""
    words = question.split()
    for place in rng.sample(long := [i for i, w in enumerate(words) if len(w) >= 6 and w.isalpha()], min(2, len(long))):
        word, at = words[place], rng.randrange(1, len(words[place]) - 2)
        slips = (word[:at] + word[at + 1 :], word[: at + 1] + word[at:], word[:at] + word[at + 1] + word[at] + word[at + 2 :])
        words[place] = slips[rng.randrange(3)]
    return " ".join(words)


def run(library: FolderLibrary, questions: dict) -> list[dict]:
    """One row a question: rank of its page, also if misspelt, features, confidence, what the desk would do, and whether the first page is
    right."""
    rng = random.Random(4)
    asked = [(q, pages) for q, *pages in questions["answerable"]] + [(q, []) for q in questions["unanswerable"]]
    return [row(library, question, pages, part(number), rng) for number, (question, pages) in enumerate(asked)]


def row(library: FolderLibrary, question: str, pages: list[str], where: str, rng: random.Random) -> dict:
    view = library.view(EVERYONE)
    began = time.perf_counter()
    library.find(question, EVERYONE)
    took = time.perf_counter() - began
    hits, slipped = (library.ranked(text, view).hits for text in (question, misspelt(question, rng)))
    paths, slips = ([view.index.articles[h.article].path for h in found] for found in (hits, slipped))
    sure = confidence(hits)
    told = {"question": question, "pages": pages, "paths": paths[:3], "took": took, "part": where, "sure": sure}
    told |= {"rank": rank(paths, pages), "slipped": rank(slips, pages), "right": rank(paths, pages) == 1}
    told |= {"features": features(hits) if hits else None, "slip_features": features(slipped) if slipped else None}
    offered = [o.path for o in options(question, hits, view)] if sure >= ASKS else []
    told |= {"slip_right": told["slipped"] == 1, "options": offered, "unknown": sure < CLOSEST}
    return told | {"answered": sure >= enough(hits) and not offered}


def rank(paths: list[str], pages: list[str]) -> int:
    """Where the first right page stands, from 1; 0 where it was not found."""
    return min((paths.index(p) + 1 for p in pages if p in paths), default=0)


def recall(ranks: list[int], first: int) -> float:
    return statistics.mean(0 < r <= first for r in ranks)


def report(rows: list[dict], parts: tuple[str, ...] = PARTS) -> None:
    """Prints recall, honesty and speed, for the tuned part and for what was held back."""
    for name in parts:
        chosen = [r for r in rows if r["part"] == name]
        answerable, other = [r for r in chosen if r["pages"]], [r for r in chosen if not r["pages"]]
        ranks = [r["rank"] for r in answerable]
        answered = [r for r in answerable if r["answered"]]
        silent = statistics.mean(not r["answered"] for r in other)
        unknown = statistics.mean(r["unknown"] for r in other)
        precise = statistics.mean(r["right"] for r in answered) if answered else 0
        print(
            f"    {name:9} {len(answerable):3}+{len(other):2}  recall@1 {recall(ranks, 1):.2f} @3 {recall(ranks, 3):.2f} "
            f"@5 {recall(ranks, 5):.2f}, misspelt @1 {recall([r['slipped'] for r in answerable], 1):.2f}; answered "
            f"{len(answered) / len(answerable):.2f}, right when answered {precise:.2f}; unanswerable not answered {silent:.2f}, "
            f"“I don't know” {unknown:.2f}; asked back {share(answerable)}, unanswerable {share(other)}"
        )
    speed("    ", [r["took"] for r in rows])


def share(rows: list[dict]) -> str:
    """How many of these the desk would ask back about, and among how many of those the right page is offered."""
    asked = [r for r in rows if r["options"]]
    offered = sum(not set(r["options"]).isdisjoint(r["pages"]) for r in asked)
    return f"{len(asked)} of {len(rows)}" + (f" (right page offered {offered})" if rows and rows[0]["pages"] else "")


def ambiguous(library: FolderLibrary, questions: dict) -> None:
    """Prints how often it asks where a question fits several articles, and how much of what may be meant it offers."""
    rng = random.Random(4)
    for name in PARTS:
        chosen = [row(library, question, pages, name, rng) for question, *pages in questions[name]]
        asked = [r for r in chosen if r["options"]]
        offered = [len(set(r["options"]) & set(r["pages"])) / min(4, len(r["pages"])) for r in asked]
        print(f"    ambiguous, {name}: asked back {share(chosen)}; of what may be meant {statistics.mean(offered or [0]):.2f} is offered")


def speed(indent: str, took: list[float]) -> None:
    told = sorted(t * 1000 for t in took)
    print(f"{indent}{'a search':9} median {statistics.median(told):.1f} ms, p95 {told[int(len(told) * 0.95)]:.1f} ms")


def rivals(folder: Path, questions: dict, keep: Path, words_only: bool) -> None:
    """The others, on the same questions."""
    from rivals import bm25s_alone, langchain_on_chroma

    from bot.library.encoder import MiniLM
    from bot.library.minilm import weights_folder

    weights = None if words_only else weights_folder(None)
    made = {"bm25s alone": bm25s_alone(folder)}
    if weights:
        made["LangChain's retriever on Chroma"] = langchain_on_chroma(folder, MiniLM(weights, keep), keep / "rival")
    for name, search in made.items():
        print(f"  {name}")
        ranks, took = [], []
        for question, *pages in questions["answerable"]:
            began = time.perf_counter()
            ranks.append(rank(search(question), pages))
            took.append(time.perf_counter() - began)
        for one in PARTS:
            chosen = [r for n, r in enumerate(ranks) if part(n) == one]
            print(f"    {one:9} {len(chosen):3}     recall@1 {recall(chosen, 1):.2f} @3 {recall(chosen, 3):.2f} @5 {recall(chosen, 5):.2f}")
        speed("    ", took)


def misses(rows: list[dict]) -> None:
    for r in rows:
        if r["part"] == PARTS[0] and (not r["right"] if r["pages"] else not r["unknown"]):
            print(f"      {r['rank']:3} {r['sure']:.2f} {r['question']}  →  {', '.join(r['paths'])}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", default=os.environ.get("BELLHOP_BENCH_CORPUS", ""))
    parser.add_argument("--keep", type=Path)
    for flag in ("words", "misses", "fit", "unseen", "scale"):
        parser.add_argument(f"--{flag}", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        keep = told.keep or Path(temporary)
        if told.scale:
            from scale import measure

            measure(Path(told.folder), keep)
        else:
            compare(told, keep)


def compare(told: argparse.Namespace, keep: Path) -> None:
    """Every corpus by words, and with meaning where there is a model."""
    questions = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    folders = {"brightwater": ROOT / "knowledge"} | ({"public": Path(told.folder)} if told.folder else {})
    fitted: dict[str, list[dict]] = {}
    for name, folder in folders.items():
        for way in ("by words",) if told.words else ("by words", "with meaning"):
            meaning = open_meaning(Model(), keep / name, quiet) if way == "with meaning" else None
            if way == "with meaning" and meaning is None:
                print("  There are no weights of the embedding model here.")
                continue
            began = time.perf_counter()
            library = open_library(folder, keep / name, meaning=meaning)
            took = time.perf_counter() - began
            library.wait()
            print(f"{name}, {library.size:,} articles, {way}: started in {took:.2f} s, all there in {time.perf_counter() - began:.1f} s")
            rows = run(library, questions[name])
            report(rows)
            if told.unseen and UNSEEN in questions[name]:
                report([r | {"part": UNSEEN} for r in run(library, questions[name][UNSEEN])], (UNSEEN,))
            if "ambiguous" in questions[name]:
                ambiguous(library, questions[name]["ambiguous"])
            if told.misses:
                misses(rows)
            library.close()
            fitted.setdefault(way, []).extend(rows)
    if told.fit:
        for way, rows in fitted.items():
            print(way, "bias and coefficients", fit([r for r in rows if r["part"] == PARTS[0]]).round(2).tolist())
            print("   ", "\n    ".join(reliability([r for r in rows if r["part"] == PARTS[1]])))
    if told.folder:
        rivals(Path(told.folder), questions["public"], keep / "public", told.words)


if __name__ == "__main__":
    main()

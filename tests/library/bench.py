"""How good and how fast the library's answers are: `python tests/library/bench.py [FOLDER] [--misses] [--fit] [--scale]`.

Runs tests/library/questions.yaml over `knowledge/` and, with FOLDER (or BELLHOP_BENCH_CORPUS), over the public corpus, there beside
bm25s alone and LangChain's retriever on Chroma. Every third question is held back from tuning and fitting. `--words` leaves out all
that needs the embedding model, `--misses` lists what went wrong among the questions that are not held back, `--fit` prints coefficients
for bot/library/confidence.py, `--scale` makes a folder of 10,000 articles of the corpus and measures on that instead, which takes
minutes. `--keep DIR` keeps vectors there for the next run.
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

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.library.confidence import ANSWER, CLOSEST, confidence, features  # noqa: E402 - after the path is set
from bot.library.meaning import Model, open_meaning  # noqa: E402
from bot.library.search import FolderLibrary, open_library  # noqa: E402

EVERYONE = frozenset({"everyone"})
QUESTIONS = Path(__file__).with_name("questions.yaml")
PARTS = ("tuned", "held back")


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
    """One row a question: rank of its page, also if misspelt, features, confidence, and whether the first page is right."""
    rows, rng, view = [], random.Random(4), library.view(EVERYONE)
    asked = [(q, pages) for q, *pages in questions["answerable"]] + [(q, []) for q in questions["unanswerable"]]
    for number, (question, pages) in enumerate(asked):
        began = time.perf_counter()
        library.find(question, EVERYONE)
        took = time.perf_counter() - began
        hits = library.ranked(question, view).hits
        paths = [view.index.articles[h.article].path for h in hits]
        slipped = [view.index.articles[h.article].path for h in library.ranked(misspelt(question, rng), view).hits] if pages else []
        row = {"question": question, "pages": pages, "paths": paths[:3], "took": took, "part": part(number), "sure": confidence(hits)}
        row |= {"rank": rank(paths, pages), "slipped": rank(slipped, pages), "features": features(hits) if hits else None}
        rows.append(row | {"right": row["rank"] == 1})
    return rows


def rank(paths: list[str], pages: list[str]) -> int:
    """Where the first right page stands, from 1; 0 where it was not found."""
    return min((paths.index(p) + 1 for p in pages if p in paths), default=0)


def recall(ranks: list[int], first: int) -> float:
    return statistics.mean(0 < r <= first for r in ranks)


def report(rows: list[dict]) -> None:
    """Prints recall, honesty and speed, for the tuned part and for what was held back."""
    for name in PARTS:
        chosen = [r for r in rows if r["part"] == name]
        answerable, other = [r for r in chosen if r["pages"]], [r for r in chosen if not r["pages"]]
        ranks = [r["rank"] for r in answerable]
        answered = [r for r in answerable if r["sure"] >= ANSWER]
        silent = statistics.mean(r["sure"] < ANSWER for r in other)
        unknown = statistics.mean(r["sure"] < CLOSEST for r in other)
        precise = statistics.mean(r["right"] for r in answered) if answered else 0
        print(
            f"    {name:9} {len(answerable):3}+{len(other):2}  recall@1 {recall(ranks, 1):.2f} @3 {recall(ranks, 3):.2f} "
            f"@5 {recall(ranks, 5):.2f}, misspelt @1 {recall([r['slipped'] for r in answerable], 1):.2f}; answered "
            f"{len(answered) / len(answerable):.2f}, right when answered {precise:.2f}; unanswerable not answered {silent:.2f}, "
            f"“I don't know” {unknown:.2f}"
        )
    speed("    ", [r["took"] for r in rows])


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


def fit(rows: list[dict]) -> None:
    """Logistic regression (ridge 0.5, Newton steps) of "the first page is right" on the rows that are not held back."""
    used = [r for r in rows if r["features"] and r["part"] == PARTS[0]]
    x = np.array([[1.0, *r["features"]] for r in used])
    y = np.array([float(r["right"]) for r in used])
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        ridge = 0.5 * np.eye(len(w))
        ridge[0, 0] = 0
        w -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - y) + ridge @ w)
    print("  bias", round(float(w[0]), 2), "coefficients", tuple(round(float(c), 2) for c in w[1:]))


def misses(rows: list[dict]) -> None:
    for r in rows:
        if r["part"] == PARTS[0] and (not r["right"] if r["pages"] else r["sure"] >= CLOSEST):
            print(f"      {r['rank']:3} {r['sure']:.2f} {r['question']}  →  {', '.join(r['paths'])}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", default=os.environ.get("BELLHOP_BENCH_CORPUS", ""))
    parser.add_argument("--keep", type=Path)
    for flag in ("words", "misses", "fit", "scale"):
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
            library.close()
            report(rows)
            if told.misses:
                misses(rows)
            fitted.setdefault(way, []).extend(rows)
    if told.fit:
        for way, rows in fitted.items():
            print(way, end="")
            fit(rows)
    if told.folder:
        rivals(Path(told.folder), questions["public"], keep / "public", told.words)


if __name__ == "__main__":
    main()

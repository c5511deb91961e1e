"""How good and how fast the library's answers are: `python tests/library/bench.py [FOLDER] [--misses] [--fit]`.

Runs tests/library/questions.yaml over `knowledge/` and, with FOLDER (or BELLHOP_BENCH_CORPUS), over the public corpus. Every third
question is held back from fitting. --misses lists what went wrong, --fit prints coefficients for bot/library/confidence.py.
"""

from __future__ import annotations

import os
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
from bot.library.search import FolderLibrary, open_library  # noqa: E402

EVERYONE = frozenset({"everyone"})
QUESTIONS = Path(__file__).with_name("questions.yaml")


def start(name: str, folder: Path) -> FolderLibrary:
    """Opens the library twice, the second time from its cache, and prints how long each took."""
    took = []
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(2):
            began = time.perf_counter()
            library = open_library(folder, Path(cache))
            took.append(time.perf_counter() - began)
    began = time.perf_counter()
    library.refresh()
    look = (time.perf_counter() - began) * 1000
    print(f"{name:12} {library.size} articles: first start {took[0]:.2f} s, next {took[1]:.2f} s; a look for changes {look:.1f} ms")
    return library


def run(library: FolderLibrary, questions: dict) -> list[dict]:
    """One row a question: rank of its page, features, confidence, and whether the first page is right."""
    rows = []
    view = library.view(EVERYONE)
    asked = [(q, pages) for q, *pages in questions["answerable"]] + [(q, []) for q in questions["unanswerable"]]
    for number, (question, pages) in enumerate(asked):
        began = time.perf_counter()
        library.find(question, EVERYONE)
        took = time.perf_counter() - began
        hits = library.ranked(question, view).hits
        paths = [view.index.articles[h.article].path for h in hits]
        rank = min((paths.index(p) + 1 for p in pages if p in paths), default=0)
        row = {"question": question, "pages": pages, "paths": paths[:3], "rank": rank, "took": took, "held": number % 3 == 0}
        rows.append(row | {"features": features(hits) if hits else None, "sure": confidence(hits), "right": bool(pages) and rank == 1})
    return rows


def report(name: str, rows: list[dict]) -> None:
    """Prints recall and honesty, for all questions and for those held back."""
    for part, chosen in (("all", rows), ("held back", [r for r in rows if r["held"]])):
        answerable, other = [r for r in chosen if r["pages"]], [r for r in chosen if not r["pages"]]
        recall = {k: statistics.mean(0 < r["rank"] <= k for r in answerable) for k in (1, 3, 5, 10)}
        answered = [r for r in answerable if r["sure"] >= ANSWER]
        silent = statistics.mean(r["sure"] < ANSWER for r in other)
        unknown = statistics.mean(r["sure"] < CLOSEST for r in other)
        precise = statistics.mean(r["right"] for r in answered) if answered else 0
        print(
            f"{name:12} {part:10} n={len(chosen):3}  recall@1 {recall[1]:.2f} @3 {recall[3]:.2f} @5 {recall[5]:.2f} @10 {recall[10]:.2f}  "
            f"answered {len(answered) / len(answerable):.2f}, right when answered {precise:.2f}, "
            f"unanswerable not answered {silent:.2f} (of these “I don't know” {unknown / max(silent, 0.01):.2f})"
        )
    took = sorted(r["took"] * 1000 for r in rows)
    print(f"{name:12} search: median {statistics.median(took):.1f} ms, p95 {took[int(len(took) * 0.95)]:.1f} ms")


def fit(rows: list[dict]) -> None:
    """Logistic regression (ridge 0.5, Newton steps) of "the first page is right" on the rows that are not held back."""
    used = [r for r in rows if r["features"] and not r["held"]]
    x = np.array([[1.0, *r["features"]] for r in used])
    y = np.array([float(r["right"]) for r in used])
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        ridge = 0.5 * np.eye(len(w))
        ridge[0, 0] = 0
        w -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - y) + ridge @ w)
    print("BIAS =", round(w[0], 2), " COEFFICIENTS =", tuple(round(float(c), 2) for c in w[1:]))


def main() -> None:
    questions = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    corpus = os.environ.get("BELLHOP_BENCH_CORPUS", "")
    folders = [Path(a) for a in (*sys.argv[1:], corpus) if a and not a.startswith("-")]
    libraries = {"brightwater": ROOT / "knowledge"} | ({"public": folders[0]} if folders else {})
    rows: list[dict] = []
    for name, folder in libraries.items():
        library = start(name, folder)
        mine = run(library, questions[name])
        report(name, mine)
        rows += mine
        if "--misses" in sys.argv:
            for r in mine:
                if r["rank"] != 1 if r["pages"] else r["sure"] >= CLOSEST:
                    print(f"   {r['rank']:3} {r['sure']:.2f} {r['question']}  →  {', '.join(r['paths'])}")
    if "--fit" in sys.argv:
        fit(rows)


if __name__ == "__main__":
    main()

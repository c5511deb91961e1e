"""Sizes and habits of HOUSE.md."""

from __future__ import annotations

import io
import statistics
import tokenize

from tests.architecture.conftest import Module


def centile_95(values: list[int]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def test_functions(modules: list[Module]) -> None:
    """Lines from `def` to the end, docstring included."""
    sizes = {f"{m.where}:{f.name}": (f.end_lineno or f.lineno) - f.lineno + 1 for m in modules for f in m.functions}
    lengths = sorted(sizes.values())
    longest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    assert statistics.median(lengths) <= 9
    assert centile_95(lengths) <= 45, longest


def test_modules(modules: list[Module]) -> None:
    sizes = {m.where: len(m.source.splitlines()) for m in modules if m.source.strip()}
    longest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    assert statistics.median(sizes.values()) <= 120
    assert centile_95(sorted(sizes.values())) <= 350, longest
    assert longest[0][1] <= 500, longest


def test_comments_are_few(modules: list[Module]) -> None:
    """At most 5 % of lines that are not blank."""
    lines = comments = 0
    for module in modules:
        lines += sum(1 for line in module.source.splitlines() if line.strip())
        comments += sum(1 for t in tokenize.generate_tokens(io.StringIO(module.source).readline) if t.type == tokenize.COMMENT)
    assert 0 < comments / lines <= 0.05, f"{comments} comments in {lines} lines"


def test_every_function_is_annotated(modules: list[Module]) -> None:
    bare = [
        f"{m.where}:{f.lineno} {f.name}"
        for m in modules
        for f in m.functions
        if f.returns is None
        or any(a.annotation is None for a in [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs] if a.arg not in ("self", "cls"))
    ]
    assert bare == []

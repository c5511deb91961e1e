"""How well an understander understands: sets of utterances with what must come of them, and the marks. See docs/evaluate.md.

A set is YAML (or JSON) and says for each message who says it, which calls must be proposed, what must be asked, or what else it is.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import yaml

from bot.desk.ports import Context, Turn, Understander
from bot.domain.directory import Directory
from bot.domain.understanding import Intent, Understanding
from bot.errors import BadInput

TUNED, KEPT = "tuned", "kept back"
"""Parts of a set where it names none: every third utterance is kept back from tuning and only reported."""
MISSING = "missing"
Named = tuple[str, dict[str, Any]]
Asked = tuple[int, str, frozenset[str]]


@dataclass(frozen=True)
class Utterance:
    """A message and what must come of it: calls (with what must be asked), or one of these intents. `after` was said before it."""

    say: str
    speaker: str
    calls: tuple[Named, ...] = ()
    asks: frozenset[Asked] = frozenset()
    intents: tuple[str, ...] = ()
    kind: str = ""
    part: str = TUNED
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Set:
    """Utterances, the moment they are said at, and the folder of the company they are said in (None: whichever is given)."""

    name: str
    now: datetime
    utterances: tuple[Utterance, ...]
    company: Path | None = None


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_set(path: Path) -> Set:
    """The set in this file; BadInput says which utterance is not one."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("utterances"), list):
        raise BadInput(f"{path}: a set needs `utterances`, a list; see docs/evaluate.md.")
    try:
        now = _moment(data.get("now"))
    except ValueError:
        raise BadInput(f"{path}: `now` must be an ISO date and time, not {data['now']!r}.") from None
    rows = [_utterance(row, n, data, path) for n, row in enumerate(data["utterances"])]
    return Set(path.stem, now, tuple(rows), path.parent / data["company"] if data.get("company") else None)


def read_sets(path: Path) -> list[Set]:
    """The set in this file, or those of a folder."""
    files = sorted(p for p in path.iterdir() if p.suffix in (".yaml", ".yml", ".json")) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path} holds no set (*.yaml).")
    return [read_set(p) for p in files]


def _moment(given: Any) -> datetime:
    moment = given if isinstance(given, datetime) else datetime.fromisoformat(given) if given else datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _utterance(row: Any, number: int, data: Mapping[str, Any], path: Path) -> Utterance:
    domain = str(data.get("domain", ""))
    try:
        speaker = str(row.get("as") or data["speaker"])
        calls = tuple((action, _full(args or {}, domain)) for call in row.get("do", ()) for action, args in call.items())
        asks = frozenset((int(g[0]), str(g[1]), frozenset(_full(list(g[2:]), domain)) - {MISSING}) for g in row.get("ask", ()))
        intents = row.get("is") or ("clarify" if asks else "request")
        intents = tuple(Intent(i).value for i in ([intents] if isinstance(intents, str) else intents))
        return Utterance(
            say=row["say"],
            speaker=speaker if "@" in speaker else f"{speaker}@{domain}",
            calls=calls,
            asks=asks,
            intents=intents,
            kind=row.get("kind") or _kind(calls, asks, intents),
            part=row.get("part") or (KEPT if number % 3 == 2 and not row.get("seen") else TUNED),
            after=tuple(row.get("after", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInput(f"{path}: utterance {number + 1} is not one such as {{say, as, do: [{{action: {{}}}}]}}: {error!r}") from None


def _full(value: Any, domain: str) -> Any:
    """Values with "@local.part" written out as an address."""
    if isinstance(value, dict):
        return {k: _full(v, domain) for k, v in value.items()}
    if isinstance(value, list):
        return [_full(v, domain) for v in value]
    return f"{value[1:]}@{domain}" if isinstance(value, str) and value.startswith("@") else value


def _kind(calls: Sequence[Named], asks: Iterable[Asked], intents: Sequence[str]) -> str:
    if asks:
        return "to ask"
    if len({action for action, _ in calls}) > 1:
        return "compound"
    return calls[0][0].split(".")[0] if calls else "nothing to do" if {"none", "question"} & set(intents) else intents[0]


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class F1:
    """True and false positives and false negatives of labels that may repeat."""

    hits: int = 0
    extra: int = 0
    absent: int = 0

    def add(self, wanted: Counter[Any], got: Counter[Any]) -> None:
        """Counts what one utterance wanted against what it got."""
        both = (wanted & got).total()
        self.hits, self.extra, self.absent = self.hits + both, self.extra + got.total() - both, self.absent + wanted.total() - both

    @property
    def value(self) -> float:
        """The harmonic mean of precision and recall, 0–1; 1 where there was nothing to find and nothing was found."""
        seen = 2 * self.hits + self.extra + self.absent
        return 2 * self.hits / seen if seen else 1.0


@dataclass
class Score:
    """The marks over a part of a set."""

    total: int = 0
    exact: int = 0
    quiet: int = 0
    """Utterances that must propose nothing."""
    false_action: int = 0
    """Of these, the ones that proposed something."""
    open: int = 0
    """Utterances where something must be asked."""
    unasked: int = 0
    """Of these, the ones that proposed complete calls instead."""
    intents: F1 = field(default_factory=F1)
    arguments: F1 = field(default_factory=F1)
    questions: F1 = field(default_factory=F1)
    kinds: dict[str, list[int]] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, wanted: Utterance, got: Understanding, seconds: float = 0.0) -> bool:
        """Marks one utterance; whether it was understood exactly."""
        calls = [(c.action, {k: plain(v) for k, v in c.arguments.items()}) for c in got.calls]
        expected = [(a, {k: plain(v) for k, v in args.items()}) for a, args in wanted.calls]
        asked = {(g.call, g.argument, frozenset(g.choices)) for g in got.gaps}
        right = calls == expected and asked == wanted.asks and (bool(calls) or got.intent.value in wanted.intents)
        self.total += 1
        self.exact += right
        self.quiet += not expected
        self.false_action += not expected and bool(calls)
        self.open += bool(wanted.asks)
        self.unasked += bool(wanted.asks) and bool(calls) and not asked
        self.intents.add(_labels(expected, wanted.intents, got), Counter(a for a, _ in calls) or Counter([got.intent.value]))
        self.arguments.add(_triples(expected), _triples(calls))
        self.questions.add(Counter(wanted.asks), Counter(asked))
        self.seconds.append(seconds)
        tally = self.kinds.setdefault(wanted.kind, [0, 0])
        tally[0] += right
        tally[1] += 1
        if not right:
            self.missed.append(_difference(wanted, got))
        return right

    def marks(self) -> dict[str, float]:
        """Every mark by its name, 0–1, times in milliseconds."""
        times = [s * 1000 for s in self.seconds] or [0.0]
        return {
            "exact": self.exact / max(self.total, 1),
            "intent_f1": self.intents.value,
            "argument_f1": self.arguments.value,
            "false_action": self.false_action / max(self.quiet, 1),
            "acted_without_asking": self.unasked / max(self.open, 1),
            "clarification_f1": self.questions.value,
            "median_ms": median(times),
            "p95_ms": quantiles(times, n=20)[-1] if len(times) > 1 else times[0],
        }


def plain(value: Any) -> Any:
    """A value as it is compared: without case, outer punctuation or a particular way to compose its letters."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).casefold().strip(" .!。")
    return [plain(v) for v in value] if isinstance(value, list | tuple) else value


def _labels(expected: Sequence[Named], intents: Sequence[str], got: Understanding) -> Counter[str]:
    if expected:
        return Counter(a for a, _ in expected)
    return Counter([got.intent.value if got.intent.value in intents and not got.calls else intents[0]])


def _triples(calls: Sequence[Named]) -> Counter[tuple[str, str, str]]:
    return Counter((action, name, repr(value)) for action, arguments in calls for name, value in arguments.items())


def _difference(wanted: Utterance, got: Understanding) -> str:
    gaps = [(g.call, g.argument, g.choices) for g in got.gaps]
    wants = f"{'/'.join(wanted.intents)} {list(wanted.calls)} {sorted((n, a, sorted(c)) for n, a, c in wanted.asks) or ''}"
    gave = f"{got.intent.value} {[(c.action, c.arguments) for c in got.calls]} {gaps or ''} {got.because}"
    return f"{wanted.say!r}\n      wanted {wants}\n      got    {gave}"


# ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def score(understander: Understander, given: Set, directory: Directory) -> dict[str, Score]:
    """The marks of an understander over a set, by part."""
    parts: dict[str, Score] = {}
    for wanted in given.utterances:
        person = directory.person(wanted.speaker)
        context = await _thread(understander, wanted, directory, given.now)
        begin = perf_counter()
        got = await understander.understand(wanted.say, person, directory, given.now, context)
        parts.setdefault(wanted.part, Score()).add(wanted, got, perf_counter() - begin)
    return parts


async def _thread(understander: Understander, wanted: Utterance, directory: Directory, now: datetime) -> Context:
    """What the desk would know of the thread after the earlier lines."""
    context = Context()
    for line in wanted.after:
        found = await understander.understand(line, directory.person(wanted.speaker), directory, now, context)
        draft = found if found.gaps else None if found.calls else context.draft
        last = found.calls if found.calls and not found.gaps else context.last
        context = Context(turns=(*context.turns, Turn(wanted.speaker, line)), draft=draft, last=last)
    return context


def table(name: str, parts: Mapping[str, Score]) -> str:
    """The marks for reading."""
    lines = [name]
    for part, one in parts.items():
        marks = one.marks()
        lines += [
            f"  {part}: {one.exact} of {one.total} exact ({marks['exact']:.3f})",
            f"    intent F1 {marks['intent_f1']:.3f} · argument F1 {marks['argument_f1']:.3f} · "
            f"clarification F1 {marks['clarification_f1']:.3f}",
            f"    false actions {one.false_action} of {one.quiet} ({marks['false_action']:.1%}) · "
            f"acted without asking {one.unasked} of {one.open} ({marks['acted_without_asking']:.1%})",
            f"    median {marks['median_ms']:.1f} ms, p95 {marks['p95_ms']:.1f} ms",
            "    " + " · ".join(f"{kind} {right}/{of}" for kind, (right, of) in sorted(one.kinds.items())),
        ]
    return "\n".join(lines)


def report(name: str, parts: Mapping[str, Score]) -> dict[str, Any]:
    """The marks for machines: `{set, parts: {part: {total, kinds, …marks}}}`; kinds are [exact, of]."""
    return {"set": name, "parts": {p: {"total": s.total, **s.marks(), "kinds": s.kinds} for p, s in parts.items()}}

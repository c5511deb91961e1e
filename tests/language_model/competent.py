"""A stand-in for a good model: it answers each message of a set with the tool calls that the set expects, its words copied from the
message. What is then not understood exactly is lost by our own code, not by the model. It knows no ids: people and things are given as
they were said, and where the message does not say them in any way that can be found, by their full names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web
from endpoint import called, spoken
from rapidfuzz.distance import OSA

from bot.desk.registry import Registry
from bot.domain.calls import Argument, Kind
from bot.domain.directory import Directory
from bot.language.evaluate import Set, Utterance
from bot.language.phrases.text import fold

_FENCED = re.compile(r"<(data-[0-9a-f]+)>\n(.*?)\n</\1>", re.DOTALL)
_HIDDEN = re.compile(r"\b(?:EMAIL|PHONE)_\d+\b")
_WORD = re.compile(r"[A-Za-zÀ-ɏЀ-ӿ0-9](?:[A-Za-zÀ-ɏЀ-ӿ0-9'’@.+\-&]*[A-Za-zÀ-ɏЀ-ӿ0-9])?|[぀-ヿ一-鿿]+")
_OTHERS = {"question": "answer_question", "status": "ticket_state", "human": "talk_to_human"}


class Competent:
    """Answers what is asked of it about the messages of one set; anything else it refuses, so that phrases read it."""

    def __init__(
        self,
        given: Set,
        directory: Directory,
        registry: Registry,
        answers: Mapping[str, Sequence[Any]] | None = None,
        tidy: bool = False,
        eager: bool = False,
    ) -> None:
        self.eager = eager
        """Whether it proposes something even where nothing is asked for: what the message names is taken away or reset."""
        self.tidy = tidy
        """Whether it gives every name in full, as the directory has it, whatever was said."""
        self.given = given
        self.utterances = {u.say: u for u in given.utterances}
        self.earlier = {" ".join(_bare(line)) for u in given.utterances for line in u.after}
        self.directory = directory
        self.registry = registry
        self.answers = answers or {}
        """Tool calls written by hand, by message."""
        self.missing: list[str] = []
        """Tools that would have been called and were not offered."""

    async def __call__(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response(self.answer(asked))

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The completion for one request."""
        shown = _FENCED.findall(asked["messages"][1]["content"])[-1][1]
        wanted = self._meant(shown)
        if wanted is None:
            return spoken("", refusal="I know nothing of this.")
        if self.answers.get(wanted.say) and not self.tidy and not (self.eager and not wanted.calls):
            calls = [(name.replace(".", "-"), dict(args)) for call in self.answers[wanted.say] for name, args in call.items()]
        else:
            calls = self.calls(wanted, shown)
        offered = {t["function"]["name"] for t in asked["tools"]}
        self.missing += [f"{name}: {wanted.say}" for name, _ in calls if name not in offered]
        return called(*((n, _unset(a)) for n, a in calls))

    def _meant(self, shown: str) -> Utterance | None:
        """The message of which this is all or, where a part was quoted or forwarded, some."""
        words = _bare(shown)
        same = [u for u in self.utterances.values() if _bare(u.say) == words]
        part = [u for u in self.utterances.values() if set(words) <= set(_bare(u.say)) and len(words) * 4 > len(_bare(u.say))]
        return next(iter(same or ([] if " ".join(words) in self.earlier else part)), None)

    # ── from what is expected to what a model would say ──────────────────────────────────────────────────────────────

    def calls(self, wanted: Utterance, shown: str) -> list[tuple[str, dict[str, Any]]]:
        """The tool calls of a model that reads the message as the set means it."""
        if not wanted.calls and self.eager:
            return self._eagerly(shown)
        if not wanted.calls:
            intent = wanted.intents[0]
            return [(_OTHERS[intent], {})] if intent in _OTHERS else [("nothing", {"why": "other"})]
        made = []
        for number, (action, arguments) in enumerate(wanted.calls):
            if action == "ticket.status":
                made.append(("ticket_state", dict(arguments)))
                continue
            declared = self.registry.action(action).declared
            open_ = {a: sorted(choices) for n, a, choices in wanted.asks if n == number and choices}
            said = {n: self._said(declared[n], v, wanted) for n, v in arguments.items()}
            said |= {n: self._unsettled(declared[n], c, wanted) for n, c in open_.items()}
            made.append((action.replace(".", "-"), {"quote": shown.strip()[:600], **said}))
        return made

    def _eagerly(self, shown: str) -> list[tuple[str, dict[str, Any]]]:
        whole = shown.strip()[:600]
        whom = next((p.name for p in self.directory.people.values() if self._best([p.first_name, p.name], [shown])), "me")
        what = next((s.name for s in self.directory.systems.values() if self._best([s.name, *s.aliases], [shown])), "")
        if what:
            return [("access-revoke", {"quote": whole, "person": whom, "system": what})]
        return [("password-reset", {"quote": whole, "person": whom})]

    def _said(self, argument: Argument, value: Any, wanted: Utterance) -> Any:
        if isinstance(value, list):
            return [self._said(argument, v, wanted) for v in value]
        match argument.kind:
            case Kind.PERSON:
                return self.person(value, wanted)
            case Kind.SYSTEM | Kind.GROUP:
                return self._thing(value, wanted)
        return value

    def _unsettled(self, argument: Argument, choices: Sequence[str], wanted: Utterance) -> str:
        """The words that fit all the choices: those that two of them share, or what names the first."""
        texts = [wanted.say, *reversed(wanted.after)]
        for text in texts:
            runs = [r for r in _runs(text) if all(any(_alike(r, n) > 0.79 for n in self._names(argument, c)) for c in choices)]
            if runs:
                return max(runs, key=lambda r: (sum(max(_alike(r, n) for n in self._names(argument, c)) for c in choices), len(r)))
        return str(self._said(argument, choices[0], wanted))

    def _names(self, argument: Argument, value: str) -> list[str]:
        if argument.kind is Kind.PERSON:
            return self._wordings(value)
        system = self.directory.systems.get(value)
        names = [system.name, *system.aliases] if system else []
        return [value, *names, *(w for n in (value.replace("-", " "), *names) for w in n.split() if len(w) > 2)]

    def person(self, value: str, wanted: Utterance) -> str:
        """How the message names this person."""
        if value not in self.directory.people:
            return value
        if self.tidy and value != wanted.speaker:
            return self.directory.people[value].name
        found = self._best(self._wordings(value), [wanted.say])
        if found:
            return found
        if value == wanted.speaker:
            return "me"
        speaker = self.directory.people[wanted.speaker]
        if speaker.manager == value and re.search(r"\b(?:manager|boss)\b", wanted.say):
            return "my manager"
        return self._best(self._wordings(value), wanted.after) or self.directory.people[value].name

    def _wordings(self, value: str) -> list[str]:
        person = self.directory.people[value]
        return [person.email, person.name, person.first_name, person.name.split()[-1], *getattr(person, "aliases", ())]

    def _thing(self, value: str, wanted: Utterance) -> str:
        system = self.directory.systems.get(value)
        names = [value, value.replace("-", " "), *((system.name, *system.aliases) if system else ())]
        if self.tidy:
            return system.name if system else value
        return self._best(names, [wanted.say, *reversed(wanted.after)]) or names[-1]

    @staticmethod
    def _best(names: Iterable[str], texts: Iterable[str]) -> str:
        """The words of the first text that has any which are most like one of the names."""
        for text in texts:
            scored = [(_alike(run, name), len(run), run) for run in _runs(text) for name in names]
            best = max(scored, default=(0.0, 0, ""))
            if best[0] > 0.79:
                return best[2]
        return ""


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", _HIDDEN.sub(" ", re.sub(r"\S+@\S+|\+\d[\d ]+", " ", text)).casefold())


def _runs(text: str) -> list[str]:
    """Up to four words in a row, as they are written, without a possessive."""
    places = [(m.start(), m.end()) for m in _WORD.finditer(text)]
    runs = [text[a:b] for n, (a, _) in enumerate(places) for _, b in places[n : n + 4]]
    return [re.sub(r"['’]s?$", "", r) for r in runs]


def _alike(said: str, name: str) -> float:
    """1 for the same letters, above 0.79 for a slip, longer names a little ahead of shorter."""
    one, other = fold(said), fold(name)
    if one == other:
        return 1.0 + len(other) / 1000
    if min(len(one), len(other)) < 4 or one[0] != other[0]:
        return 0.0
    return OSA.normalized_similarity(one, other) * 0.99


def _unset(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in arguments.items() if v not in (None, "", [])}

"""A clause's names, dates and words put into the arguments of an action, by the kind and the public name each argument declares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, product
from typing import Any, get_args

from bot.domain.calls import Argument, Call, Kind
from bot.language.phrases import things
from bot.language.phrases.described import stranger
from bot.language.phrases.levels import level_of, runs_of
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.passages import Passage
from bot.language.phrases.rank import Profile
from bot.language.phrases.roles import NAMED, Material, outside_reason, persons
from bot.language.phrases.text import fold, tokens
from bot.language.phrases.tickets import ticket, ticket_before, tickets
from bot.language.phrases.who import NOBODY, SELF


@dataclass
class Filled:
    """One call in the making, and what is still to ask: argument → (choices, words said)."""

    action: str
    arguments: dict[str, Any]
    asks: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    @property
    def call(self) -> Call:
        return Call(action=self.action, arguments=self.arguments)


def fill(profile: Profile, material: Material) -> list[Filled]:
    """One call per person and system meant, in the order they were named."""
    arguments = list(profile.action.declared.values())
    single: dict[str, Any] = {}
    people = persons(profile, material)
    named = _named(profile, material)
    _dates(arguments, material, single)
    for argument in arguments:
        value = _plain(profile, argument, material)
        if isinstance(value, list) and argument.kind is Kind.TEXT and any(profile.arguments(k) for k in (Kind.SYSTEM,)):
            value = [v for v in value if not material.passage.lexicon.systems.find(tuple(t.text for t in tokens(v)))] or None
        if value is not None:
            single[argument.name] = value
    return _per_ticket(profile, material, _multiply(profile, material, single, people | named))


def _per_ticket(profile: Profile, material: Material, made: Sequence[Filled]) -> list[Filled]:
    """ "Close BH-1001 and BH-1002": the same for every ticket of a list."""
    name = next((a.name for a in profile.arguments(Kind.TICKET)), "")
    ids = tickets(material.passage.folded) if name else []
    if len(ids) < 2:
        return [*made]
    return [replace(f, arguments=f.arguments | {name: one}) for f in made for one in ids]


def _multiply(profile: Profile, material: Material, single: Mapping[str, Any], found: Mapping[str, list[Mention]]) -> list[Filled]:
    arguments = profile.action.declared
    spread = [name for name in arguments if found.get(name) and not arguments[name].many]
    made: list[Filled] = []
    for combination in _paired(profile, material, spread) or product(*(found[name] for name in spread)):
        filled = Filled(profile.action.name, dict(single))
        for name, mention in zip(spread, combination, strict=True):
            _put(filled, profile, arguments[name], mention)
        for name in (n for n in arguments if found.get(n) and arguments[n].many):
            filled.arguments[name] = list(dict.fromkeys(m.values[0] for m in found[name] if len(m.values) == 1))
        _own_level(filled, profile, material)
        _own_moment(filled, profile, material)
        _ask_other(filled, profile)
        _ask_missing(filled, profile, material)
        if filled.arguments or filled.asks:
            filled.arguments = {n: filled.arguments[n] for n in arguments if n in filled.arguments}
            made.append(filled)
    return [f for n, f in enumerate(made) if f not in made[:n]]


def _put(filled: Filled, profile: Profile, argument: Argument, mention: Mention) -> None:
    if len(mention.values) == 1:
        filled.arguments[argument.name] = mention.values[0]
    elif not mention.values and "@" in mention.said and argument.name != profile.action.subject:
        filled.arguments[argument.name] = mention.said
    elif mention.role != NOBODY or argument.required:
        filled.asks[argument.name] = (mention.values, mention.said if mention.role not in (NOBODY, "pronoun") or mention.values else "")


def _paired(profile: Profile, material: Material, spread: Sequence[str]) -> list[tuple[Mention, ...]]:
    """ "Figma to Joy, Miro to Wei": names that come by turns belong together two by two."""
    kinds = [profile.action.declared[name].kind for name in spread]
    if len(kinds) != 2 or Kind.PERSON not in kinds or not set(kinds) & NAMED:
        return []
    said = [m for m in outside_reason(material.passage) if m.kind in kinds and not m.weak and m.role in ("", SELF, "pronoun")]
    turns = [list(group) for _, group in groupby(said, key=lambda m: m.kind)]
    near = all(b[0].first - a[-1].last <= 3 for a, b in zip(turns[::2], turns[1::2], strict=False))
    if len(turns) < 4 or len(turns) % 2 or not near:
        return []
    pairs = ((a, b) for one, other in zip(turns[::2], turns[1::2], strict=True) for a in one for b in other)
    return [(a, b) if a.kind is kinds[0] else (b, a) for a, b in pairs]


def _own_moment(filled: Filled, profile: Profile, material: Material) -> None:
    """ "Zoom until Friday and Trello for a month": an end that is said of one system alone."""
    runs = runs_of(material.passage)
    ends = [m for m in material.moments if m.value and (m.lasting or _first_word(m.cue) in ("until", "till", "til", "through", "to"))]
    if len(runs) < 2 or len(ends) < 2 or not {"until", "duration"} <= profile.action.declared.keys():
        return
    starts = [material.passage.words[r[0].first].start for r in runs]
    systems = [filled.arguments.get(a.name) for a in profile.arguments(Kind.SYSTEM)]
    at = next((n for n, r in enumerate(runs) if any(m.values[:1] == (s,) for m in r for s in systems)), None)
    if at is None or ends[0].start > starts[-1]:
        return
    until = starts[at + 1] if at + 1 < len(starts) else len(material.passage.folded)
    own = next((m for m in ends if starts[at] < m.start < until), None)
    filled.arguments.pop("until", None)
    filled.arguments.pop("duration", None)
    if own:
        filled.arguments["duration" if own.lasting else "until"] = own.value


def _own_level(filled: Filled, profile: Profile, material: Material) -> None:
    """ "Figma and Grafana, viewer on Grafana", "editor for Joy, viewer for Tom": a level that is said of one system or person alone."""
    declared = profile.action.declared.get("level")
    named = [filled.arguments.get(a.name) for k in (Kind.PERSON, Kind.SYSTEM) for a in profile.arguments(k)]
    own = [level_of(material.passage, declared.choices, n) for n in named if isinstance(n, str)] if declared else []
    if any(own):
        filled.arguments["level"] = next(filter(None, own))


def _ask_other(filled: Filled, profile: Profile) -> None:
    """Nobody's mail goes to themselves: of two parts that one person would play, all but the action's own is open."""
    people = [a.name for a in profile.arguments(Kind.PERSON) if a.name in filled.arguments and not a.many]
    own = profile.action.subject if profile.action.subject in people else next(iter(people), "")
    for name in people:
        if name != own and filled.arguments[name] == filled.arguments[own]:
            del filled.arguments[name]
            if profile.action.declared[name].required:
                filled.asks[name] = ((), "")


def _ask_missing(filled: Filled, profile: Profile, material: Material) -> None:
    """Required arguments that nothing was said about; and whom it is about, where nothing at all says so."""
    for argument in profile.action.declared.values():
        if argument.required and argument.name not in filled.arguments and argument.name not in filled.asks:
            filled.asks[argument.name] = ((), "")
    _ask_stranger(filled, profile, material)
    _ask_end(filled, profile, material)
    _ask_start(filled, profile, material)
    subject = profile.action.declared.get(profile.action.subject)
    about = [a.name for a in profile.action.declared.values() if a.required or a.kind in (Kind.PERSON, Kind.DEVICE, Kind.SYSTEM)]
    if subject and subject.kind in (Kind.PERSON, Kind.DEVICE) and not any(n in filled.arguments or n in filled.asks for n in about):
        filled.asks[subject.name] = ((), "")


def _ask_stranger(filled: Filled, profile: Profile, material: Material) -> None:
    """Whom nobody knows that was spoken of ("move her meetings to Anna", "… to my best friend"): left out, somebody else would get them."""
    open_ = [a.name for a in profile.arguments(Kind.PERSON) if a.name not in (*filled.arguments, *filled.asks) and profile.uses[a.name]]
    said = stranger(material.passage, material.moments) if len(open_) == 1 and open_[0] != profile.action.subject else ""
    if said:
        filled.asks[open_[0]] = ((), said)


def _ask_start(filled: Filled, profile: Profile, material: Material) -> None:
    """A beginning that was said but that nobody can look up: without it "when the audit is over" would be at once."""
    said = [material.passage.raw[m.start : m.end].strip() for m in material.moments if m.cue == "when" and not m.value]
    name = next((n for n in ("when", "last_day") if n in profile.action.declared), "")
    if said and name and name not in filled.arguments:
        filled.asks[name] = ((), said[0])


def _ask_end(filled: Filled, profile: Profile, material: Material) -> None:
    """An end that was said but that nobody can look up: without it "until she is back" would last for ever."""
    said = next((material.passage.raw[m.start : m.end].strip() for m in material.moments if m.cue == "until" and not m.value), "")
    if said and "until" in profile.action.declared and not {"until", "duration"} & filled.arguments.keys():
        filled.asks["until"] = ((), said)


# ── systems, groups, devices ─────────────────────────────────────────────────────────────────────────────────────────


def _named(profile: Profile, material: Material) -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for kind in NAMED:
        arguments = profile.arguments(kind)
        if not arguments:
            continue
        told = [m for m in outside_reason(material.passage) if m.kind is kind]
        said = told if any(not m.weak for m in told) else [m for m in material.passage.mentions if m.kind is kind]
        strong = [m for m in said if not m.weak or _meant(profile, kind, m, material.passage)]
        if not strong and (material.implied or ((arguments[0].required or kind is Kind.DEVICE) and IT.search(material.passage.folded))):
            strong = [m for m in material.it if m.kind is kind]
        if arguments[0].required:
            strong = strong or _partly(kind, material.passage)
            before = [] if strong else _before(kind, material.passage)
            strong = (
                strong or (said if before else []) or before
            )  # an ordinary word that is also a name, rather than what was named elsewhere
        if strong:
            found[arguments[0].name] = _distinct(strong)
    return found


def _before(kind: Kind, passage: Passage) -> list[Mention]:
    """ "Tableau is full. Reclaim Leo's licence": what is named just before, where it is the only one of its kind."""
    if not (any(m.kind is Kind.PERSON for m in passage.mentions) or IT.search(passage.folded)):
        return []
    told = _distinct([m for m in passage.before if m.kind is kind and not m.weak])
    return told if len(told) == 1 and len(told[0].values) == 1 else []


def _distinct(mentions: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in mentions:
        if all(m.values != mention.values for m in kept):
            kept.append(mention)
    return kept


def _meant(profile: Profile, kind: Kind, mention: Mention, passage: Passage) -> bool:
    """Whether an ordinary word is meant as the name of a system or group here."""
    words = passage.words
    before = words[mention.first - 1].text if mention.first else "^"
    after = words[mention.last].text if mention.last < len(words) else ""
    if kind is Kind.GROUP:
        lead = before in ("to", "from", "in", "into", "of", "group", "list", "the", "and", "on", "join", "off")
        return after in _GROUPISH or (profile.required(kind) and lead)
    lead = before in (
        "to",
        "from",
        "in",
        "into",
        "of",
        "on",
        "off",
        "for",
        "with",
        "and",
        "'s",
        "his",
        "her",
        "their",
        "my",
        "the",
        "needs",
        "need",
        "disable",
        "deactivate",
        "&",
    )
    lead = lead or passage.folded[: words[mention.first].start].rstrip().endswith((",", "+", "/"))
    return (profile.required(kind) or any(a.many for a in profile.arguments(kind))) and (
        lead or after in ("access", "account", "seat", "licence", "license", "login")
    )


IT = re.compile(r"\b(?:it|both(?=[\s.!?;,]*$)|that|them|those|the same|(?<!hi )(?<!hello )(?<!is )(?<!are )there(?!'s| is| are))\b")
_GROUPISH = ("group", "list", "team", "groups", "dl", "distribution", "mailing", "channel", "membership", "members")


def _partly(kind: Kind, passage: Passage) -> list[Mention]:
    taken = {n for m in passage.mentions for n in range(m.first, m.last)}
    lead = (
        "to",
        "from",
        "in",
        "into",
        "of",
        "on",
        "off",
        "'s",
        "his",
        "her",
        "their",
        "my",
        "the",
        "a",
        "an",
        "needs",
        "need",
        "and",
        "for",
        "out",
        "get",
        "have",
        "disable",
        "some",
    )
    found = []
    for n, word in enumerate(passage.words):
        before = passage.words[n - 1].text if n else "^"
        leads = before in lead or ((n == 0 or n - 1 in taken) and passage.lexicon.hints_at_system(word.text))
        if n in taken or not leads or (word.text,) in passage.wording.phrases:
            continue
        mention = passage.lexicon.partial(kind, passage.words, n)
        if mention:
            found.append(mention)
    return found


# ── dates and plain arguments ────────────────────────────────────────────────────────────────────────────────────────


def _dates(arguments: Sequence[Argument], material: Material, into: dict[str, Any]) -> None:
    days = [m for m in material.moments if not m.lasting and m.value]
    lasting = next((m for m in material.moments if m.lasting), None)
    duration = next((a for a in arguments if a.kind is Kind.DURATION), None)
    if lasting and duration:
        into[duration.name] = lasting.value
    wanted = [a for a in arguments if a.kind is Kind.DATE]
    if lasting and not duration and any(a.name == "until" for a in wanted):
        into["until"] = lasting.ends
        wanted = [a for a in wanted if a.name != "until"]
    cues = material.passage.wording.data["cues"]
    left = list(wanted)
    for moment in days:
        fitting = next((a for a in left if _first_word(moment.cue) in {c.split()[0] for c in cues.get(a.name, ())}), None)
        bare = (
            next((a for a in left if a.name not in ("until",)), None)
            if moment.cue in ("", "in", "of", "for", "after", "since", "before", "by", "at")
            else None
        )
        chosen = fitting or bare
        if chosen:
            into[chosen.name] = moment.value
            left.remove(chosen)


def _first_word(cue: str) -> str:
    return cue.split(maxsplit=1)[0] if cue else "-"


def _plain(profile: Profile, argument: Argument, material: Material) -> Any:
    passage = material.passage
    if argument.kind is Kind.TICKET:
        start = len(passage.folded) - len(passage.folded.lstrip())
        return ticket(passage.folded) or (ticket_before(fold(passage.whole), start) if IT.search(passage.folded) else None)
    if argument.kind not in (Kind.TEXT, Kind.CHOICE, Kind.ADDRESS):
        return None
    field_ = next((f for n, f in profile.action.arguments.model_fields.items() if (f.alias or n) == argument.name), None)
    if field_ and _truth(field_.annotation):
        return True if re.search(rf"\b{argument.name.replace('_', ' ')}\b", fold(passage.whole or passage.raw)) else None
    finder = things.BY_NAME.get("ship_to" if argument.kind is Kind.ADDRESS else argument.name)
    if finder:
        value = finder(passage, argument.choices)
        return value if not argument.many or isinstance(value, list) or value is None else [value]
    if argument.kind is Kind.CHOICE:
        return next((c for c in argument.choices if re.search(rf"\b{re.escape(c.casefold())}\b", passage.folded)), None)
    return things.spelled(passage, argument.name)


def _truth(annotation: Any) -> bool:
    """Whether an annotation is that of something said or not said."""
    return annotation is bool or any(_truth(a) for a in get_args(annotation))

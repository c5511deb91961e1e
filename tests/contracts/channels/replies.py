"""Replies of every kind, and what whoever reads them must find in them, whatever the channel. Taken from the reply itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.approvals import ApprovalState
from bot.domain.markup import plain
from bot.domain.messages import (
    Answer,
    ApprovalCard,
    ApprovalView,
    Brief,
    Button,
    Choice,
    Citation,
    Field_,
    Form,
    PlanCard,
    Reply,
    Said,
    Status,
    StepView,
    Style,
    Text,
)
from bot.domain.plans import PlanState
from bot.domain.tickets import TicketStatus

PRINT = "ab12cd34ef56" + "7890" * 13
PRINTED = "ab12 cd34 ef56"
HIDDEN = "zz9hidden"
"""Stands in every id and value that is nobody's to read."""
NEVER_RAN = ("refused", "declined", "lapsed", "cancelled")

MARKED_UP = """Your microphone is **probably** muted, *or* `mic-service` stopped. See [the portal](https://intranet.example/mic).

## What to do

1. Open **Settings**
2. Choose Privacy
   - then Microphone

- either this
- or that

> Quoted by somebody

```
net start mic-service
```

| Room | Phone |
|---|---|
| Atrium | 4711 |
"""


def button(verb: str, label: str, **more: Any) -> Button:
    return Button(verb=verb, ref=f"{HIDDEN}-{verb}", label=label, **more)


HELPED = (button("helpful", "This helped"), button("unhelpful", "Not what I need"), button("human", "Talk to a human"))
CITED = (
    Citation(title="Microphone in Teams", path="meetings/mic.md", section="On Windows", quote="Turn it on.", note="Reviewed 14 months ago"),
    Citation(title="Headsets we lend", path="devices/headsets.md", url="https://intranet.example/headsets"),
)


def steps(state: str) -> tuple[StepView, ...]:
    """Steps as they stand in a plan of this state."""
    ran = {"running": ("done", "running", "with a human", "waiting"), "stopped": ("done", "failed", "waiting", "waiting")}
    ended = {"done": "done", "undone": "undone", "undoing": "undone"}.get(state, "waiting")
    at = ran.get(state) or (ended, "already so" if ended == "done" else ended, ended, ended)
    return (
        StepView(
            number=1,
            sentence="Hand 4 customer meetings of John Smith to Rosa Delgado",
            before="4 meetings with John Smith",
            after="4 meetings with Rosa Delgado",
            because="Customers must not find an empty room.",
            rule="calendar-handover",
            vendor="demo",
            state=at[0],
            said="Four meetings were handed over." if at[0] == "done" else "",
            undoable=True,
        ),
        StepView(
            number=2,
            sentence="Remove John Smith's access to Salesforce",
            before="member",
            after="none",
            vendor="demo",
            state=at[1],
            said="The vendor refused twice." if at[1] == "failed" else "",
            undoable=True,
        ),
        StepView(number=3, sentence="Collect the badge at the front desk", vendor="human", state=at[2]),
        StepView(number=4, sentence="Ship a laptop to Leeds", after="a ThinkPad in Leeds", vendor="demo", state=at[3]),
    )


def plan(state: str, **more: Any) -> PlanCard:
    settled = state not in ("proposed", "waiting for approval", "waiting for proof")
    return PlanCard(
        **{
            "plan": f"{HIDDEN}-plan",
            "ticket": "BH-4711",
            "title": "Remove John Smith's access to Salesforce",
            "state": state,
            "note": "Sam Okafor wanted it by Friday.",
            "steps": steps(state),
            "approvals": (
                ApprovalView(
                    kind="the manager",
                    who=("Alice Brandt",),
                    state="approved" if settled else "open",
                    decided="Alice Brandt approved this: he has left the team" if settled else "",
                    because=("Managers know who needs what.",),
                ),
                ApprovalView(kind="the owner of Salesforce", who=("Rosa Delgado", "Niels Jensen"), state="open", because=()),
            ),
            "fingerprint": PRINT,
            "buttons": () if settled else (button("cancel", "Cancel request", confirm="Cancel the whole plan?"),),
            **more,
        }
    )


DECIDED = {
    "approved": "Priya Nair approved this",
    "declined": "Priya Nair declined this: he is still under notice",
    "lapsed": "It lapsed without an answer",
    "cancelled": "It is no longer needed",
}
ANSWERS = (button("approve", "Approve", style=Style.PRIMARY), button("decline", "Decline", style=Style.DANGER, ask_reason="required"))


def approval(state: str, **more: Any) -> ApprovalCard:
    return ApprovalCard(
        **{
            "approval": f"{HIDDEN}-approval",
            "plan": f"{HIDDEN}-plan",
            "ticket": "BH-4711",
            "title": "Remove John Smith's access to Salesforce",
            "asked_by": "Sam Okafor",
            "said": "please take John off Salesforce, he left on Friday",
            "state": state,
            "decided": DECIDED.get(state, ""),
            "steps": steps("waiting for approval"),
            "who": ("Priya Nair", "Ivan Petrov"),
            "because": ("Removing access needs the help desk's consent.", "Salesforce holds customer data."),
            "expires": datetime.now(UTC) + timedelta(hours=72, minutes=1),
            "fingerprint": PRINT,
            "buttons": ANSWERS if state == "open" else (),
            **more,
        }
    )


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(value=f"{HIDDEN}-{n}", label=f"Option {n:03}") for n in range(count))


JOHNS = (
    Choice(value="john.smith@brightwater.example", label="John Smith", detail="Account Executive, Sales"),
    Choice(value="john.carter@brightwater.example", label="John Carter", detail="Software Engineer"),
    Choice(value="john.abara@brightwater.example", label="John Abara", detail="Contractor, Finance"),
)


def form(*fields: Field_, **more: Any) -> Form:
    title = fields[0].label if len(fields) == 1 else "A few details first"
    return Form(
        **{"id": f"{HIDDEN}-form", "title": title, "fields": fields, "submit": "Choose" if len(fields) == 1 else "Continue", **more}
    )


def pick(count: int = 3) -> Form:
    """One question with few, many or too many answers."""
    return form(Field_(name="q1", label="Which “John” do you mean?", kind="person", choices=JOHNS if count == 3 else choices(count)))


SIZES = (Choice(value="s", label="Small"), Choice(value="m", label="Medium"), Choice(value="l", label="Large"))
FIELDS = (
    Field_(name="who", label="Who is it about?", kind="person"),
    Field_(name="team", label="Who else?", kind="person", many=True),
    Field_(name="size", label="Which size?", kind="choice", choices=SIZES),
    Field_(name="parts", label="Which parts?", kind="choice", many=True, choices=choices(4)),
    Field_(name="day", label="Last day?", kind="date"),
    Field_(name="count", label="How many?", kind="number"),
    Field_(name="why", label="Why is that?", kind="long", help="A sentence is enough."),
    Field_(name="tags", label="Which words?", kind="text", many=True),
    Field_(name="length", label="For how long?", kind="duration", required=False, help="For example P14D for two weeks"),
)


def details(**more: Any) -> Form:
    """One of every kind of question but files."""
    return form(*FIELDS, text="Then I can make a plan.", **more)


def wrong() -> Form:
    """A form that came back, with what was wrong and what was filled in."""
    return form(
        Field_(name="day", label="Last day?", kind="date", value="2026-12-01", error="That day is a Sunday."),
        Field_(name="size", label="Which size?", kind="choice", choices=SIZES, value="m"),
        Field_(name="parts", label="Which parts?", kind="choice", many=True, choices=choices(4), value=[f"{HIDDEN}-1", f"{HIDDEN}-2"]),
        Field_(name="why", label="Why is that?", kind="long", value="because", error="A little more, please."),
    )


DOCUMENT = form(Field_(name="document", label="Photo of the ID", kind="file", help="Front side only."), title="Please show your ID")
SETTLED = details(settled="John Smith, Medium, 1 December", buttons=())


def brief(status: str) -> Brief:
    ended = status in ("resolved", "closed")
    return Brief(
        ticket="BH-4711",
        title="Remove John's access",
        requester="Sam Okafor",
        status=status,
        text="please take John off Salesforce, he left on Friday",
        lines=("Taken by Priya Nair", "What you write here goes to Sam."),
        buttons=() if ended else (button("take", "Take it"), button("resolve", "Resolve", ask_reason="optional")),
    )


ONE_OF_EACH: dict[str, Reply] = {
    "text": Text(text=MARKED_UP, buttons=(button("human", "Talk to a human"),)),
    "answer": Answer(text=MARKED_UP, citations=CITED, buttons=HELPED),
    "closest answer": Answer(text="Try the other port.", citations=CITED[:1], closest=True, buttons=HELPED),
    "answer with many sources": Answer(
        text="See these.", citations=tuple(Citation(title=f"Article {n}", path=f"a/{n}.md", section=f"Part {n}") for n in range(9))
    ),
    "pick of few": pick(),
    "form of every kind": details(),
    "form with errors": wrong(),
    "form for a file": DOCUMENT,
    "settled form": SETTLED,
    **{f"plan {state}": plan(state) for state in PlanState},
    **{f"approval {state}": approval(state) for state in ApprovalState},
    **{f"status {tone}": Status(text="Handing over **4** meetings", tone=tone) for tone in ("working", "done", "warning", "failed")},  # type: ignore[arg-type]
    **{f"brief {status}": brief(status) for status in TicketStatus},
    "said": Said(person="priya.nair@brightwater.example", name="Priya Nair", text="Hi Sam,\nI am on it."),
}


# What must be read -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Must:
    """Words that must be read, in one piece; with `loose` each of them, in this order. Capitals count for nothing."""

    what: str
    words: str
    loose: bool = False


def prose(text: str) -> str:
    """Marked-up text as it is read: without the addresses behind its links, and the numbers that lists count by themselves."""
    return re.sub(r"^\s*\d+\. | \(https?://\S+\)", "", plain(text), flags=re.M)


def musts(reply: Reply) -> Iterator[Must]:
    """Everything in a reply that its reader has to be told."""
    match reply:
        case Text() | Status():
            yield Must("the text", prose(reply.text), loose=True)
        case Answer():
            yield Must("the text", prose(reply.text), loose=True)
            yield from (Must("the doubt", "closest") for _ in [1] if reply.closest)
            for c in reply.citations:
                yield from (Must("a source", c.title), Must("its section", c.section), Must("its age", c.note))
        case Form():
            yield from _form(reply)
        case PlanCard():
            yield from (Must("the title", reply.title), Must("the state", reply.state), Must("the note", reply.note))
            yield from _steps(reply.steps, reply.state)
            for a in reply.approvals:
                yield from (Must("who approves", a.kind), *(Must("who may", w) for w in a.who), Must("how it stands", a.state))
                yield from (Must("who decided and why", a.decided), *(Must("why it is asked", b) for b in a.because))
            yield Must("the fingerprint", PRINTED)
        case ApprovalCard():
            yield from (Must("the title", reply.title), Must("the state", reply.state), Must("who asked", reply.asked_by))
            yield from (Must("their own words", reply.said), Must("who decided and why", reply.decided))
            yield from _steps(reply.steps, "")
            yield from (*(Must("why it is asked", b) for b in reply.because), *(Must("who may answer", w) for w in reply.who))
            yield Must("the fingerprint", PRINTED)
        case Brief():
            yield from (Must("the ticket", reply.ticket), Must("the title", reply.title), Must("who asked", reply.requester))
            yield from (Must("the state", reply.status), Must("what was said", reply.text), *(Must("a line", x) for x in reply.lines))
        case Said():
            yield from (Must("who said it", reply.name), Must("what they said", reply.text, loose=True))


def _form(form: Form) -> Iterator[Must]:
    yield Must("the title", form.title)
    if form.settled:
        yield Must("how it was answered", form.settled)
        return
    yield Must("the text", prose(form.text), loose=True)
    yield from (Must("a question", f.label) for f in form.fields)
    yield from (Must("what is wrong with it", f.error) for f in form.fields)


def _steps(views: tuple[StepView, ...], state: str) -> Iterator[Must]:
    unrun = {"running": "waiting", "stopped": "not run"}.get(state, "")
    for s in views:
        yield Must("a step", s.sentence)
        ends = (s.after, s.before) if s.state == "undone" else (s.before, s.after)
        yield Must("the change", f"{ends[0]} → {ends[1]}" if all(ends) else ends[1] or ends[0])
        yield from (Must("why", s.because), Must("what came of it", s.said))
        yield Must("how a step stands", unrun if s.state == "waiting" else s.state)


def missing(reply: Reply, words: str) -> list[str]:
    """What of a reply is not to be read in these words."""
    told = words.casefold()
    return [f"{m.what}: {m.words}" for m in musts(reply) if m.words and not _is_in(m, told)]


def _is_in(must: Must, told: str) -> bool:
    wanted = " ".join(must.words.casefold().split())
    return bool(re.search(".*?".join(map(re.escape, re.findall(r"[\w-]+", wanted))), told, re.S)) if must.loose else wanted in told


# What somebody may try --------------------------------------------------------------------------------------------------------------

ATTACKS = {
    "calls": "<!channel> <!here> <@U0002> @everyone @channel <at>Sam</at>",
    "a link that lies": "[https://bank.example](https://evil.example/x)",
    "a link of Slack's": "<https://evil.example|https://bank.example>",
    "marks": "*b* _i_ ~s~ `c` **d** :tada: # > q",
    "a terminal's codes": "\x1b[2Jx\x1b]0;owned\x07\x9b31m y\x00",
    "turned around": "\u202egnp.exe\u2066 z\u2069",
    "a card's function": "{{DATE(2026-01-01T00:00:00Z,SHORT)}} ${data}",
    "a page's script": "<script>alert(1)</script><img src=x>",
    "a payload's end": '"}],"actions":[{"type":"Action.Execute"}],"x":"',
    "entities": "&lt;!here&gt; &amp; &#60;b&#62;",
}
_OURS = {
    *("kind", "state", "status", "tone", "style", "ask_reason", "verb", "ref", "id", "value", "plan", "approval", "ticket"),
    *("fingerprint", "url", "path", "expires", "vendor", "rule", "person"),
}
"""Fields that never hold anybody's words."""


def poisoned(reply: Reply, attack: str) -> Reply:
    """The reply with an attack in everything that may be somebody's words."""
    told = _poisoned(reply.model_dump(mode="json"), attack, said=isinstance(reply, Said))
    return type(reply).model_validate(told)


def _poisoned(part: Any, attack: str, said: bool) -> Any:
    if isinstance(part, dict):
        ours = _OURS if said else _OURS | {"name"}
        return {k: v if k in ours else _poisoned(v, attack, said) for k, v in part.items()}
    if isinstance(part, list):
        return [_poisoned(v, attack, said) for v in part]
    return f"{part} {attack}" if isinstance(part, str) and part else part


ATTACKED: dict[str, Reply] = {
    "text": Text(text="Hello.", buttons=HELPED),
    "answer": Answer(text="Try this.", citations=CITED, closest=True, buttons=HELPED),
    "pick": pick(),
    "form": form(*FIELDS[:5], text="Then I can make a plan."),
    "settled form": SETTLED,
    "plan": plan("stopped", buttons=(button("undo", "Undo", confirm="Really?"),)),
    "open plan": plan("waiting for approval"),
    "approval": approval("open"),
    "decided approval": approval("declined"),
    "status": Status(text="Well.", tone="failed", buttons=HELPED),
    "brief": brief("new"),
    "said": Said(person="priya.nair@brightwater.example", name="Priya Nair", text="Hi Sam."),
}


def own_words(reply: Reply) -> str:
    """What in a reply somebody said themselves: to be read to the letter."""
    match reply:
        case ApprovalCard():
            return reply.said
        case Brief() | Said():
            return reply.text
    return ""


# What is long -----------------------------------------------------------------------------------------------------------------------

COUNT = 1500


def numbered(count: int = COUNT, line: int = 40) -> str:
    """Paragraphs of words each of which can be told from all others: about nine characters a word."""
    words = [f"word{n:04}" for n in range(count)]
    return "\n\n".join(" ".join(words[n : n + line]) for n in range(0, count, line))


def many_steps(count: int = 60) -> tuple[StepView, ...]:
    return tuple(
        StepView(
            number=n + 1,
            sentence=f"word{n:04} Remove John Smith's access to system number {n}, which nobody has used for a long time",
            before=f"member number {n}",
            after="no access at all",
            because=f"Because of reason {n}, which is told in a sentence of its own.",
            rule=f"rule-{n}",
            vendor="demo",
        )
        for n in range(count)
    )


LONG: dict[str, tuple[Reply, int]] = {
    "text": (Text(text=numbered(), buttons=HELPED), COUNT),
    "one paragraph": (Text(text=numbered(line=COUNT), buttons=HELPED), COUNT),
    "answer": (Answer(text=numbered(), citations=CITED, buttons=HELPED), COUNT),
    "status": (Status(text=numbered(), tone="done", buttons=HELPED), COUNT),
    "plan": (plan("waiting for approval", steps=many_steps()), 60),
    "approval": (approval("open", steps=many_steps()), 60),
    "approval in long words": (approval("open", said=numbered(900)), 900),
    "brief": (brief("new").model_copy(update={"text": numbered(900)}), 900),
    "said": (Said(person="priya.nair@brightwater.example", name="Priya Nair", text=numbered(900)), 900),
}
"""Each with how many numbered words it holds."""


def counted(lines: list[str]) -> list[int]:
    """The numbered words that are read, in order."""
    return [int(n) for n in re.findall(r"word(\d{4})", " ".join(lines))]

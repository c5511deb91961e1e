"""A post as Slack shows it: blocks, and the words that notifications and screen readers say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.channels.slack.cards import TONES, capital, guarded, sheet
from bot.channels.slack.sheet import MESSAGE, lay
from bot.channels.slack.text import Json, fallback
from bot.domain.markup import plain
from bot.domain.messages import Answer, ApprovalCard, Brief, Form, PlanCard, Post, Reply, Said, Status, Text


@dataclass(frozen=True)
class Drawn:
    """`text` is plain and escaped; `cut`: a button "Show everything" stands for the rest."""

    text: str
    blocks: list[Json]
    cut: bool = False


def draw(post: Post) -> Drawn:
    """A post as it stands."""
    return drawn(post.reply)


def drawn(reply: Reply, *, kept: bool = True) -> Drawn:
    """A reply within Slack's limits. One that is not kept (shown to one person and forgotten) has nothing behind it to show later."""
    made = sheet(reply)
    laid = lay(made if kept else replace(made, limits=MESSAGE), more=kept)
    if laid.cut and isinstance(reply, ApprovalCard):
        laid = lay(replace(made, buttons=guarded(made.buttons)))
    return Drawn(spoken(reply), laid.blocks, laid.cut)


def spoken(reply: Reply) -> str:
    """A reply in words alone."""
    return fallback(_spoken(reply))


def _spoken(reply: Reply) -> str:
    match reply:
        case Text() | Answer():
            told = plain(reply.text)
        case Form():
            told = f"{reply.title}: {reply.settled}" if reply.settled else "\n".join((reply.title, plain(reply.text)))
        case PlanCard():
            told = f"Plan: {reply.title}. {capital(reply.state)}. {reply.note}"
        case ApprovalCard():
            told = f"Approval: {reply.title}, asked by {reply.asked_by}. {reply.decided or capital(reply.state)}."
        case Status():
            told = f"{TONES[reply.tone]} {plain(reply.text)}"
        case Brief():
            told = f"{reply.ticket}: {reply.title}. {capital(reply.status)}. From {reply.requester}."
        case Said():
            told = f"{reply.name}: {reply.text}"
    return told

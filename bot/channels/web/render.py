"""What the page is given to draw: replies, tickets, people, timelines, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.web.article import anchor
from bot.desk.cards import step_view
from bot.desk.sentences import approver, name
from bot.domain.approvals import Approval
from bot.domain.directory import DESK_GROUPS, Directory
from bot.domain.markup import clean, elsewhere, parse, to_json
from bot.domain.messages import Post
from bot.domain.people import DESK, Employment, Person, Standing
from bot.domain.plans import Plan, Step
from bot.domain.tickets import Entry, Place, Ticket

_MARKED_UP = frozenset({"text", "answer", "form", "status"})


def post_json(post: Post) -> dict[str, Any]:
    """A post with its text parsed: the page builds elements from `blocks` and never interprets text itself. What somebody said
    themselves is one block, to the letter."""
    told: dict[str, Any] = _cleaned(post.model_dump(mode="json", exclude={"place", "ref", "audience"}))
    told["thread"] = post.place.thread
    text = str(told["reply"].get("text", ""))
    if post.reply.kind in _MARKED_UP:
        told["reply"]["blocks"] = to_json(parse(text))
    elif post.reply.kind == "brief":
        told["reply"]["blocks"] = [{"kind": "paragraph", "spans": [{"text": text}]}]
    for citation in told["reply"].get("citations", ()):
        citation["anchor"] = anchor(citation["section"])
        citation["url"] = "" if elsewhere(f"{citation['title']} {citation['section']}", citation["url"]) else citation["url"]
    return told


def _cleaned(part: Any) -> Any:
    """Every text without what would turn it around or steer anything."""
    if isinstance(part, dict):
        return {name: _cleaned(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_cleaned(value) for value in part]
    return clean(part) if isinstance(part, str) else part


def said_json(message: Mapping[str, Any]) -> dict[str, Any]:
    """What a person said, as the record keeps it: masked."""
    place = place_of(message)
    return {
        "id": message["id"],
        "person": message["person"],
        "text": message["text"],
        "at": _moment(message["at"]),
        "thread": place.thread,
    }


def place_of(message: Mapping[str, Any]) -> Place:
    """Where a recorded message was said."""
    place = message["place"]
    return place if isinstance(place, Place) else Place.model_validate(place)


def _moment(at: Any) -> str:
    return at if isinstance(at, str) else at.isoformat()


def ticket_json(ticket: Ticket, directory: Directory) -> dict[str, Any]:
    told = ticket.model_dump(mode="json", include={"id", "summary", "status", "requester", "assignee", "created", "updated"})
    return told | {"name": name_of(ticket.requester, directory)}


def name_of(email: str, directory: Directory) -> str:
    return DESK.name if email == DESK.email else name(email, directory)


def person_json(person: Person, directory: Directory) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "title": person.title,
        "department": person.department,
        "active": person.status is Standing.ACTIVE,
        "analyst": directory.is_analyst(person.email),
    }


def company_json(directory: Directory, company: str, demo: bool) -> dict[str, Any]:
    """Everything that pick lists and switchers choose from."""
    humans = sorted((p for p in directory.people.values() if p.type is not Employment.SERVICE), key=lambda p: p.name.casefold())
    return {
        "company": company,
        "demo": demo,
        "helpdesk": approver("it", directory),
        "welcomed": _welcomed(humans, directory),
        "people": [person_json(p, directory) for p in humans],
        "systems": [{"value": s.id, "label": s.name} for s in sorted(directory.systems.values(), key=lambda s: s.name.casefold())],
        "groups": [{"value": g.id, "label": g.id, "detail": g.description} for g in sorted(directory.groups.values(), key=lambda g: g.id)],
    }


def _welcomed(people: list[Person], directory: Directory) -> str | None:
    """Whose chat a first visit shows: the people team's owner or else a member, who may ask for most things about most people."""
    team = directory.groups.get(DESK_GROUPS["hr"])
    members = [p.email for p in people if team and p.email in team.members and p.status is Standing.ACTIVE]
    return team.owner if team and team.owner in members else next(iter(members), None)


def timeline_json(
    ticket: Ticket,
    said: list[dict[str, Any]],
    plans: list[dict[str, Any]],
    entries: list[dict[str, Any]],
    directory: Directory,
    spent: str = "",
) -> dict[str, Any]:
    """A ticket's story; `spent` says what a language model took for it."""
    return {"ticket": ticket_json(ticket, directory), "said": said, "plans": plans, "entries": entries, "spent": spent}


def plan_json(plan: Plan, approvals: list[Approval], directory: Directory) -> dict[str, Any]:
    """A plan with the rules that fired, its approvals and each step before → after; never what was verified."""
    return {
        "id": plan.id,
        "state": plan.state,
        "note": plan.note,
        "created": plan.created.isoformat(),
        "fingerprint": plan.fingerprint,
        "reasons": [r.model_dump() for r in plan.reasons],
        "steps": [_step_json(s, directory) for s in plan.steps],
        "approvals": [_approval_json(a, directory) for a in approvals],
    }


def _step_json(step: Step, directory: Directory) -> dict[str, Any]:
    judged = {"verdict": step.decision.verdict, "reasons": [r.model_dump() for r in step.decision.reasons]}
    return step_view(step, directory).model_dump(mode="json") | judged


def _approval_json(approval: Approval, directory: Directory) -> dict[str, Any]:
    return {
        "kind": approver(approval.kind, directory),
        "state": approval.state,
        "who": [name_of(a, directory) for a in approval.approvers],
        "rules": list(approval.rules),
        "opened": approval.opened.isoformat(),
        "expires": approval.expires.isoformat(),
        "votes": [
            {"name": name_of(v.person, directory), "approve": v.approve, "reason": v.reason, "at": v.at.isoformat()} for v in approval.votes
        ],
    }


def entry_json(entry: Entry, directory: Directory, *, whole: bool) -> dict[str, Any]:
    """An audit entry; its data only where `whole`, which is for analysts."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "actor": name_of(entry.actor, directory),
        "hash": entry.hash[:12],
        "data": entry.data if whole else {},
    }

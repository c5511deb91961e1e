"""Who may answer an approval: read from the directory, never from what anyone says."""

from __future__ import annotations

from bot.desk.sentences import desk_group
from bot.domain.calls import Action, Call
from bot.domain.decisions import Need
from bot.domain.directory import Directory
from bot.domain.people import Person


def subjects(action: Action, call: Call, directory: Directory) -> frozenset[str]:
    """The people a call touches: its subject argument, or whose device or ticket it is about."""
    value = call.arguments.get(action.subject)
    found = {v for v in (value if isinstance(value, list | tuple) else [value]) if isinstance(v, str) and v in directory.people}
    person = call.arguments.get("person")
    if isinstance(person, str):
        found.add(person)
    device = call.arguments.get("device")
    if isinstance(device, str) and (holder := directory.device(device)):
        found.add(holder[0].email)
    return frozenset(found)


def approvers(need: Need, call: Call, requester: Person, touched: frozenset[str], directory: Directory) -> tuple[str, ...]:
    """E-mail addresses of those who may answer `need` about `call`; empty where nobody may.

    The requester and those the call touches never may: a named approver among them is replaced by their manager, a group
    simply goes without them, and an emptied group by the manager of whom it asked for.
    """
    barred = touched | {requester.email}
    group = desk_group(need.kind)
    if group is not None:
        members = directory.groups[group].members if group in directory.groups else ()
        able = {m for m in members if _able(m, barred, directory)}
        return tuple(sorted(able)) if able else _above(sorted(barred & set(members)), barred, directory)
    named = _named(need.kind, call, requester, touched, directory)
    return (named,) if named and _able(named, barred, directory) else _above([named] if named else [], barred, directory)


def _named(kind: str, call: Call, requester: Person, touched: frozenset[str], directory: Directory) -> str | None:
    if kind == "manager":
        subject = sorted(touched)[0] if touched else requester.email
        manager = directory.manager_of(subject) or directory.manager_of(requester.email)
        return manager.email if manager else None
    if kind == "owner":
        system = directory.systems.get(str(call.arguments.get("system")))
        group = directory.groups.get(str(call.arguments.get("group")))
        owner = system.owner if system else group.owner if group else None
        return owner
    return None


def _above(start: list[str], barred: frozenset[str], directory: Directory) -> tuple[str, ...]:
    for email in start:
        for manager in directory.managers_of(email):
            if _able(manager.email, barred, directory):
                return (manager.email,)
    return ()


def _able(email: str, barred: frozenset[str] | set[str], directory: Directory) -> bool:
    person = directory.people.get(email)
    return bool(person and person.at_work and email not in barred)

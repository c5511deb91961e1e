"""From what the page sends to a Message. Who speaks is resolved here, from the directory; text never decides it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.web.channel import HELPDESK
from bot.channels.web.files import Files
from bot.domain.directory import Directory
from bot.domain.markup import clean
from bot.domain.messages import Click, File, Message
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.errors import BadInput, NotAllowed, Unknown

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_FIELDS = 50
MAX_VALUE = 4000


def speaker(data: Mapping[str, Any], directory: Directory) -> Person:
    """The active human that `as` names; NotAllowed for anyone else."""
    email = text_of(data, "as", 254).strip().lower()
    try:
        person = directory.person(email)
    except Unknown:
        raise NotAllowed("Nobody in the directory has this address, so nobody can speak as it.") from None
    if not person.at_work:
        raise NotAllowed(f"{person.name} cannot use the desk: only active people can.")
    return person


def text_of(data: Mapping[str, Any], name: str, limit: int, default: str | None = None) -> str:
    """A text field of the request, cleaned; BadInput where it is missing, of another type or too long."""
    value = data.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"{name!r} must be text.")
    value = clean(value)
    if len(value) > limit:
        raise BadInput(f"{name!r} is too long: {len(value):,} characters, and at most {limit:,} are taken.")
    return value


def id_of(data: Mapping[str, Any], name: str) -> str:
    """An id the page made, or a new one where it made none."""
    value = data.get(name) or secrets.token_hex(8)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadInput(f"{name!r} must be at most 100 letters, digits, dots, dashes or underscores.")
    return value


def conversation_of(data: Mapping[str, Any], person: Person, directory: Directory) -> str:
    """The conversation that a request is about, the person's own unless it says otherwise; NotAllowed where it is not theirs."""
    conversation = text_of(data, "conversation", 254, person.email)
    if conversation == person.email or (conversation == HELPDESK and directory.is_analyst(person.email)):
        return conversation
    raise NotAllowed("This conversation is not yours to read.")


def parse_message(data: Mapping[str, Any], directory: Directory, files: Files, limit: int, now: datetime) -> Message:
    """Something typed. Without a thread it opens a new one."""
    person = speaker(data, directory)
    conversation = conversation_of(data, person, directory)
    if conversation == HELPDESK and not data.get("thread"):
        raise BadInput("In the help desk's channel, write in a ticket's thread.")
    text = text_of(data, "text", limit, "").strip()
    handed = _handed(data.get("files", []), person, files)
    if not text and not handed:
        raise BadInput("There is nothing to send yet: write a few words first.")
    place = Place(channel="web", conversation=conversation, thread=id_of(data, "thread"))
    return Message(id=_message_id(data, person), person=person.email, place=place, text=text, files=handed, at=now)


def parse_click(data: Mapping[str, Any], directory: Directory, files: Files, now: datetime) -> Message:
    """A pressed button or a sent form. File fields carry ``{"file": id}`` of files handed over before, or a list of these."""
    person = speaker(data, directory)
    where = data.get("place")
    if not isinstance(where, dict) or not where.get("thread"):
        raise BadInput("'place' must say in which conversation and thread this was pressed.")
    place = Place(channel="web", conversation=conversation_of(where, person, directory), thread=id_of(where, "thread"))
    values, handed = _values(data.get("values", {}), person, files)
    verb, ref = text_of(data, "verb", 100), text_of(data, "ref", 200)
    if not verb:
        raise BadInput("'verb' must say what was pressed.")
    click = Click(verb=verb, ref=ref, values=values)
    return Message(id=_message_id(data, person), person=person.email, place=place, click=click, files=handed, at=now)


def _message_id(data: Mapping[str, Any], person: Person) -> str:
    """The page's id of this message, within its speaker's own ids: nobody can use up another's."""
    return f"web:{person.email}:{id_of(data, 'id')}"


def _handed(ids: Any, person: Person, files: Files) -> tuple[File, ...]:
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise BadInput("'files' must be a list of file ids.")
    return tuple(files.take(i, person.email) for i in ids)


def _values(given: Any, person: Person, files: Files) -> tuple[dict[str, Any], tuple[File, ...]]:
    if not isinstance(given, dict) or len(given) > MAX_FIELDS:
        raise BadInput(f"'values' must be an object of at most {MAX_FIELDS} fields.")
    values: dict[str, Any] = {}
    handed: list[File] = []
    for name, value in given.items():
        if isinstance(value, dict):
            file = files.take(text_of(value, "file", 100), person.email)
            handed.append(file)
            values[clean(name)] = file.name
        else:
            values[clean(name)] = _value(name, value)
    return values, tuple(handed)


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        if len(value) > MAX_FIELDS:
            raise BadInput(f"{name!r} has too many values.")
        return [_value(name, v) for v in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return text_of({name: value}, name, MAX_VALUE).strip()

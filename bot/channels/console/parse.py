"""From typed lines to Messages: who says it is settled by the session, text never decides it."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.channels.console.channel import HELPDESK
from bot.desk.ports import Clock
from bot.domain.directory import Directory
from bot.domain.markup import clean
from bot.domain.messages import LARGEST_FILE, Choice, Click, Field_, File, Form, Message
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.errors import BadInput, Unknown


class Session:
    """Makes Messages with ids and threads of their own, so that two sessions on one record never meet by accident."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._token = secrets.token_hex(6)
        self._count = 0
        self._threads: dict[str, str] = {}

    def _id(self) -> str:
        self._count += 1
        return f"console:{self._token}:{self._count}"

    def new_thread(self, email: str) -> None:
        """What this person says next is a need of its own."""
        self._threads.pop(email, None)

    def here(self, email: str) -> Place:
        """The person's open thread."""
        thread = self._threads.setdefault(email, f"{self._token}-{self._count}")
        return Place(channel="console", conversation=email, thread=thread)

    def said(self, email: str, text: str, place: Place | None = None, files: tuple[File, ...] = ()) -> Message:
        return Message(id=self._id(), person=email, place=place or self.here(email), text=clean(text), files=files, at=self._clock())

    def pressed(self, email: str, place: Place, click: Click, files: tuple[File, ...] = ()) -> Message:
        return Message(id=self._id(), person=email, place=place, click=click, files=files, at=self._clock())


def conversations(email: str, directory: Directory) -> frozenset[str]:
    """What somebody sees: their own conversation, and the help desk's where they work there."""
    return frozenset({email, HELPDESK} if directory.is_analyst(email) else {email})


def person_called(name: str, directory: Directory) -> Person:
    """Somebody by e-mail address, or by the part of it before the @ where only one person has it."""
    if "@" in name:
        return directory.person(name)
    found = [p for p in directory.people.values() if p.email.partition("@")[0] == name.lower()]
    if len(found) != 1:
        raise Unknown(f"{'Nobody' if not found else 'More than one person'} in the directory is called {name!r}.")
    return found[0]


def file_at(path: Path) -> File:
    """The file at a path, for a form or a message; BadInput where it cannot be handed over."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{path.name} is larger than 10 MB.")
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.") from None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(name=path.name, media_type=media_type, content=content)


def field_called(form: Form, name: str) -> Field_:
    """A form's field by name or label."""
    wanted = name.casefold().rstrip("?:")
    for field in form.fields:
        if wanted in (field.name.casefold(), field.label.casefold().rstrip("?:")):
            return field
    raise BadInput(f"The form “{form.title}” has no field {name!r}; it has {', '.join(f.name for f in form.fields)}.")


def answer(field: Field_, typed: str) -> Any:
    """A typed answer as the form's value: choices by label or value, several parted by commas."""
    if field.many:
        return [chosen(field, part.strip()) for part in typed.split(",") if part.strip()]
    return chosen(field, typed.strip())


def chosen(field: Field_, typed: str) -> str:
    if not field.choices:
        return clean(typed)
    wanted = typed.casefold()
    exact = [c for c in field.choices if wanted in (c.value.casefold(), c.label.casefold())]
    found: list[Choice] = exact or [c for c in field.choices if c.label.casefold().startswith(wanted)]
    if len(found) != 1:
        raise BadInput(f"{typed!r} is {'none' if not found else 'more than one'} of: {', '.join(c.label for c in field.choices)}.")
    return found[0].value


def form_message(session: Session, email: str, place: Place, form: Form, values: Mapping[str, Any], files: tuple[File, ...]) -> Message:
    """A filled form."""
    return session.pressed(email, place, Click(verb="form", ref=form.id, values=dict(values)), files)

"""Articles as people write them: markdown with front matter.

Two ways of reading. *Checked*: our schema in full, every mistake named by file and line. *Lenient*: any folder of markdown;
what cannot be read is reported and left out, and whatever limits an article's audience is believed even where the rest is not ours.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rapidfuzz import fuzz

from bot.errors import BadInput
from bot.library.clean import plain, without_control
from bot.library.passages import Passage, passages
from bot.library.strict import load

LARGEST = 2_000_000
"""Bytes of the largest file that is read."""
LINES = 20_000
"""Lines of the longest article that is read."""
FRONT_MATTER = 20_000
"""Characters of the longest front matter that is read."""
EVERYONE = frozenset({"everyone"})
SUFFIXES = (".md", ".markdown")

Stamp = tuple[int, int]
"""When a file was last changed, in nanoseconds, and its size in bytes."""

_FENCE = re.compile(r"\A---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|\Z)", re.S)
_SPAN = re.compile(r"(\d{1,3}) (day|week|month|year)s?")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_OURS = {"asked_as", "review_every"}

Line = Annotated[str, Field(min_length=3, max_length=200)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,99}$")]


class FrontMatter(BaseModel):
    """What stands at the top of an article. Closed: a field that is not here is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: Annotated[str, Field(min_length=3, max_length=120)]
    owner: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    audience: Annotated[list[Id], Field(min_length=1)]
    reviewed: date
    review_every: Annotated[str, Field(pattern=rf"^{_SPAN.pattern}$")]
    actions: list[Id] = Field(default_factory=list)
    asked_as: Annotated[list[Line], Field(min_length=1, max_length=12)]

    @field_validator("audience", mode="before")
    @classmethod
    def one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("reviewed", mode="before")
    @classmethod
    def only_a_day(cls, value: object) -> object:
        if type(value) is not date:
            raise ValueError("should be a day, such as 2026-09-30")
        return value

    @property
    def due(self) -> date:
        """The day the next review is due; a month counts 30 days, a year 365."""
        match = _SPAN.fullmatch(self.review_every)
        assert match
        return self.reviewed + timedelta(days=int(match[1]) * _DAYS[match[2]])


@dataclass(frozen=True)
class Article:
    """One page. `path` is relative to its folder, with slashes; `digest` is the file's SHA-256; `due` is None where nobody promised."""

    path: str
    title: str
    passages: tuple[Passage, ...]
    digest: str
    audience: frozenset[str] = EVERYONE
    asked_as: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    owner: str = ""
    reviewed: date | None = None
    due: date | None = None
    description: str = ""


class BadArticle(BadInput):
    """This article cannot be read."""


def article_files(folder: Path) -> list[Path]:
    """The article files below `folder`, sorted. Hidden files, the folder's own README and links that lead out of it are none."""
    root = folder.resolve()
    return sorted(root / name for name in stamps(root))


def stamps(folder: Path) -> dict[str, Stamp]:
    """The article files below `folder`, by their path in it, with what changes when they do. What cannot be looked at is passed over."""
    root = folder.resolve()
    found: dict[str, Stamp] = {}
    places = [""]
    while places:
        place = places.pop()
        try:
            with os.scandir(root / place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                        places.append(f"{place}{entry.name}/")
                    elif _is_article(place, entry.name) and (not entry.is_symlink() or _stays(Path(entry.path), root)):
                        about = entry.stat()
                        found[place + entry.name] = about.st_mtime_ns, about.st_size
        except OSError:
            continue
    return found


def _is_article(place: str, name: str) -> bool:
    base, dot, suffix = name.rpartition(".")
    return (dot + suffix).lower() in SUFFIXES and not name.startswith(".") and bool(place or base.lower() != "readme")


def _stays(link: Path, root: Path) -> bool:
    """Whether a link leads to a file of the folder."""
    try:
        return link.is_file() and link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # links in a circle
        return False


def read_bytes(path: Path, name: str) -> bytes:
    """The file's content; BadArticle if it is too large or cannot be opened."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # reading a pipe would wait for ever
            raise BadArticle(f"{name}: is not a file")
        if about.st_size > LARGEST:
            raise BadArticle(f"{name}: is {about.st_size / 1e6:.1f} MB; an article may have {LARGEST / 1e6:.0f} MB")
        return path.read_bytes()
    except OSError as error:
        raise BadArticle(f"{name}: cannot be opened ({error.strerror})") from None


def read(path: Path, folder: Path, *, checked: bool = False) -> Article:
    """The article in this file. BadArticle says what is wrong, where; in checked mode, for anything outside the schema."""
    name = path.relative_to(folder.resolve()).as_posix()
    return parse(read_bytes(path, name), name, checked=checked)


def body_of(raw: bytes, name: str) -> tuple[int, str]:
    """The text below the front matter, and how many lines stand above it. BadArticle where it cannot be told."""
    text = without_control(_decoded(raw, name, checked=False))
    _, body = _split(text, name, checked=False)
    return text[: len(text) - len(body)].count("\n"), body


def parse(raw: bytes, name: str, *, checked: bool = False) -> Article:
    """As read(), from the file's bytes and its path relative to the folder."""
    text = without_control(_decoded(raw, name, checked))
    front, body = _split(text, name, checked)
    values = _yaml(front, name, checked)
    ours = checked or bool(_OURS & values.keys())
    about = _front_matter(values, front, name) if ours else None
    title = about.title if about else _title(values, body, name)
    found = tuple(passages(body, title))
    if not found:
        raise BadArticle(f"{name}: has no text")
    digest = hashlib.sha256(raw).hexdigest()
    if about is None:
        description = plain(str(values.get("description") or ""))[:400]
        return Article(name, title, found, digest, audience=_audience(values, name), description=description)
    return Article(
        name,
        title,
        found,
        digest,
        audience=frozenset(about.audience),
        asked_as=tuple(about.asked_as),
        actions=tuple(about.actions),
        owner=about.owner,
        reviewed=about.reviewed,
        due=about.due,
    )


def _decoded(raw: bytes, name: str, checked: bool) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) and not checked:
        return raw.decode("utf-16", "replace")
    if b"\x00" in raw:
        raise BadArticle(f"{name}: is not a text file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if checked:
            line = raw[: error.start].count(b"\n") + 1
            raise BadArticle(f"{name}:{line}: is not UTF-8 text") from None
        return raw.decode("cp1252", "replace")


def _split(text: str, name: str, checked: bool) -> tuple[str, str]:
    """Front matter and body; a fence that never closes is a mistake of ours and the text of somebody else's page."""
    match = _FENCE.match(text)
    if match and len(match[1]) <= FRONT_MATTER:
        return match[1], _not_too_long(text[match.end() :], name)
    if match or _looks_restricted(text.split("\n\n", 1)[0] if text.startswith("---") else ""):
        raise BadArticle(f"{name}:1: the front matter is too long or never closed by a line of three dashes")
    if checked:
        raise BadArticle(f"{name}:1: starts with no front matter (a line of three dashes, the fields, three dashes)")
    return "", _not_too_long(text, name)


def _not_too_long(body: str, name: str) -> str:
    if (lines := body.count("\n")) > LINES:
        raise BadArticle(f"{name}: has {lines:,} lines; an article may have {LINES:,}")
    return body


def _yaml(front: str, name: str, checked: bool) -> dict[str, Any]:
    try:
        values = load(front) or {}
        if isinstance(values, dict) and all(isinstance(key, str) for key in values):
            return values
        what, line = "should be fields, each “name: value”", 2
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        what, line = str(error.problem), (mark.line if mark else 0) + 2
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        what, line = type(error).__name__ if isinstance(error, RecursionError) else str(error), 2
    if checked or _looks_restricted(front):
        raise BadArticle(f"{name}:{line}: the front matter is not readable: {what}")
    title = re.search(r"^title:[ \t]*(.+)$", front, re.M)
    return {"title": title[1].strip(" \"'")} if title else {}


def _looks_restricted(front: str) -> bool:
    """Whether somebody meant to say who may read the page: then a page we cannot read right is nobody's."""
    keys = re.findall(r"^[ \t]{0,80}[\"']?([\w-]{1,60})[\"']?[ \t]{0,80}:", front, re.M)
    return any(fuzz.ratio(key.lower(), "audience") >= 75 for key in keys)


def _front_matter(values: dict[str, Any], front: str, name: str) -> FrontMatter:
    try:
        return FrontMatter.model_validate(values)
    except ValidationError as error:
        raise BadArticle("\n".join(_said(dict(e), front, name) for e in error.errors())) from None


def _said(error: dict[str, Any], front: str, name: str) -> str:
    field = str(error["loc"][0])
    item = "".join(f" (item {part + 1})" for part in error["loc"][1:] if isinstance(part, int))
    if error["type"] == "missing":
        return f"{name}:1: {field} is missing"
    if error["type"] == "extra_forbidden":
        known = ", ".join(FrontMatter.model_fields)
        return f"{name}:{_line_of(front, field)}: {field} is not a field of an article; these are: {known}"
    what = str(error["msg"]).removeprefix("Value error, ")
    if field == "review_every":
        what = "should be a span, such as “6 months” or “90 days”"
    elif field == "owner":
        what = "should be an e-mail address"
    return f"{name}:{_line_of(front, field)}: {field}{item}: {what}"


def _line_of(front: str, field: str) -> int:
    """The line of the file (first is 1) a front-matter field stands on."""
    match = re.search(rf"^[\"']?{re.escape(field)}[\"']?\s*:", front, re.M)
    return front[: match.start()].count("\n") + 2 if match else 1


def _title(values: dict[str, Any], body: str, name: str) -> str:
    given = values.get("title")
    if isinstance(given, str | int | float) and plain(str(given)):
        return plain(str(given))[:200]
    heading = re.search(r"^#{1,2}[ \t]+(\S.*)$|^(.+)\n=+[ \t]*$", body, re.M)
    words = plain(heading[1].rstrip("#") if heading[1] else heading[2]) if heading else ""
    return (words or Path(name).stem.replace("-", " ").replace("_", " "))[:200]


def _audience(values: dict[str, Any], name: str) -> frozenset[str]:
    """Who may read a page that is not in our schema: everyone, unless it says otherwise; what it says must be readable."""
    keys = [key for key in values if _looks_restricted(f"{key}:")]
    if not keys:
        return EVERYONE
    value = values[keys[0]]
    names = [value] if isinstance(value, str) else value
    if keys != ["audience"] or not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise BadArticle(f"{name}: says who may read it in a way that is not understood; write “audience: [group, …]”")
    return frozenset(n.strip() for n in names)

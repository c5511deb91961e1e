"""Golden questions: what the knowledge base has to answer, must not answer, and must not show to whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.desk.ports import Found
from bot.library.articles import BadArticle, Id, read_bytes
from bot.library.search import FolderLibrary
from bot.library.strict import load

FILE = "golden.yaml"
"""Lies in the knowledge folder itself, so that it changes in the same commit as the articles."""

Path_ = Annotated[str, Field(min_length=1, max_length=300)]


class Golden(BaseModel):
    """One entry. `answer`: one of these articles answers it, among the first `within`. `abstain`: nothing does. `hide`: none of these
    has any part in what is found. `as`: the groups of who asks."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)

    ask: Annotated[str, Field(min_length=2, max_length=1000)]
    asker: Annotated[list[Id], Field(min_length=1, alias="as")] = ["everyone"]
    answer: list[Path_] = []
    within: Annotated[int, Field(ge=1, le=10, strict=True)] = 1
    abstain: Annotated[bool, Field(strict=True)] = False
    hide: list[Path_] = []

    @field_validator("asker", "answer", "hide", mode="before")
    @classmethod
    def one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def expects_something(self) -> Golden:
        if bool(self.answer) + self.abstain + (bool(self.hide) and not self.answer and not self.abstain) != 1:
            raise ValueError("should say what has to come of it: answer or abstain, hide, or one of the first two with hide")
        return self

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """Who asks what: two entries with the same key are one question."""
        return " ".join(self.ask.casefold().split()), tuple(sorted(self.asker))

    @property
    def expects(self) -> str:
        """The expectation in words."""
        place = "" if self.within == 1 else f" among the first {self.within}"
        parts = [f"answered from {' or '.join(self.answer)}{place}"] if self.answer else []
        parts += ["no answer"] if self.abstain else []
        return ", ".join([*parts, *(f"nothing of {path}" for path in self.hide)])


@dataclass(frozen=True)
class Result:
    """What came of a golden question: whether it is as expected, and in words what it was."""

    golden: Golden
    passed: bool
    said: str
    score: float


class BadGolden(BadArticle):
    """The golden questions cannot be read."""


def read(folder: Path) -> tuple[Golden, ...]:
    """The folder's golden questions; none where there is no file. BadGolden names each mistake by file and line."""
    file = folder / FILE
    if not file.is_file() or file.is_symlink():
        return ()
    try:
        text = read_bytes(file, FILE).decode("utf-8-sig")
        entries = load(text)
    except UnicodeDecodeError:
        raise BadGolden(f"{FILE}: is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadGolden(f"{FILE}:{line}: is not readable: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadGolden(f"{FILE}: is not readable: {error}") from None
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise BadGolden(f"{FILE}:1: should be a list of questions, each beginning with “- ask: …”")
    return _entries(entries, [m.start() for m in re.finditer(r"^- ", text, re.M)], text)


def _entries(entries: list[Any], starts: list[int], text: str) -> tuple[Golden, ...]:
    found: dict[tuple[str, tuple[str, ...]], Golden] = {}
    wrong = []
    for number, entry in enumerate(entries):
        line = text[: starts[number]].count("\n") + 1 if len(starts) == len(entries) else 1
        try:
            golden = Golden.model_validate(entry)
        except ValidationError as error:
            wrong += [f"{FILE}:{line}: {_said(dict(e))}" for e in error.errors()]
            continue
        if golden.key in found:
            wrong.append(f"{FILE}:{line}: “{golden.ask}” stands here twice")
        found[golden.key] = golden
    if wrong:
        raise BadGolden("\n".join(wrong))
    return tuple(found.values())


def _said(error: dict[str, Any]) -> str:
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{field} is no field; these are: ask, as, answer, within, abstain, hide"
    if error["type"] == "missing":
        return f"{field} is missing"
    what = str(error["msg"]).removeprefix("Value error, ")
    return f"{field}: {what}" if field else what


def ask(questions: Iterable[Golden], library: FolderLibrary) -> list[Result]:
    """Puts each question to the library, as its asker."""
    return [judge(golden, library.find(golden.ask, frozenset(golden.asker))) for golden in questions]


def judge(golden: Golden, found: Found) -> Result:
    """Whether what was found is as expected."""
    cited = found.answer.citations if found.answer else ()
    shown = {*found.ranking, *(str(p["path"]) for p in found.passages), *(c.path for c in cited)}
    leaked = [path for path in golden.hide if path in shown]
    if leaked:
        return Result(golden, False, f"shows {', '.join(leaked)}", found.score)
    passed = True
    if golden.abstain:
        passed = found.answer is None
    elif golden.answer:
        passed = found.answer is not None and not set(golden.answer).isdisjoint(found.ranking[: golden.within])
    return Result(golden, passed, _came(golden, found), found.score)


def _came(golden: Golden, found: Found) -> str:
    if found.answer is None:
        return "no answer"
    first = found.answer.citations[0]
    said = f"{'closest: ' if found.answer.closest else ''}{first.path}{f' › {first.section}' if first.section else ''}"
    wanted = [path for path in found.ranking if path in golden.answer]
    if golden.within > 1 and wanted and wanted[0] != found.ranking[0]:
        said += f"; {wanted[0]} at {found.ranking.index(wanted[0]) + 1}"
    return said


def unknown(questions: Sequence[Golden], paths: frozenset[str]) -> list[str]:
    """Entries that name an article which is not there: one that was renamed would be guarded no more."""
    return [
        f"{FILE}: “{golden.ask}” names {path}, which is no article"
        for golden in questions
        for path in (*golden.answer, *golden.hide)
        if path not in paths
    ]

"""Writes the pages that say what is declared: actions.md, facts.md, settings.md, commands.md.

Run ``.venv/bin/python -m tests.docs.generate`` after declaring something new; tests/docs fails while a page is behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from bot.desk.registry import Registry, load
from bot.domain.calls import Action, Argument
from bot.domain.facts import MISSING, Fact
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MADE = "<!-- Written by tests/docs/generate.py from the code; change the code, then run it again. -->"
SHOWN = 4
"""Example wordings shown of each action."""

Row = tuple[str, ...]


def table(head: Row, rows: Iterable[Row]) -> str:
    """A markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", MADE, *parts]) + "\n"


def actions_page() -> str:
    """Every action: what it is called, says, takes, risks, and what undoes it."""
    registry = load()
    offered = [a for a in registry.actions.values() if a.offered]
    inner = [a for a in registry.actions.values() if not a.offered]
    return page(
        "Actions",
        "What the desk can do, in the company's words. How to add one: [how-to-action.md](how-to-action.md). "
        "Who may ask for it and who has to agree is not said here but in [the policies](../policies/README.md).",
        "In a sentence, `{name}` is replaced by the argument, and a part in `[brackets]` is left out where its argument is not given. "
        "People are e-mail addresses, systems and groups their ids, dates ISO (`2026-11-30`), durations ISO 8601 (`P14D`).",
        f"## What people may ask for ({len(offered)})",
        *(_action(a) for a in offered),
        f"## Steps that only other actions ask for ({len(inner)})",
        "Language never proposes these. Runbooks, companions and undoing do, and each is judged like any other.",
        table(("step", "sentence", "arguments", "risk", "undone by"), (_inner(a) for a in inner)),
    )


def _action(action: Action) -> str:
    given = table(("argument", "is", "needed", "one of"), (_argument(a) for a in action.declared.values()))
    one_of = [f"At least one of {', '.join(f'`{n}`' for n in names)} has to be given." for names in action.arguments.one_of]
    wordings = [f"People say: {'; '.join(f'“{e}”' for e in action.examples[:SHOWN])}."] if action.examples else []
    facts = f"**Risk** {action.risk}. **Undone by** {_undo(action)}. **Carried out by** {_by(action)}."
    return "\n\n".join([f"### `{action.name}`", f"{action.title}: `{action.sentence}`", given, *one_of, facts, *wordings])


def _argument(argument: Argument) -> Row:
    kind = f"list of {argument.kind}" if argument.many else str(argument.kind)
    return (f"`{argument.name}`", kind, "yes" if argument.required else "", ", ".join(argument.choices))


def _undo(action: Action) -> str:
    return f"`{action.undo}`" if action.undo else "its own steps" if action.expand else "nothing"


def _by(action: Action) -> str:
    if action.expand:
        return "the steps it expands into"
    return f"the capability `{action.capability.name}`" if action.capability else "the desk itself"


def _inner(action: Action) -> Row:
    arguments = ", ".join(f"`{a.name}{'' if a.required else '?'}`" for a in action.declared.values())
    return (f"`{action.name}`", f"`{action.sentence}`", arguments, str(action.risk), _undo(action))


def facts_page() -> str:
    """Every fact: what it says and which actions it matters to."""
    registry = load()
    return page(
        "Facts",
        "What is true about the business at the moment of judging. A rule reads one as `context.<name>`; only the facts that the rules "
        "which can apply read are fetched. How to use one: [how-to-rule.md](how-to-rule.md).",
        "A fact that cannot be fetched is missing, and a rule that reads a missing fact never allows. Where nobody serves the capability "
        "a fact comes from, the value in the last column stands in for it; without one the fact is missing.",
        table(
            ("fact", "type", "what it says", "matters to", "comes from", "where nobody serves it"),
            (_fact(f, registry) for f in sorted(registry.facts.values(), key=lambda f: f.name)),
        ),
    )


def _fact(fact: Fact, registry: Registry) -> Row:
    known = [a for a in fact.actions if a == "*" or a in registry.actions]
    matters = "every action" if "*" in known else ", ".join(f"`{a}`" for a in known)
    kind = getattr(fact.returns, "__name__", str(fact.returns))
    source = f"`{fact.capability.name}`" if fact.capability else "the record and what the action looks up"
    unserved = "" if fact.unserved is MISSING or not fact.capability else f"`{json.dumps(fact.unserved, default=sorted)}`"
    return (f"`{fact.name}`", "set of text" if kind == "frozenset" else {"str": "text", "int": "number"}.get(kind, kind), fact.sentence,
            matters, source, unserved)  # fmt: skip


def settings_page() -> str:
    """Every setting with its default."""
    rows = ((f"`BELLHOP_{n.upper()}`", _default(f.get_default(call_default_factory=True)), f.description or "")
            for n, f in Settings.model_fields.items())  # fmt: skip
    return page(
        "Settings",
        "Read from the environment and from a file `.env` in the folder Bellhop is started in; the environment wins. `bellhop settings` "
        "prints them. Lists and tables are given as JSON. A setting that is wrong stops the start with a sentence that names it.",
        table(("setting", "default", "what it does"), rows),
    )


def _default(value: Any) -> str:
    if isinstance(value, Path):
        value = value.relative_to(ROOT).as_posix() if value.is_absolute() else value.as_posix()
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    text = json.dumps(value) if isinstance(value, bool | dict) else str(value)
    return f"`{text}`" if text else "empty"


def commands_page() -> str:
    """Every command of the command line."""
    import typer

    from bot.__main__ import cli

    return page(
        "Commands",
        "`make run` and `make check` use these. The command is `.venv/bin/bellhop` after `make run` or `make test`; "
        "`python -m bot` is the same. Reports and errors go to standard error, results to standard output; "
        "an error is one sentence and exit code 1, wrong usage exit code 2. Every command has `--help`.",
        *(_command(path, command) for path, command in commands_of(typer.main.get_command(cli))),
    )


def commands_of(command: click.Command, path: str = "bellhop") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    inner: dict[str, click.Command] = getattr(command, "commands", {})
    if not inner:
        yield path, command
    for name, one in inner.items():
        yield from commands_of(one, f"{path} {name}")


def _command(path: str, command: click.Command) -> str:
    rows = [(f"`{_spelled(p)}`", getattr(p, "help", None) or "", "yes" if p.required else "") for p in command.params]
    shown = [table(("option", "what it does", "needed"), rows)] if rows else []
    return "\n\n".join([f"## `{path}`", (command.help or "").strip(), *shown])


def _spelled(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "argument":
        return (parameter.name or "").upper()
    flag = getattr(parameter, "is_flag", False)
    return f"{parameter.opts[0]}{'' if flag else ' …'}"


PAGES: dict[str, Callable[[], str]] = {
    "actions.md": actions_page,
    "facts.md": facts_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (ROOT / "docs" / name).write_text(write(), encoding="utf-8")
        print(f"docs/{name}")

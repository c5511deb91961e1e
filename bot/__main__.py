"""The command line: thin. Every command says what it does in one sentence and fails with one."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import commands, gap_commands, knowledge_commands
from bot.errors import BellhopError
from bot.settings import ROOT, Settings
from bot.settings import load as load_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
audit = typer.Typer(no_args_is_help=True, help="The audit ledger: prove it, hand it out.")
cli.add_typer(audit, name="audit")
knowledge_ = typer.Typer(no_args_is_help=True, help="The knowledge base: check it, fetch it, find what it lacks.")
cli.add_typer(knowledge_, name="knowledge")
eval_ = typer.Typer(no_args_is_help=True, help="Measures how well the desk does.")
cli.add_typer(eval_, name="eval")

Company = Annotated[Path | None, typer.Option("--company", help="Folder or database of a company made by `bellhop import`.")]
Policies = Annotated[Path | None, typer.Option("--policies", help="Another policy folder.")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines in on standard input, JSON lines out.")]


VERSION = "0.1.0"


def say(text: str) -> None:
    """Progress and reports go to standard error, so that standard output stays machine-readable."""
    typer.echo(text, err=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bellhop {VERSION}")
        raise typer.Exit


@cli.callback()
def bellhop(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)] = False,
) -> None:
    """Bellhop, a chat-first IT help desk: answers with citations, acts under policy, on the record."""


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")] = None,
) -> None:
    """Runs the desk, its chat page and every channel that is configured, until stopped."""
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    asyncio.run(commands.serve(load_settings(**chosen), say))


@cli.command()
def chat(
    who: Annotated[str, typer.Option("--as", help="E-mail address of the person you are.")],
    script: Annotated[Path | None, typer.Argument(help="A file of lines to say; without it, type them.")] = None,
    company: Company = None,
) -> None:
    """The chat in a terminal, or a script of it."""
    raise typer.Exit(asyncio.run(commands.chat(commands.at(load_settings(), company), who, script, say)))


@cli.command()
def ask(
    text: Annotated[str, typer.Argument(help="What to say.")],
    who: Annotated[str, typer.Option("--as", help="E-mail address of the person who says it.")],
    json_out: Annotated[bool, typer.Option("--json", help="Print the replies as JSON.")] = False,
    company: Company = None,
) -> None:
    """Says one message to the desk and prints its replies."""
    asyncio.run(commands.ask(commands.at(load_settings(), company), who, text, json_out, say))


@cli.command("import")
def import_(
    people: Annotated[Path | None, typer.Option(help="People, JSON or CSV.")] = None,
    systems: Annotated[Path | None, typer.Option(help="Systems, JSON or CSV.")] = None,
    groups: Annotated[Path | None, typer.Option(help="Groups, JSON or CSV.")] = None,
    grants: Annotated[Path | None, typer.Option(help="Grants, JSON or CSV.")] = None,
    company: Company = None,
) -> None:
    """Loads people, systems, groups and grants into the record; all of it or nothing."""
    files = {"people": people, "systems": systems, "groups": groups, "grants": grants}
    given = {kind: path for kind, path in files.items() if path}
    if not given:
        raise typer.BadParameter("name at least one file, for example --people people.json")
    typer.echo(asyncio.run(commands.import_files(commands.at(load_settings(), company), given)))


@cli.command()
def check(
    policies: Annotated[Path | None, typer.Option(help="Another policy folder.")] = None,
    knowledge: Annotated[Path | None, typer.Option(help="Another knowledge folder.")] = None,
) -> None:
    """Validates policies and their examples, articles, actions and settings; prints each problem."""
    raise typer.Exit(
        commands.check(_with(policies_dir=policies, knowledge_dir=knowledge, knowledge_url="" if knowledge else None), typer.echo)
    )


@cli.command()
def doctor() -> None:
    """Says what is configured, tries the credentials and scopes, and explains how to mend what is missing."""
    raise typer.Exit(asyncio.run(commands.doctor(load_settings(), typer.echo)))


@cli.command()
def simulate(
    against: Annotated[Path | None, typer.Option(help="A policy folder to compare today's with.")] = None,
    ticket: Annotated[list[str] | None, typer.Option(help="Tickets to judge again; none: calls as JSON lines on standard input.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    company: Company = None,
) -> None:
    """Shows what policy would do to calls or past tickets, and which outcomes another policy folder flips."""
    settings = commands.at(load_settings(), company)
    asyncio.run(commands.simulate(settings, against, ticket or [], sys.stdin.buffer, as_json))


@cli.command()
def search(
    knowledge: Annotated[Path, typer.Option("--knowledge", help="Folder of markdown articles.")],
    json_lines: Json = False,
    company: Company = None,
) -> None:
    """Answers {id, query, as?} lines from a knowledge folder."""
    _lines_only(json_lines)
    asyncio.run(commands.search(commands.at(load_settings(), company), knowledge, sys.stdin.buffer, sys.stdout, say))


@cli.command()
def understand(json_lines: Json = False, company: Company = None) -> None:
    """Understands {id, text, speaker, now} lines; executes nothing."""
    _lines_only(json_lines)
    asyncio.run(commands.understand(commands.at(load_settings(), company), sys.stdin.buffer, sys.stdout))


@cli.command()
def judge(json_lines: Json = False, company: Company = None, policies: Policies = None) -> None:
    """Judges {id, call, speaker, now, facts} lines; executes nothing."""
    _lines_only(json_lines)
    settings = commands.at(_with(policies_dir=policies), company)
    asyncio.run(commands.judge(settings, sys.stdin.buffer, sys.stdout))


@cli.command("settings")
def settings_() -> None:
    """Lists every setting, what it means, and its value now."""
    now = load_settings()
    for name, field in Settings.model_fields.items():
        typer.echo(f"BELLHOP_{name.upper()}={getattr(now, name)}\n    {field.description}")


@eval_.command("understand")
def eval_understand(
    where: Annotated[Path, typer.Option("--set", help="A set of utterances, or a folder of sets.")] = ROOT / "tests" / "language" / "sets",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="Also print what the tuned part missed.")] = False,
    company: Company = None,
) -> None:
    """Marks the understander that the settings choose: exact match, F1, false actions, acting without asking, by kind; executes nothing."""
    asyncio.run(commands.evaluate(load_settings(), where, company, as_json, misses))


@cli.command()
def analytics(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, YYYY-MM-DD, UTC; instead of --days.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days back to begin.")] = 90,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    company: Company = None,
) -> None:
    """Says what became of the questions that were asked: confirmed resolution, how they ended, by week, channel and article."""
    typer.echo(asyncio.run(commands.analytics(commands.at(load_settings(), company), since, days, as_json)))


@audit.command("verify")
def audit_verify(
    kept: Annotated[str, typer.Option(help="A head noted earlier, NUMBER:HASH, that the chain must still contain.")] = "",
    company: Company = None,
) -> None:
    """Proves that the audit ledger is whole, or names the first bad entry."""
    raise typer.Exit(asyncio.run(commands.audit_verify(commands.at(load_settings(), company), kept)))


@audit.command("export")
def audit_export(
    ticket: Annotated[str, typer.Option(help="The ticket, for example BH-1001.")],
    out: Annotated[Path | None, typer.Option(help="Where to write it; by default TICKET.zip here.")] = None,
    company: Company = None,
) -> None:
    """Writes the evidence pack of one ticket."""
    typer.echo(str(asyncio.run(commands.audit_export(commands.at(load_settings(), company), ticket, out))))


@knowledge_.command("check")
def knowledge_check(
    knowledge: Annotated[Path | None, typer.Option("--knowledge", help="Another knowledge folder.")] = None,
    base: Annotated[str, typer.Option("--base", help="A git revision, for example origin/main: only what fails anew counts.")] = "",
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Also write the report to this file, as a pull-request comment.")
    ] = None,
    company: Company = None,
) -> None:
    """Checks articles and golden questions; with --base, says which questions changed since that revision."""
    settings = commands.at(_with(knowledge_dir=knowledge, knowledge_url="" if knowledge else None), company)
    raise typer.Exit(knowledge_commands.check(settings, base, markdown, typer.echo, say))


@knowledge_.command("sync")
def knowledge_sync() -> None:
    """Fetches the knowledge from the repository that the settings name, and says what came and what was left out."""
    raise typer.Exit(knowledge_commands.sync(load_settings(), typer.echo))


@knowledge_.command("gaps")
def knowledge_gaps(
    since: Annotated[str, typer.Option("--since", help="A day (2026-09-01) or a span back from today (30 days).")] = "90 days",
    least: Annotated[int, typer.Option("--least", min=1, help="List and draft topics that at least so many people asked about.")] = 2,
    branches: Annotated[
        bool, typer.Option("--branches", help="Write a draft article for each topic: a branch with one commit, for a pull request.")
    ] = False,
    push: Annotated[bool, typer.Option("--push", help="As --branches, and push them to BELLHOP_KNOWLEDGE_URL.")] = False,
    into: Annotated[Path | None, typer.Option("--into", help="Write the drafts into this folder, without git.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    company: Company = None,
) -> None:
    """Lists what people asked in vain, by topic; with --branches, drafts an article about each. By itself it changes nothing."""
    wanted = gap_commands.Wanted(since=since, least=least, branches=branches, into=into, push=push, as_json=as_json)
    asyncio.run(gap_commands.gaps(commands.at(load_settings(), company), wanted, typer.echo, say))


def _with(**chosen: Any) -> Settings:
    return load_settings(**{name: value for name, value in chosen.items() if value is not None})


def _lines_only(json_lines: bool) -> None:
    if not json_lines:
        raise typer.BadParameter("this command speaks JSON lines: add --json and give them on standard input")


def main() -> None:
    """Runs a command; an error is one sentence on standard error and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        cli(prog_name="bellhop")
    except BellhopError as error:
        say(f"bellhop: {error}")
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()

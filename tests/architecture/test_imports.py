"""The one-way imports of HOUSE.md, and each outside library's single home. There are no exceptions, and no place to put one."""

from __future__ import annotations

import sys

from tests.architecture.conftest import Module

SIBLINGS = ("channels", "library", "language", "judge", "ledger", "workflows")
CORE = ("bot.domain", "bot.errors")
BELOW_APP = (*CORE, "bot.settings", "bot.desk", *(f"bot.{s}" for s in SIBLINGS))

MAY_IMPORT = {
    "bot.errors": (),
    "bot.settings": ("bot.errors",),
    "bot.domain": CORE,
    "bot.sdk": CORE,
    "bot.desk": (*CORE, "bot.desk"),
    **{f"bot.{s}": (*CORE, "bot.desk", "bot.settings", f"bot.{s}") for s in SIBLINGS},
    "bot.app": (*BELOW_APP, "bot.app", "actions"),
    "bot.doctor": (*BELOW_APP, "bot.app", "bot.doctor"),
    "bot.knowledge_commands": (*BELOW_APP, "bot.app", "bot.knowledge_commands"),
    "bot.commands": (*BELOW_APP, "bot.app", "bot.commands", "bot.doctor", "bot.knowledge_commands"),
    "bot.gap_commands": (*BELOW_APP, "bot.app", "bot.commands", "bot.gap_commands", "bot.knowledge_commands"),
    "bot.__main__": ("bot.commands", "bot.gap_commands", "bot.knowledge_commands", "bot.app", "bot.settings", "bot.errors"),
    "actions": ("bot.sdk", "actions"),
    "actions.vendors": ("bot.sdk",),
}
"""By room, the rooms it may import; the deepest room that holds a module counts. Vendors may also import their own folder."""

HOMES = {
    "slack_bolt": ("bot.channels.slack",),
    "slack_sdk": ("bot.channels.slack",),
    "botbuilder": ("bot.channels.teams",),
    "botframework": ("bot.channels.teams",),
    "msal": ("bot.channels.teams",),
    "msrest": ("bot.channels.teams",),
    "jwt": ("bot.channels.teams",),
    "aiohttp": ("bot.channels", "bot.app"),
    "yarl": ("bot.channels",),
    "rich": ("bot.channels.console",),
    "typer": ("bot.__main__",),
    "langchain": ("bot.language",),
    "langchain_core": ("bot.language", "bot.library"),
    "langchain_openai": ("bot.language", "bot.library"),
    "langchain_text_splitters": ("bot.library",),
    "openai": ("bot.language",),
    "rapidfuzz": ("bot.language", "bot.library"),
    "chromadb": ("bot.library",),
    "numpy": ("bot.library",),
    "onnx": ("bot.library",),
    "onnxruntime": ("bot.library",),
    "tokenizers": ("bot.library",),
    "yaml": ("bot.library", "bot.judge", "bot.language"),
    "markdown_it": ("bot.library", "bot.channels"),
    "cedarpy": ("bot.judge",),
    "usaddress": ("bot.judge",),
    "sqlmodel": ("bot.ledger",),
    "sqlalchemy": ("bot.ledger",),
    "alembic": ("bot.ledger",),
    "dbos": ("bot.workflows",),
    "psycopg": ("bot.workflows", "bot.ledger"),
    "httpx": ("actions.vendors",),
    "httpx2": ("bot.language",),
    "zxingcpp": ("actions.vendors",),
    "PIL": ("actions.vendors",),
    "pydantic": ("bot", "actions"),
    "pydantic_settings": ("bot.settings",),
}
"""Where each outside library may be imported; everything below a room counts. A library that is not listed may be imported nowhere."""


def inside(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def room(name: str) -> str:
    return max((r for r in MAY_IMPORT if inside(name, r)), key=len, default="")


def allowed(module: Module, target: str) -> bool:
    parts = module.name.split(".")
    if parts[:2] == ["actions", "vendors"] and len(parts) > 2:
        return inside(target, ".".join(parts[:3])) or inside(target, "bot.sdk")
    if inside(module.name, "actions") and inside(target, "actions.vendors"):
        return False
    return any(inside(target, r) for r in MAY_IMPORT[room(module.name)])


def test_imports_go_one_way(modules: list[Module]) -> None:
    wrong = [
        f"{m.where} imports {target}"
        for m in modules
        if m.name not in ("bot", "actions")
        for target in m.imports
        if target.split(".")[0] in ("bot", "actions") and not allowed(m, target)
    ]
    assert wrong == []


def test_every_module_lives_in_a_room(modules: list[Module]) -> None:
    assert [m.where for m in modules if m.name not in ("bot", "actions") and not room(m.name)] == []


def test_channels_do_not_import_each_other(modules: list[Module]) -> None:
    homes = {".".join(m.name.split(".")[:3]) for m in modules if m.path.name == "__init__.py" and m.name.startswith("bot.channels.")}
    wrong = [
        f"{m.where} imports {target}"
        for m in modules
        for home in homes
        if inside(m.name, home)
        for target in m.imports
        if any(inside(target, other) for other in homes - {home})
    ]
    assert wrong == []


def test_every_outside_library_has_one_home(modules: list[Module]) -> None:
    ours = {"bot", "actions", *sys.stdlib_module_names}
    outside = [(m, t) for m in modules for t in m.imports if t.split(".")[0] not in ours]
    assert outside, "the source could not be read"
    homeless = {f"{m.where} imports {t}" for m, t in outside if not any(inside(m.name, h) for h in HOMES.get(t.split(".")[0], ()))}
    assert sorted(homeless) == []


def test_the_domain_is_pure(modules: list[Module]) -> None:
    """Standard library and pydantic only, and of that nothing that reads a clock, a file or a network by itself."""
    wrong = [
        f"{m.where} imports {t}"
        for m in modules
        if inside(m.name, "bot.domain")
        for t in m.imports
        if t.split(".")[0] in ("asyncio", "os", "pathlib", "socket", "sqlite3", "subprocess", "threading", "time", "urllib", "logging")
        and not inside(t, "urllib.parse")  # takes addresses apart, and fetches nothing
    ]
    assert wrong == []


def test_sdk_only_re_exports(modules: list[Module]) -> None:
    import ast

    sdk = next(m for m in modules if m.name == "bot.sdk")
    kinds = {type(n) for n in sdk.tree.body[1:]}
    assert kinds <= {ast.ImportFrom, ast.Assign}

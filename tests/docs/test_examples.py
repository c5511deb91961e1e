"""What the how-tos tell a newcomer to write works, and is needed."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.desk.registry import load
from bot.desk.vendors import Installed
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.outcomes import Result
from bot.errors import Misconfigured, NotFound, Refused, TryLater
from tests.docs.conftest import Tree, blocks

CHECKED = ["docs/how-to-article.md", "docs/how-to-rule.md", "docs/how-to-action.md", "docs/how-to-vendor.md"]
JOHN = "john.smith@brightwater.example"


@pytest.mark.parametrize("page", [p for p in CHECKED if any(b.note == "run" for b in blocks(p))])
def test_bellhop_check_is_content(page: str, tree: Tree) -> None:
    assert tree.write(page)
    result = tree.run("check")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("page", "path", "was", "instead", "said"),
    [
        ("docs/how-to-article.md", "knowledge/accounts/email-signature.md", "audience: [everyone]", "audiense: [everyone]", "audiense"),
        (
            "docs/how-to-article.md",
            "knowledge/accounts/email-signature.md",
            "asked_as:",
            "actions: [software.instal]\nasked_as:",
            "software.instal",
        ),
        ("docs/how-to-rule.md", "policies/house.examples.yaml", "seats_free: 2", "seats_free: 3", "last-seats"),
        ("docs/how-to-rule.md", "policies/house.cedar", "context.seats_free", "context.seats_fre", "seats_fre"),
        ("docs/how-to-action.md", "policies/leave.cedar", 'Action::"leave"', 'Action::"leaf"', "leaf"),
    ],
)
def test_bellhop_check_finds_the_mistake(page: str, path: str, was: str, instead: str, said: str, tree: Tree) -> None:
    """The examples pass because they are right, not because nobody looks."""
    tree.write(page)
    file = tree.folder / path
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, instead), encoding="utf-8")
    result = tree.run("check")
    assert result.returncode == 1
    assert said in result.stdout
    assert Path(path).name.partition(".")[0] in result.stdout


def test_the_readme_shows_what_the_how_tos_prove() -> None:
    """An example in the README is an excerpt of one that is tried here."""
    shown = [b for b in blocks("README.md") if b.note.startswith("excerpt:")]
    assert len(shown) >= 4
    tried = {b.file: b.text for page in CHECKED for b in blocks(page) if b.file}
    assert [b.note for b in shown if b.text.strip() not in tried.get(b.note.removeprefix("excerpt:"), "")] == []


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Writes a page's Python files into a package of their own; its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(page: str) -> str:
        name = f"example_{page.removesuffix('.md').rpartition('/')[2].replace('-', '_')}"
        for block in blocks(page):
            path = tmp_path / name / block.file.removeprefix("actions/")
            if block.file.startswith("actions/"):
                path.parent.mkdir(parents=True, exist_ok=True)
                text = block.text.replace("from actions.", f"from {name}.")
                path.write_text(text, encoding="utf-8")
                (path.parent / "__init__.py").touch()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "vendors").mkdir(exist_ok=True)
        (tmp_path / name / "vendors" / "__init__.py").touch()
        importlib.invalidate_caches()
        made.append(name)
        return name

    yield make
    for name in [m for m in sys.modules if m.partition(".")[0] in made]:
        del sys.modules[name]


async def test_the_action_registers_runs_and_undoes(package: Callable[[str], str], tmp_path: Path) -> None:
    """On the demo vendor: twice is "already so", and undo gives back what was there."""
    from actions.vendors.demo.trial import trial
    from bot.domain.capabilities import Identity
    from tests.contracts.world import NOW

    registry = load(package("docs/how-to-action.md"))
    assert set(registry.actions) == {"leave.pause", "leave.resume"}
    demo = trial(tmp_path / "demo", NOW)
    vendors = Installed({"*": "demo"}, {"demo": {"data_dir": str(tmp_path / "demo")}})
    before = demo.snapshot()

    async def run(call: Call, key: str) -> Any:
        action = registry.action(call.action)
        assert action.run
        return await action.run(action.parse(call), vendors.offer("demo", Identity, key))

    call = Call(action="leave.pause", arguments={"person": JOHN})
    done = await run(call, "1")
    assert (done.result, done.change.after) == (Result.DONE, "cannot sign in")
    assert demo.snapshot() != before
    assert (await run(call, "2")).result is Result.ALREADY
    assert (await run(done.undo, "3")).result is Result.DONE
    assert demo.snapshot() == before
    vendors.close()
    demo.close()


@pytest.fixture
async def acme() -> AsyncIterator[tuple[TestServer, dict[str, Any]]]:
    """A stand-in for the service of how-to-vendor.md, and what it holds. `fail` answers with that status."""
    held: dict[str, Any] = {"sales": [JOHN], "fail": None, "keys": []}

    async def handle(request: web.Request) -> web.Response:
        group, email = request.match_info["group"], request.match_info.get("email", "")
        if held["fail"]:
            return web.json_response({"secret": "tok-123"}, status=held["fail"], headers={"Retry-After": "7"})
        if request.headers["Authorization"] != "Bearer tok-123":
            return web.Response(status=401)
        if group not in held:
            return web.Response(status=404)
        if request.method == "GET":
            return web.json_response([{"email": e} for e in held[group]])
        held["keys"].append(request.headers.get("Idempotency-Key"))
        held[group] = [e for e in held[group] if e != email] + ([email] if request.method == "PUT" else [])
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/groups/{group}/members", handle)
    app.router.add_route("*", "/groups/{group}/members/{email}", handle)
    server = TestServer(app)
    await server.start_server()
    yield server, held
    await server.close()


def installed(package: str, url: str, token: str) -> Installed:
    return Installed({"groups": "acme", "*": "human"}, {"acme": {"url": url, "token": token}}, package=f"{package}.vendors")


async def test_the_vendor_serves_groups(package: Callable[[str], str], acme: tuple[TestServer, dict[str, Any]]) -> None:
    from bot.domain.capabilities import Calendar, Groups

    server, held = acme
    vendors = installed(package("docs/how-to-vendor.md"), str(server.make_url("/")), "tok-123")
    assert vendors.serving(Groups, None, Directory()) == "acme"
    assert vendors.serving(Calendar, None, Directory()) is None
    groups = vendors.offer("acme", Groups, "key-1")
    assert await groups.add("rosa.delgado@brightwater.example", "sales") is True
    assert await groups.add("rosa.delgado@brightwater.example", "sales") is False
    assert held["keys"] == ["key-1"]
    assert await groups.remove("rosa.delgado@brightwater.example", "sales") is True
    assert await groups.remove("rosa.delgado@brightwater.example", "sales") is False
    assert held["sales"] == [JOHN]
    assert await groups.members("sales") == [JOHN]


async def test_the_vendor_translates_errors(package: Callable[[str], str], acme: tuple[TestServer, dict[str, Any]]) -> None:
    from bot.domain.capabilities import Groups

    server, held = acme
    name, url = package("docs/how-to-vendor.md"), str(server.make_url("/"))
    groups = installed(name, url, "tok-123").offer("acme", Groups)
    with pytest.raises(NotFound):
        await groups.members("nobody/../sales")
    with pytest.raises(Misconfigured):
        await installed(name, url, "wrong").offer("acme", Groups).members("sales")
    with pytest.raises(TryLater):
        await installed(name, "http://127.0.0.1:9", "tok-123").offer("acme", Groups).members("sales")
    held["fail"] = 429
    with pytest.raises(TryLater) as busy:
        await groups.members("sales")
    assert busy.value.after == 7
    held["fail"] = 409
    with pytest.raises(Refused) as refused:
        await groups.members("sales")
    assert "tok-123" not in str(refused.value)


def test_a_vendor_without_its_settings_says_so(package: Callable[[str], str]) -> None:
    from bot.domain.capabilities import Groups
    from bot.errors import BadSettings

    vendors = Installed({"groups": "acme"}, {"acme": {"url": "http://127.0.0.1:9"}}, package=f"{package('docs/how-to-vendor.md')}.vendors")
    with pytest.raises(BadSettings, match="token"):
        vendors.offer("acme", Groups)


def test_modules_are_typed_like_ours(package: Callable[[str], str]) -> None:
    """The examples import what a plugin may import, and nothing else."""
    allowed = ("bot.sdk", "actions", "__future__", "collections", "typing", "urllib", "httpx")
    wrong = []
    for page in CHECKED:
        for block in (b for b in blocks(page) if b.file.endswith(".py")):
            lines = [line.split()[1] for line in block.text.splitlines() if line.startswith(("from ", "import "))]
            wrong += [f"{page}: {module}" for module in lines if not module.startswith(allowed)]
    assert wrong == []


def test_jsons_on_the_pages_are_json() -> None:
    """What a page tells somebody to put into a setting can be read."""
    import re

    text = "\n".join(b.text for b in blocks("docs/how-to-vendor.md") if b.language == "sh")
    values = re.findall(r"^export BELLHOP_VENDOR\w*='(.*)'$", text, re.M)
    assert len(values) == 2
    assert all(isinstance(json.loads(v), dict) for v in values)

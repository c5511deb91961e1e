"""Scenarios on the Agents Playground: one of its processes for each person who acts, all against the same desk."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from bellhop import started
from cast import CAST, OUTSIDER, known, object_id

TENANT = "11111111-2222-3333-4444-555555555555"
GENERAL = "19:general@thread.tacv2"
CHANNELS = {"it-helpdesk": "19:helpdesk@thread.tacv2"}
"""The Playground takes one channel beside General."""
ETIQUETTE = {f"teams:{GENERAL}": "silent"}
BOT_NAME = "Bellhop"
OTHERS = 5
"""How many users the Playground wants beside the one it plays."""


def populate(bench: ModuleType) -> None:
    """Replaces the bench's people and context by ours."""
    people = known()
    bench.PEOPLE = {short: (f"29:1-{short}", *name.split(" ", 1), email, object_id(short)) for short, (name, email) in people.items()}
    bench.config = lambda persona, bot_name=BOT_NAME: _config(bench, persona)


def _config(bench: ModuleType, persona: str) -> dict[str, Any]:
    others = [s for s in [OUTSIDER, *CAST] if s != persona][-OTHERS:]
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": "28:20000000-0000-0000-0000-0000000000b0", "name": BOT_NAME},
        "currentUser": bench._user(persona),
        "users": [bench._user(s) for s in others],
        "personalChat": {"id": f"a:personal-{persona}"},
        "groupChat": {"id": "19:group@thread.v2", "name": "Group Chat"},
        "team": {
            "id": GENERAL,
            "name": "Brightwater",
            "aadGroupId": object_id("team"),
            "channels": [{"id": cid, "name": name} for name, cid in CHANNELS.items()],
        },
    }


def settings(port: int) -> dict[str, str]:
    """What an operator would set to try it with the Playground."""
    return {
        "BELLHOP_TEAMS_UNSIGNED": "true",
        "BELLHOP_TEAMS_PORT": str(port),
        "BELLHOP_TEAMS_ANALYSTS": CHANNELS["it-helpdesk"],
        "BELLHOP_TEAMS_TENANT_ID": TENANT,
        "BELLHOP_HOME": "teams",
        "BELLHOP_ETIQUETTE": json.dumps(ETIQUETTE),
    }


class Stage:
    """The Playgrounds of one scenario, by person, in one browser driver; each is opened when its person first acts."""

    def __init__(self, bench: ModuleType, url: str) -> None:
        from playwright.sync_api import sync_playwright

        self._bench, self._url = bench, url
        self._driver = sync_playwright().start()
        self.open: dict[str, Any] = {}

    def at(self, short: str) -> Any:
        """This person's Playground."""
        if short not in self.open:
            self.open[short] = self._opened(short)
        return self.open[short]

    def _opened(self, short: str) -> Any:
        shared = self._driver

        class Borrowed(self._bench.Playground):  # type: ignore[misc, name-defined]
            """A Playground whose browser is started by the stage's driver: two drivers cannot live in one thread."""

            def start(self) -> Any:
                return _start(self, shared)

        return Borrowed(self._url, persona=short, conf=_config(self._bench, short)).start()

    def close(self) -> None:
        for playground in self.open.values():
            playground.stop()
        self._driver.stop()


def _start(playground: Any, driver: Any) -> Any:
    """As the bench's own Playground.start, with a driver that runs already."""
    import playwright.sync_api as api

    class Running:
        def start(self) -> Any:
            return driver

    original = api.sync_playwright
    api.sync_playwright = Running
    try:
        started_ = super(type(playground), playground).start()
    finally:
        api.sync_playwright = original
    playground._pw = None
    return started_


def scenario(bench: ModuleType) -> type:
    """The bench's player, with two steps more: {"as": PERSON} goes on in that person's Playground, {"choose": {LABEL: OPTION}}
    picks from a drop-down list of a card."""

    class Player(bench.Scenario):  # type: ignore[misc, name-defined]
        def __init__(self, stage: Stage, first: str, report: Any, shots: Path) -> None:
            super().__init__(stage.at(first), report, shots)
            self.stage, self.marks = stage, {first: self.m}

        def step(self, s: dict[str, Any]) -> None:
            if "as" in s:
                self.pg = self.stage.at(s["as"])
                self.m = self.marks.get(s["as"], 0)
                return
            if "choose" in s:
                for label, option in s["choose"].items():
                    self.pg.card(s.get("card", -1)).get_by_label(label).first.click()
                    self.pg.page.get_by_role("option", name=option, exact=True).click()
                return
            super().step(s)
            self.marks[self.pg.persona] = self.m

    return Player


def play(bench: ModuleType, path: Path, shots: Path, report: Any) -> bool:
    """One scenario file against a fresh desk. Its first step says as whom it begins."""
    b = bench.b
    port = b.free_port()
    steps = json.loads(path.read_text(encoding="utf-8"))
    folder = shots / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    with started(b, "bellhop-teams", settings(port)) as bot:
        b.wait_port(port, timeout=60, proc=bot)
        stage = Stage(bench, f"http://127.0.0.1:{port}/api/messages")
        try:
            held = scenario(bench)(stage, steps[0]["as"], report, folder).play(steps)
            for short, playground in stage.open.items():
                playground.shot(folder / f"end-{short}.png")
        finally:
            stage.close()
        quiet = bot.returncode() is None and "Traceback" not in bot.tail(200_000)
        report.check("the product is alive and logged no stack trace", quiet, "" if quiet else bot.tail(3000))
    return bool(held and quiet)

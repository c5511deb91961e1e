"""Scenarios on local-slack: our people in its workspace, the product as its bot, pictures of its page."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from bellhop import started
from cast import known

CHANNELS = {
    "general": "C01GENERAL",
    "it-help": "C02ITHELP",
    "it-helpdesk": "C03HELPDESK",
    "staff-room": "C04STAFFROOM",
    "quiet": "C05QUIET",
}
ANALYSTS = "it-helpdesk"
ETIQUETTE = {"slack:C02ITHELP": "always", "slack:C04STAFFROOM": "staff only", "slack:C05QUIET": "silent"}
"""Everywhere else the default holds: on mention."""
HELPDESK = ("ivan", "mei", "priya", "tom")
"""Tom is in the analysts' channel without being an analyst."""
BOT_NAME = "bellhop"


def slack_id(short: str) -> str:
    return f"U0{short.upper()}"


def populate(bench: ModuleType) -> None:
    """Replaces the bench's people, channels and workspace by ours."""
    bench.USERS = {short: slack_id(short) for short in known()}
    bench.CHANNELS = CHANNELS
    bench.workspace = lambda mode, request_url: _workspace(bench, mode, request_url)


def _workspace(bench: ModuleType, mode: str, request_url: str | None) -> dict[str, Any]:
    everyone = [*bench.USERS.values(), bench.BOT]
    members = {ANALYSTS: [*(slack_id(s) for s in HELPDESK), bench.BOT]}
    app = {
        "appId": bench.APP,
        "botUserId": bench.BOT,
        "botName": BOT_NAME,
        "botToken": bench.SECRETS["SLACK_BOT_TOKEN"],
        "appToken": bench.SECRETS["SLACK_APP_TOKEN"],
        "signingSecret": bench.SECRETS["SLACK_SIGNING_SECRET"],
        "mode": "socket" if mode == "socket" else "events",
        "requestUrl": request_url,
    }
    return {
        "workspace": {"name": "Brightwater", "domain": "brightwater", "teamId": bench.TEAM},
        "app": {k: v for k, v in app.items() if v},
        "users": [{"id": slack_id(s), "name": s, "real_name": name, "email": email} for s, (name, email) in known().items()],
        "channels": [
            {"id": cid, "name": name, "is_private": name == ANALYSTS, "members": members.get(name, everyone)}
            for name, cid in CHANNELS.items()
        ],
    }


def settings(bench: ModuleType, mode: str, base: str, port: int) -> dict[str, str]:
    """What an operator would set."""
    how = (
        {"BELLHOP_SLACK_APP_TOKEN": bench.SECRETS["SLACK_APP_TOKEN"]}
        if mode == "socket"
        else {"BELLHOP_SLACK_SIGNING_SECRET": bench.SECRETS["SLACK_SIGNING_SECRET"], "BELLHOP_SLACK_PORT": str(port)}
    )
    return how | {
        "BELLHOP_SLACK_BOT_TOKEN": bench.SECRETS["SLACK_BOT_TOKEN"],
        "BELLHOP_SLACK_API_URL": f"{base}/api/",
        "BELLHOP_SLACK_ANALYSTS": CHANNELS[ANALYSTS],
        "BELLHOP_HOME": "slack",
        "BELLHOP_ETIQUETTE": json.dumps(ETIQUETTE),
    }


def scenario(bench: ModuleType) -> type:
    """The bench's player, with three steps more: {"edit": TEXT} and {"delete": true}, of what was said last, and {"find": REGEX}, which
    goes back to an earlier message of the bot here."""

    class Player(bench.Scenario):  # type: ignore[misc, name-defined]
        own: tuple[str, str] = ("", "")

        def step(self, s: dict[str, Any]) -> None:
            if "edit" in s or "delete" in s:
                channel, ts = self.own
                path = "/_control/edit-message" if "edit" in s else "/_control/delete-message"
                self.since = self.s.now()
                self.s._post(path, {"channel": channel, "ts": ts, "user": self.s.uid(self.user), "text": s.get("edit", "")})
                return
            if "find" in s:
                self.last = self.s.wait_message(s.get("in", self.channel), s["find"])
                return
            super().step(s)
            if "say" in s:
                self.own = (self.s.cid(s.get("in", self.channel)), self.since)

    return Player


def play(bench: ModuleType, path: Path, mode: str, shots: Path | None, report: Any) -> bool:
    """One scenario file against a fresh workspace and a fresh desk."""
    b = bench.b
    port = b.free_port()
    url = f"http://127.0.0.1:{port}/slack/events" if mode == "http" else None
    with bench.LocalSlack(mode, url) as slack, started(b, "bellhop-slack", settings(bench, mode, slack.base, port)) as bot:
        if mode == "socket":
            b.wait_for("the product's socket", lambda: bot.returncode() is not None or connected(slack), 90)
        else:
            b.wait_port(port, timeout=90, proc=bot)
        held = scenario(bench)(slack, report).play(json.loads(path.read_text(encoding="utf-8")))
        if shots:
            pictures(bench, slack, shots / f"{path.stem}-{mode}")
        quiet = bot.returncode() is None and "Traceback" not in bot.tail(200_000)
        report.check("the product is alive and logged no stack trace", quiet, "" if quiet else bot.tail(3000))
    return bool(held and quiet)


def connected(slack: Any) -> bool:
    return any("socket connected" in (entry.get("summary") or "") for entry in slack.log())


def pictures(bench: ModuleType, slack: Any, folder: Path) -> None:
    """Every conversation that holds something, each of its threads, and every Home page that was opened."""
    folder.mkdir(parents=True, exist_ok=True)
    state = slack.state()
    with bench.SlackPage(slack) as shown:
        shown.page.set_viewport_size({"width": 1500, "height": 1300})
        for channel in state["channels"]:
            messages = slack.messages(channel["id"])
            there = {m["ts"] for m in messages}
            roots = {m["thread_ts"] for m in messages if m.get("thread_ts") in there}
            name = channel["name"].replace("dm-U0", "dm-").lower()
            for n, ts in enumerate(sorted(roots, key=float)):
                thread(shown.page, slack, channel["id"], ts)
                shown.page.screenshot(path=str(folder / f"{name}-thread{n}.png"))
            if messages and not roots:
                thread(shown.page, slack, channel["id"], "")
                shown.page.screenshot(path=str(folder / f"{name}.png"))


def thread(page: Any, slack: Any, channel: str, ts: str, width: int = 640) -> None:
    """Opens a conversation, with the thread in a pane that is this wide."""
    query = f"/p{ts.replace('.', '')}?thread_ts={ts}&cid={channel}" if ts else ""
    page.goto(f"{slack.base}/archives/{channel}{query}")
    if ts:
        page.locator(".thread-pane").wait_for()
        handle = page.locator(".thread-resize-handle").bounding_box()
        right = page.viewport_size["width"]
        page.mouse.move(handle["x"] + 1, 300)
        page.mouse.down()
        page.mouse.move(right - width, 300)
        page.mouse.up()
    page.locator(".msg").first.wait_for()
    time.sleep(0.4)  # the page scrolls to its end by itself

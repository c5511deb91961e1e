"""Takes the pictures of docs/how-to-slack.md and docs/how-to-teams.md: `pictures.py slack` or `pictures.py teams`, as run.py is started.

local-slack's page was mended for them: README.md says where.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bellhop import started
from cast import ROOT
from run import bench

IMAGES = ROOT / "docs" / "images"
REMOVE = "Remove John's access to email and Slack."
QUESTION = "How do I connect to the office Wi-Fi?"
LEFT = 330
"""Where the Playground's conversation begins, in pixels."""


def kept(page: Any, name: str, clip: dict[str, float]) -> None:
    """A picture in few colours, which makes it small."""
    from PIL import Image

    path = IMAGES / f"{name}.png"
    page.screenshot(path=str(path), clip=clip)
    Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


# Slack -------------------------------------------------------------------------------------------------------------------------------


@contextmanager
def workspace() -> Iterator[tuple[Any, Any, Any]]:
    """The driver, its local Slack, and a page of it, with the product connected."""
    import on_slack

    driver = bench("slack_local")
    on_slack.populate(driver)
    b, port = driver.b, driver.b.free_port()
    with driver.LocalSlack("socket") as slack, started(b, "bellhop-pictures", on_slack.settings(driver, "socket", slack.base, port)):
        b.wait_for("the product's socket", lambda: on_slack.connected(slack), 90)
        with driver.SlackPage(slack) as shown:
            shown.page.set_viewport_size({"width": 1280, "height": 1000})
            yield driver, slack, shown.page


def on_slack_pictures() -> None:
    import on_slack

    with workspace() as (driver, slack, page):
        play = on_slack.scenario(driver)(slack, driver.b.Report()).play
        play(
            [
                {"as": "tom", "in": "general"},
                {"say": f"<@{driver.BOT}> {QUESTION}"},
                {"expect": "This helped"},
                {"as": "niels", "in": "dm:niels"},
                {"say": "My docking station makes a noise, talk to a human"},
                {"expect": "handed this"},
                {"as": "ivan", "in": "it-helpdesk"},
                {"expect": "BH-1002.*Take it"},
                {"click": "Take it"},
                {"expect_update": "Taken by"},
                {"say": "Which model is it? It stands on the label below.", "thread": True},
                {"expect_none": "failed", "within": 2},
                {"as": "hannah", "in": "dm:hannah"},
                {"say": REMOVE},
                {"expect": "Which “John”"},
                {"click": "John Smith"},
                {"expect": "Plan: .*Waiting for approval.*Approvals", "timeout": 20},
                {"as": "sam", "in": "dm:sam"},
                {"expect": "Approval: "},
                {"wait": 2},
            ]
        )
        thread(page, slack, "general", "slack-answer", 760)
        thread(page, slack, "dm:hannah", "slack-plan", 800)
        thread(page, slack, "it-helpdesk", "slack-helpdesk", 520)
        room(page, slack, "dm:sam", "slack-approval", 720)
        card = slack.wait_message("dm:sam", "Approval: ")
        slack.click("sam", "dm:sam", card, "Decline")
        slack.modal("Decline")
        box = page.locator(".modal").bounding_box()
        kept(page, "slack-form", around(box, 30))
        slack.close_modal("sam")
        home(page, slack, "Sam Okafor", "slack-home", 1000)


def around(box: dict[str, float], margin: float) -> dict[str, float]:
    return {"x": box["x"] - margin, "y": box["y"] - margin, "width": box["width"] + 2 * margin, "height": box["height"] + 2 * margin}


def thread(page: Any, slack: Any, channel: str, name: str, height: int) -> None:
    import on_slack

    root = next(m["thread_ts"] for m in slack.messages(channel) if m.get("thread_ts"))
    on_slack.thread(page, slack, slack.cid(channel), root, 620)
    page.wait_for_timeout(2800)  # until what the link marked has faded
    page.mouse.move(5, 5)
    page.locator(".thread-body").evaluate("e => e.scrollTo(0, 0)")
    kept(page, name, {"x": 0, "y": 44, "width": 1280, "height": height})


def room(page: Any, slack: Any, channel: str, name: str, height: int) -> None:
    import on_slack

    on_slack.thread(page, slack, slack.cid(channel), "")
    kept(page, name, {"x": 0, "y": 44, "width": 1000, "height": height})


def home(page: Any, slack: Any, who: str, name: str, height: int) -> None:
    page.goto(slack.base)
    page.locator(".actas select").last.select_option(label=who)
    page.locator(".sidebar-item", has_text="bellhop").click()
    page.get_by_text(f"Hello {who}").wait_for()
    page.wait_for_timeout(500)
    kept(page, name, {"x": 0, "y": 44, "width": 1000, "height": height - 44})


# Teams -------------------------------------------------------------------------------------------------------------------------------


def on_teams_pictures() -> None:
    import on_teams

    driver = bench("teams_playground")
    on_teams.populate(driver)
    b, port = driver.b, driver.b.free_port()
    with started(b, "bellhop-pictures", on_teams.settings(port)) as bot:
        b.wait_port(port, timeout=60, proc=bot)
        stage = on_teams.Stage(driver, f"http://127.0.0.1:{port}/api/messages")
        try:
            _teams_pictures(driver, stage)
        finally:
            stage.close()


def _teams_pictures(driver: Any, stage: Any) -> None:
    import on_teams

    folder = IMAGES
    for short in ("ivan", "sam", "hannah", "niels", "tom"):
        stage.at(short).page.set_viewport_size({"width": 1400, "height": 1180})
    play = on_teams.scenario(driver)(stage, "ivan", driver.b.Report(), folder).play
    play(
        [
            {"as": "ivan"},
            {"go": "it-helpdesk"},
            {"as": "tom"},
            {"say": QUESTION},
            {"expect": "network for Brightwater"},
            {"as": "hannah"},
            {"say": REMOVE},
            {"expect": "Which “John”"},
            {"click": "John Smith"},
            {"expect": "aiting for approval.*Sam Okafor"},
            {"as": "sam"},
            {"expect_card": "Approve.*Decline"},
            {"wait": 2},
        ]
    )
    cards(stage.at("tom"), "teams-answer")
    cards(stage.at("hannah"), "teams-plan")
    cards(stage.at("sam"), "teams-approval")
    play([{"as": "sam"}, {"click": "Decline"}, {"fill": {"Why? A sentence is enough.": "He is only on leave."}}, {"wait": 1}])
    cards(stage.at("sam"), "teams-form", last=True)
    play(
        [
            {"as": "niels"},
            {"say": "My docking station makes a noise, talk to a human"},
            {"expect": "handed this"},
            {"as": "ivan"},
            {"expect": "docking station.*Take it"},
            {"click": "Take it", "card": 0},
            {"expect": "Taken by"},
            {"reply": "Which model is it? It stands on the label below.", "mention": "Bellhop"},
            {"wait": 3},
        ]
    )
    cards(stage.at("ivan"), "teams-helpdesk", places=True)


def cards(playground: Any, name: str, *, last: bool = False, places: bool = False) -> None:
    """The conversation as it stands, without the Playground's log."""
    page = playground.page
    page.mouse.move(700, 5)
    page.wait_for_timeout(500)
    top, bottom = 50.0, 1085.0
    if last:
        box = page.locator(".ac-adaptiveCard").last.bounding_box()
        top, bottom = max(top, box["y"] - 420), box["y"] + box["height"] + 30
    left = 68 if places else LEFT
    kept(page, name, {"x": left, "y": top, "width": 1068 - left, "height": bottom - top})


if __name__ == "__main__":
    {"slack": on_slack_pictures, "teams": on_teams_pictures}[sys.argv[1]]()
    sys.exit(0)

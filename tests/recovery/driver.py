"""A process to be killed: opens the real desk on a folder, behaves as the people of one story, and leaves once the story is settled.

`driver.py` reads one JSON object per line, ``{"folder": …, "story": …, "die": n}``, forks a process in a group of its own for each, prints
its pid, then how it ended: 0 settled, -9 killed, anything else with its reason on standard error. With ``die`` the process kills itself
with SIGKILL right before its n-th commit to a database (of the record or of the durable engine), counted from its start: what it did
since the commit before, at a vendor for example, is done and not noted.

The people here do what people and channels do after an interruption: the channel delivers again, with the same id, what it may not have
delivered; whoever still sees a form, a question or a button presses it again.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from actions.vendors.demo.seed import COMPANY
from bot.app import App, open_app
from bot.domain.messages import Click, File, Form, Message, Post, Reply
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import Place
from bot.settings import Settings

DOMAIN = "brightwater.example"
HANNAH, MARIA, JANE, IVAN, EMILY = (f"{n}@{DOMAIN}" for n in ("hannah.weber", "maria.lopez", "jane.doe", "ivan.petrov", "emily.clarke"))
REMOVE = "Remove John's access to email and Slack."
LAPTOP = "Provision a laptop with standard apps for Jane and ship it to her home."
SEAT = "I need access to Figma for two weeks"
PATIENCE = 15.0
IMPATIENCE = 0.5


class Room:
    """A channel that shows nothing: the record keeps every post."""

    name = "room"
    pace = 0.0

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation="analysts", thread=ticket)

    def shared(self, place: Place) -> bool:
        return False

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    async def show(self, post: Post) -> str:
        return str(post.id)


class Story:
    """The people of one story. Every click of theirs has an id of its own; the first sentence always has the same."""

    def __init__(self, app: App, room: Room, who: str, text: str, *, undo: bool) -> None:
        self.app, self.room, self.who, self.text, self.undo = app, room, who, text, undo
        self.place = Place(channel=room.name, conversation=who, thread="t-1")
        self.pressed: dict[str, float] = {}

    async def tell(self) -> None:
        """Goes on until nothing is left to do; TimeoutError if it does not get there."""
        await self.hear(self.who, self.place, id="first", text=self.text)
        async with asyncio.timeout(PATIENCE):
            while True:
                plan = await self.plan()
                if plan is not None and await self.over(plan):
                    return
                await self.answer(plan)
                await asyncio.sleep(0.02)

    async def over(self, plan: Plan) -> bool:
        """Whether nothing is left to do, by the people and by the engine."""
        more = self.undo and plan.state is PlanState.DONE
        return plan.state.settled and not more and not [r for r in await self.app.engine.list(plan.id) if r.active]

    async def hear(self, who: str, place: Place, **message: Any) -> None:
        number = message.pop("id", f"{os.getpid()}-{time.monotonic_ns()}")
        await self.app.desk.hearing.hear(Message(id=number, person=who, place=place, at=datetime.now(UTC), **message))

    async def press(self, who: str, place: Place, verb: str, ref: str, files: tuple[File, ...] = (), **values: Any) -> None:
        """Presses a button, and again after a while if it is still there."""
        if time.monotonic() < self.pressed.get(ref, 0.0):
            return
        self.pressed[ref] = time.monotonic() + IMPATIENCE
        await self.hear(who, place, click=Click(verb=verb, ref=ref, values=values), files=files)

    async def plan(self) -> Plan | None:
        ticket = await self.app.ledger.ticket_at(self.place)
        plans = await self.app.ledger.plans(ticket.id) if ticket else ()
        return plans[-1] if plans else None

    async def answer(self, plan: Plan | None) -> None:
        """Whatever somebody sees that asks for an answer gets one."""
        if plan is None:
            for form in await self.forms(self.place):
                await self.press(self.who, self.place, "form", form.id, **{form.fields[0].name: f"john.smith@{DOMAIN}"})
            return
        for post in await self.app.ledger.posts(ticket=plan.ticket):
            who = IVAN if post.place.conversation == "analysts" else post.place.conversation
            for button in post.reply.buttons:
                if button.verb == "approve" or (button.verb == "undo" and self.undo and who == IVAN):
                    await self.press(who, post.place, button.verb, button.ref)
            if isinstance(post.reply, Form) and not post.reply.settled and who == JANE:
                await self.press(JANE, post.place, "form", post.reply.id, files=(licence(),))

    async def forms(self, place: Place) -> list[Form]:
        posts = await self.app.ledger.posts(place=place)
        return [p.reply for p in posts if isinstance(p.reply, Form) and not p.reply.settled]


class Human(Story):
    """Somebody wants a human."""

    async def tell(self) -> None:
        await self.hear(self.who, self.place, id="first", text=self.text)


class Expiry(Story):
    """Somebody's access has come to its end. Nobody says so: the engine's own round finds it."""

    async def tell(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not (plans := await self.app.ledger.plans()) or not all([await self.over(p) for p in plans]):
                await asyncio.sleep(0.02)


def licence() -> File:
    """Jane's driving licence, with the address that the parcel goes to."""
    return File(name="licence.png", media_type="image/png", content=(COMPANY / "id_documents" / "jane-doe-match.png").read_bytes())


STORIES: dict[str, Callable[[App, Room], Story]] = {
    "remove": lambda app, room: Story(app, room, HANNAH, REMOVE, undo=False),
    "remove and undo": lambda app, room: Story(app, room, HANNAH, REMOVE, undo=True),
    "laptop": lambda app, room: Story(app, room, MARIA, LAPTOP, undo=False),
    "laptop and undo": lambda app, room: Story(app, room, MARIA, LAPTOP, undo=True),
    "seat": lambda app, room: Story(app, room, EMILY, SEAT, undo=False),
    "human": lambda app, room: Human(app, room, EMILY, "talk to a human", undo=False),
    "expiry": lambda app, room: Expiry(app, room, EMILY, "", undo=False),
}


async def live(folder: Path, story: str) -> int:
    """Opens the desk, lets the story run, closes it. The story "open" is only the opening."""
    room = Room()
    app = await open_app(Settings(data_dir=folder, retries=3, retry_seconds=0.3), [room])
    try:
        if story != "open":
            await STORIES[story](app, room).tell()
        return 0
    except TimeoutError:
        print(f"{story}: not settled within {PATIENCE} s", file=sys.stderr)
        return 3
    finally:
        await app.close()


def die_at(commit: int) -> None:
    """Kills this process right before its n-th commit from now on."""
    left = [commit]

    @event.listens_for(Engine, "commit")
    def counted(_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def child(order: dict[str, Any]) -> int:
    os.setsid()
    if order.get("die"):
        die_at(int(order["die"]))
    return asyncio.run(live(Path(order["folder"]), order["story"]))


def main() -> None:
    """Forks rather than starts anew, because importing everything takes longer than a story."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            code = 70
            try:
                code = child(json.loads(line))
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sys.stderr.flush()
            os._exit(code)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()

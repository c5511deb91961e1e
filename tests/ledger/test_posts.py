"""What was said, what channels show of it, and how they reach people."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.domain.messages import Answer as AnswerReply
from bot.domain.messages import Citation, Status, Text
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.world import ANALYSTS, ANN, NOW, PLACE, post, thread


async def test_a_post_is_updated_in_place(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    first = await ledger.save_post(post(ticket.id))
    await ledger.drawn(first.id, "ref-1", first.version)
    later = post(ticket.id, words="again").model_copy(update={"at": NOW + timedelta(hours=1)})
    second = await ledger.save_post(later)
    assert (second.id, second.version, second.ref, second.drawn, second.reply) == (first.id, 2, "ref-1", 1, Text(text="again"))
    assert second.at == NOW, "it stands where it was first said"
    assert await ledger.posts(ticket=ticket.id) == [second]
    other = await ledger.save_post(post(ticket.id, ANALYSTS))
    assert (other.id != first.id, other.version) == (True, 1)


async def test_racing_updates_of_a_post_are_all_counted(ledger: SqlLedger, where: str) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    other = open_ledger(where)
    saved = await asyncio.gather(*((ledger, other)[n % 2].save_post(post(ticket.id, words=str(n))) for n in range(16)))
    other.close()
    assert sorted(p.version for p in saved) == list(range(1, 17))
    assert len({p.id for p in saved}) == 1


async def test_posts_by_ticket_place_and_key_the_newest_oldest_first(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    saved = [await ledger.save_post(post(ticket.id, thread(n % 2), f"k{n}")) for n in range(6)]
    assert await ledger.posts(ticket=ticket.id, limit=2) == saved[-2:]
    assert await ledger.posts(place=thread(1)) == saved[1::2]
    assert await ledger.posts(place=PLACE.model_copy(update={"thread": ""})) == saved
    assert await ledger.posts(place=PLACE.model_copy(update={"thread": "", "channel": "slack"})) == []
    assert await ledger.posts(ticket=ticket.id, key="k3") == [saved[3]]


async def test_every_part_of_a_reply_survives(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    reply = AnswerReply(text="Do *this* \U0001f600", citations=(Citation(title="T", path="a.md", section="S"),), closest=True)
    saved = await ledger.save_post(post(ticket.id).model_copy(update={"reply": reply}))
    assert (await ledger.posts(ticket=ticket.id)) == [saved]
    await ledger.save_post(post(ticket.id, key="s").model_copy(update={"reply": Status(text="…", tone="failed")}))
    assert [p.reply.kind for p in await ledger.posts(ticket=ticket.id)] == ["answer", "status"]


async def test_what_a_channel_does_not_show_yet_is_listed_oldest_first_until_it_does(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    first, second = [await ledger.save_post(post(ticket.id, key=k)) for k in ("a", "b")]
    elsewhere = await ledger.save_post(post(ticket.id, PLACE.model_copy(update={"channel": "slack"})))
    assert await ledger.undrawn("web") == [first, second]
    assert await ledger.undrawn("slack") == [elsewhere]
    await ledger.drawn(first.id, "r1", 1)
    assert [p.id for p in await ledger.undrawn("web")] == [second.id]
    again = await ledger.save_post(post(ticket.id, key="a", words="newer"))
    assert await ledger.undrawn("web") == [again, second], "a newer version is to be drawn, where it stands"


async def test_what_comes_late_does_not_undo_what_a_channel_shows(ledger: SqlLedger, where: str) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    saved = [await ledger.save_post(post(ticket.id, words=str(n))) for n in range(3)][-1]
    other = open_ledger(where)
    await asyncio.gather(*((ledger, other)[n % 2].drawn(saved.id, f"r{n}", n) for n in (3, 1, 2)))
    other.close()
    (now,) = await ledger.posts(ticket=ticket.id)
    assert (now.ref, now.drawn, now.version) == ("r3", 3, 3)
    assert await ledger.undrawn("web") == []


async def test_a_post_is_found_by_its_channels_own_id(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    saved = await ledger.save_post(post(ticket.id))
    assert await ledger.post_at("web", "") is None, "what was not drawn is nowhere"
    await ledger.drawn(saved.id, "C1:171.0001", 1)
    found = await ledger.post_at("web", "C1:171.0001")
    assert found == saved.model_copy(update={"ref": "C1:171.0001", "drawn": 1})
    assert await ledger.post_at("slack", "C1:171.0001") is None
    assert await ledger.post_at("web", "C1:171.0002") is None


async def test_how_a_channel_reaches_people_is_kept_and_replaced(ledger: SqlLedger, where: str) -> None:
    other = open_ledger(where)
    words = {"serviceUrl": "https://a.example/", "deep": [1, {"é": None}]}
    assert await ledger.reach("teams", ANN) is None
    await asyncio.gather(*((ledger, other)[n % 2].save_reach("teams", ANN, {"n": n}) for n in range(8)))
    await other.save_reach("teams", ANN, words)
    await ledger.save_reach("slack", ANN, {"id": "U1"})
    other.close()
    assert await ledger.reach("teams", ANN) == words
    assert await ledger.reach("slack", ANN) == {"id": "U1"}
    assert await ledger.reach("slack", "C1") is None

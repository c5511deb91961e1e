"""What the desk said, what of it each channel shows, and how channels reach people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, case, select, update

from bot.domain.messages import Post, Reply
from bot.domain.tickets import Place
from bot.errors import Unknown
from bot.ledger.columns import plain
from bot.ledger.database import Database
from bot.ledger.places import at, place_columns, place_of, upsert
from bot.ledger.tables import POSTS, REACHES

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
_GIVEN = (POSTS.c.id, POSTS.c.version, POSTS.c.ref, POSTS.c.drawn, POSTS.c.at)
"""What the record, not the desk, says about a post."""


class Posts:
    """The ledger's part that knows what was said, and where it is drawn."""

    db: Database

    async def save_post(self, post: Post) -> Post:
        """Inserts, or updates the post with the same ticket, place and key: `version` counts up; `id`, `ref`, `drawn` and `at` stay."""
        said: dict[str, Any] = {"audience": post.audience, "reply": post.reply.model_dump(mode="json")}
        named = {"ticket": post.ticket, "key": post.key, **place_columns(post.place)}

        def work(connection: Connection) -> Post:
            change = upsert(connection, POSTS).values(**named, **said, at=post.at, version=post.version, ref=post.ref, drawn=0)
            change = change.on_conflict_do_update(index_elements=list(named), set_={**said, "version": POSTS.c.version + 1})
            return post.model_copy(update=dict(connection.execute(change.returning(*_GIVEN)).mappings().one()))

        return await self.db.write(work)

    async def drawn(self, post_id: int, ref: str, version: int) -> None:
        """Notes that a channel shows this version of a post, and its own id of it; Unknown if there is no such post.

        What comes late, when a newer version is shown already, changes nothing.
        """
        late = POSTS.c.drawn > version
        fields = {"drawn": case((late, POSTS.c.drawn), else_=version), "ref": case((late, POSTS.c.ref), else_=ref)}
        change = update(POSTS).where(POSTS.c.id == post_id).values(**fields)
        if not await self.db.write(lambda c: c.execute(change).rowcount):
            raise Unknown(f"There is no post {post_id}.")

    async def undrawn(self, channel: str) -> Sequence[Post]:
        """Posts of a channel whose newest version it does not show yet, oldest first."""
        query = select(POSTS).where(POSTS.c.channel == channel, POSTS.c.drawn < POSTS.c.version).order_by(POSTS.c.id)
        return await self.db.read(lambda c: [_post(r) for r in c.execute(query)])

    async def post_at(self, channel: str, ref: str) -> Post | None:
        """The post that the channel knows by this id; None where it is none of the desk's."""
        if not ref:
            return None
        query = select(POSTS).where(POSTS.c.channel == channel, POSTS.c.ref == ref).order_by(POSTS.c.id.desc()).limit(1)
        row = await self.db.read(lambda c: c.execute(query).first())
        return None if row is None else _post(row)

    async def posts(
        self, *, ticket: str | None = None, place: Place | None = None, key: str | None = None, limit: int = 500
    ) -> Sequence[Post]:
        """Oldest first, the newest `limit` of them; a place without a thread means all threads of the conversation."""
        query = select(POSTS).order_by(POSTS.c.id.desc()).limit(limit)
        if ticket is not None:
            query = query.where(POSTS.c.ticket == ticket)
        if place is not None:
            query = query.where(*(at(POSTS, place) if place.thread else at(POSTS, place)[:2]))
        if key is not None:
            query = query.where(POSTS.c.key == key)
        return await self.db.read(lambda c: [_post(r) for r in reversed(c.execute(query).all())])

    async def save_reach(self, channel: str, name: str, reach: Mapping[str, Any]) -> None:
        """Keeps how a channel reaches a person (by e-mail) or a conversation, instead of what it kept before."""
        named, kept = {"channel": channel, "name": name}, {"reach": plain(reach)}

        def work(connection: Connection) -> None:
            change = upsert(connection, REACHES).values(**named, **kept)
            connection.execute(change.on_conflict_do_update(index_elements=list(named), set_=kept))

        await self.db.write(work)

    async def reach(self, channel: str, name: str) -> Mapping[str, Any] | None:
        """What the channel kept under this name; None where it kept nothing."""
        query = select(REACHES.c.reach).where(REACHES.c.channel == channel, REACHES.c.name == name)
        row = await self.db.read(lambda c: c.execute(query).first())
        return None if row is None else dict(row.reach)


def _post(row: Row[Any]) -> Post:
    return Post(
        id=row.id,
        ticket=row.ticket,
        audience=row.audience,
        key=row.key,
        place=place_of(row),
        reply=_REPLY.validate_python(row.reply),
        version=row.version,
        ref=row.ref,
        drawn=row.drawn,
        at=row.at,
    )

"""What the page reads: threads, posts, timelines, articles; each only for those who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web

from bot.channels.web.article import article_page
from bot.channels.web.channel import HELPDESK
from bot.channels.web.guard import HEADERS
from bot.channels.web.parse import conversation_of
from bot.channels.web.render import entry_json, place_of, plan_json, post_json, said_json, ticket_json, timeline_json
from bot.desk.answer import audiences
from bot.desk.ports import Articles, Ledger
from bot.domain.directory import Directory
from bot.domain.messages import Post
from bot.domain.people import Person
from bot.domain.spending import spent_of, told
from bot.domain.tickets import Place, Ticket
from bot.errors import BadInput, NotAllowed, Unknown

Who = Callable[[web.Request], Awaitable[tuple[Person, Directory]]]

MOST_THREADS = 200


class Reading:
    """Handlers that change nothing."""

    def __init__(self, ledger: Ledger, articles: Articles | None, who: Who) -> None:
        self._ledger = ledger
        self._articles = articles
        self._who = who

    async def threads(self, request: web.Request) -> web.Response:
        """The threads of a conversation, latest first, each with its ticket."""
        person, directory = await self._who(request)
        conversation = conversation_of(dict(request.query), person, directory)
        posts = await self._ledger.posts(place=Place(channel="web", conversation=conversation), limit=2000)
        latest = {post.place.thread: post for post in posts}
        tickets = {t.id: t for t in await self._tickets(conversation)}
        for post in latest.values():
            if post.ticket and post.ticket not in tickets:
                tickets[post.ticket] = await self._ledger.ticket(post.ticket)
        rows = self._rows(conversation, latest, tickets, directory)
        return web.json_response({"threads": sorted(rows, key=lambda r: str(r["at"]), reverse=True)[:MOST_THREADS]})

    async def _tickets(self, conversation: str) -> Iterable[Ticket]:
        if conversation == HELPDESK:
            return await self._ledger.tickets(limit=MOST_THREADS)
        return [t for t in await self._ledger.tickets(requester=conversation, limit=MOST_THREADS) if t.place.channel == "web"]

    @staticmethod
    def _rows(conversation: str, latest: dict[str, Post], tickets: dict[str, Ticket], directory: Directory) -> list[dict[str, Any]]:
        rows = {thread: (tickets[post.ticket], post.at) for thread, post in latest.items() if post.ticket}
        if conversation != HELPDESK:
            rows = {t.place.thread: (t, t.updated) for t in tickets.values() if t.requester == conversation} | rows
        return [
            {
                "thread": thread,
                "at": max(at, ticket.updated).isoformat(),
                "own": ticket.requester == conversation,
                "ticket": ticket_json(ticket, directory),
            }
            for thread, (ticket, at) in rows.items()
        ]

    async def posts(self, request: web.Request) -> web.Response:
        """One thread: what the desk posted and what people said in it, to be merged by time."""
        person, directory = await self._who(request)
        conversation = conversation_of(dict(request.query), person, directory)
        thread = request.query.get("thread", "")
        place = Place(channel="web", conversation=conversation, thread=thread)
        posts = await self._ledger.posts(place=place)
        ticket = await self._ledger.ticket_at(place) if thread else None
        said = await self._ledger.messages(ticket.id) if ticket else ()
        return web.json_response(
            {
                "posts": [post_json(p) for p in posts],
                "said": [said_json(m) for m in said if m["text"] and place_of(m) == place],
                "ticket": ticket_json(ticket, directory) if ticket else None,
            }
        )

    async def timeline(self, request: web.Request) -> web.Response:
        """A ticket from its first message on, for its requester, analysts and those who were asked to approve."""
        person, directory = await self._who(request)
        ticket = await self._ledger.ticket(request.match_info["ticket"])
        plans = await self._ledger.plans(ticket.id)
        approvals = {p.id: list(await self._ledger.approvals(p.id)) for p in plans}
        analyst = directory.is_analyst(person.email)
        asked = any(person.email in a.approvers for of_plan in approvals.values() for a in of_plan)
        if not (analyst or asked or person.email == ticket.requester):
            raise NotAllowed("Only the requester, those asked to approve and the help desk can read a ticket's timeline.")
        said = [said_json(m) for m in await self._ledger.messages(ticket.id) if m["text"] and (analyst or m["person"] == ticket.requester)]
        record = await self._ledger.entries(ticket.id)
        entries = [entry_json(e, directory, whole=analyst) for e in record]
        spent = told(spent_of(record)) if analyst else ""
        drawn = [plan_json(p, approvals[p.id], directory) for p in plans]
        return web.json_response(timeline_json(ticket, said, drawn, entries, directory, spent))

    async def article(self, request: web.Request) -> web.Response:
        """A citation's whole article, as a page without any script."""
        path = request.match_info["path"]
        if "as" not in request.query:
            raise BadInput("The address must say who is reading: open the article from a citation.")
        person, directory = await self._who(request)
        page = await self._articles.page(path, audiences(person, directory)) if self._articles else None
        if page is None:
            raise Unknown("There is no such article, or it is not meant for you.")
        html = article_page(page, person.email)
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _scriptless()})


def _scriptless() -> str:
    return HEADERS["Content-Security-Policy"].replace("script-src 'self'; ", "")

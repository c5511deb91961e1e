"""Posts, drawn where they belong: new ones, new versions of old ones, streamed answers, and words for one person alone."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from bot.channels.slack.client import answered, code
from bot.channels.slack.parts import Parts, Speaker, patiently
from bot.channels.slack.render import Drawn, draw, drawn
from bot.channels.slack.text import fallback
from bot.domain.messages import Post, Reply
from bot.domain.tickets import Place
from bot.errors import BellhopError, Misconfigured, NotFound, Refused, TryLater

log = logging.getLogger(__name__)

ANALYSTS = "analysts"
STREAM = "streamed answers"
PIECES = 4
"""Into how many parts a streamed answer is cut at most: each costs a call."""
GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "thread_not_found"}
BAD_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments", "msg_too_long"}
UNSTREAMABLE = {"invalid_arguments", "invalid_chunks", "invalid_blocks", "channel_type_not_supported", "channel_not_supported"}


class Delivery:
    """Draws once; what goes wrong is raised for the desk's own queue, which knows when to try again."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, post: Post) -> str:
        """The id of the drawn post, "C123:171.0001"."""
        made = draw(post)
        if post.ref and await self._update(post.ref, made):
            return post.ref
        channel, thread = await self._where(post)
        ref = await self._stream(post, made, channel, thread) or await self._post(made, channel, thread)
        self._parts.posted.note(f"{channel}:{thread}", asyncio.get_running_loop().time())
        return ref

    async def _update(self, ref: str, made: Drawn) -> bool:
        """Draws a new version in place; False where the old one is gone."""
        channel, _, ts = ref.partition(":")
        call = {"channel": channel, "ts": ts, "text": made.text}
        try:
            await self._drawn(self._parts.web.chat_update, made, call)
        except (NotFound, Refused) as error:
            if code(error) in GONE:
                return False
            raise
        return True

    async def _post(self, made: Drawn, channel: str, thread: str) -> str:
        call: dict[str, Any] = {"channel": channel, "text": made.text, "unfurl_links": False, "unfurl_media": False}
        if thread:
            call["thread_ts"] = thread
        told = await self._drawn(self._parts.web.chat_postMessage, made, call)
        return f"{told['channel']}:{told['ts']}"

    async def _drawn(self, method: Any, made: Drawn, call: dict[str, Any]) -> Any:
        """A call with blocks; where Slack does not take them, with words alone: better plain than silent."""
        try:
            return await answered(method(**call, blocks=made.blocks))
        except Refused as error:
            if code(error) not in BAD_BLOCKS:
                raise
            log.warning("Slack refused the blocks of a post (%s); it was shown as plain words.", code(error))
            return await answered(method(**call, blocks=[]))

    async def _where(self, post: Post) -> tuple[str, str]:
        """Conversation and thread. A virtual place stands where its first post was drawn; until then, at its person's or the analysts'."""
        place = post.place
        if not virtual(place):
            return place.conversation, place.thread
        for earlier in await self._parts.ledger.posts(place=place):
            if earlier.ref and earlier.id != post.id:
                channel, _, root = earlier.ref.partition(":")
                return channel, root
        return await self._top(place), ""

    async def _top(self, place: Place) -> str:
        if place.conversation != ANALYSTS:
            return await self._parts.people.conversation(place.conversation)
        if not self._parts.settings.slack_analysts:
            raise Misconfigured("No Slack channel for analysts is set: put its id into BELLHOP_SLACK_ANALYSTS.")
        return self._parts.settings.slack_analysts

    async def _stream(self, post: Post, made: Drawn, channel: str, thread: str) -> str:
        """An answer in a direct conversation, written out piece by piece; "" where that is not to be had."""
        wanted = post.reply.kind == "answer" and thread and channel.startswith("D") and self._parts.features.has(STREAM)
        body, tail = halves(made.blocks)
        if not wanted or not body:
            return ""
        stream = await self._parts.web.chat_stream(channel=channel, thread_ts=thread)
        try:
            for piece in pieces(body):
                await answered(stream.append(chunks=[{"type": "blocks", "blocks": piece}]))
            await answered(stream.stop(blocks=tail or None))
        except (Refused, Misconfigured, NotFound, TryLater) as error:
            self._note_lacking(error)
            await self._take_back(channel, stream.ts)
            return ""
        return f"{channel}:{stream.ts}"

    def _note_lacking(self, error: BellhopError) -> None:
        if not self._parts.features.lacks(STREAM, error) and code(error) in UNSTREAMABLE:
            self._parts.features.miss(STREAM, code(error))

    async def _take_back(self, channel: str, ts: str | None) -> None:
        """Half an answer is removed before the whole of it is posted in the usual way."""
        if not ts:
            return
        try:
            await answered(self._parts.web.chat_delete(channel=channel, ts=ts))
        except BellhopError as error:
            log.warning("Half a streamed answer could not be taken back: %s", error)

    async def whisper(self, speaker: Speaker, reply: Reply) -> bool:
        """Shows something to one person alone, where they are; False where Slack does not let us."""
        made = drawn(reply, kept=False)
        return await self._privately(speaker, made.text, made.blocks)

    async def tell(self, speaker: Speaker, sentence: str) -> None:
        """One plain sentence for one person alone: where they are or, failing that, in their direct conversation."""
        if await self._privately(speaker, fallback(sentence), None):
            return
        try:
            opened = await patiently(lambda: answered(self._parts.web.conversations_open(users=[speaker.user])))
            dm = str(opened["channel"]["id"])
            await patiently(lambda: answered(self._parts.web.chat_postMessage(channel=dm, text=fallback(sentence), unfurl_links=False)))
        except BellhopError as error:
            log.warning("Somebody in Slack could not be told why: %s", error)

    async def _privately(self, speaker: Speaker, text: str, blocks: list[Any] | None) -> bool:
        if not speaker.channel:
            return False
        call: dict[str, Any] = {"channel": speaker.channel, "user": speaker.user, "text": text}
        if speaker.thread:
            call["thread_ts"] = speaker.thread
        if blocks:
            call["blocks"] = blocks
        try:
            await patiently(lambda: answered(self._parts.web.chat_postEphemeral(**call)))
        except BellhopError as error:
            log.info("No private word in this conversation: %s", error)
            return False
        return True


def virtual(place: Place) -> bool:
    """Whether a place is one that the desk made up: a person's direct messages about a ticket, or the ticket's thread at the analysts'."""
    return place.conversation == ANALYSTS or "@" in place.conversation


def halves(blocks: list[Any]) -> tuple[list[Any], list[Any]]:
    """What there is to read, and from the first button on what stands below it."""
    at = next((n for n, b in enumerate(blocks) if b.get("type") in ("actions", "context")), len(blocks))
    return blocks[:at], blocks[at:]


def pieces(blocks: list[Any]) -> list[list[Any]]:
    """The blocks in at most `PIECES` parts, in order."""
    size = -(-len(blocks) // PIECES)
    return [blocks[n : n + size] for n in range(0, len(blocks), size)]

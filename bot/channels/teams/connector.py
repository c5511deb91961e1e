"""The Bot Framework's connector: what the bot says goes out through here. This is the door where Teams' refusals become our errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationParameters
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import MicrosoftAppCredentials
from msrest.pipeline import Request, Response
from msrest.pipeline.async_abc import AsyncHTTPPolicy, AsyncHTTPSender, AsyncPipeline
from msrest.pipeline.universal import RawDeserializer
from yarl import URL

from bot.channels.teams.credentials import Credentials
from bot.channels.teams.hosts import Hosts
from bot.channels.teams.wire import Answered, Wire, after
from bot.errors import Misconfigured, NotFound, Refused, TryLater

log = logging.getLogger(__name__)

LATER = frozenset((408, 412, 429, 500, 502, 503, 504))
_REASONS = {
    "MessageWritesBlocked": "This person has blocked the bot in Teams. They can unblock it in the chat with it.",
    "BotNotInConversationRoster": "The bot is not in this conversation. Somebody who is has to add the app to it.",
    "BotDisabledByAdmin": "A Teams administrator has disabled this app. They can allow it again in the Teams admin centre.",
    "ConversationBlockedByUser": "This person has blocked the bot in Teams. They can unblock it in the chat with it.",
    "MessageSizeTooBig": "This is larger than Teams takes.",
    "MemberNotFoundInConversation": "This person is not a member of this conversation.",
    "ActivityNotFoundInConversation": "This message is no longer there.",
    "ConversationNotFound": "Teams does not know this conversation, or the bot is no longer in it.",
}


def now() -> datetime:
    """The time that tokens and caches go by."""
    return datetime.now(UTC)


class Bearer(AsyncHTTPPolicy[Any, Any]):
    """Adds the bot's token, for hosts that may see it. A token that is not taken is replaced, once."""

    def __init__(self, credentials: Credentials, hosts: Hosts) -> None:
        super().__init__()
        self._credentials = credentials
        self._hosts = hosts

    async def send(self, request: Request[Any], **more: Any) -> Response[Any, Any]:
        token = await self._credentials.token() if self._hosts.trusted(request.http_request.url) else ""
        response = await self._sent(request, token, more)
        if response.http_response.status_code == 401 and token:
            self._credentials.forget(token)
            response = await self._sent(request, await self._credentials.token(), more)
        refuse(response.http_response)
        return response

    async def _sent(self, request: Request[Any], token: str, more: dict[str, Any]) -> Response[Any, Any]:
        if token:
            request.http_request.headers["Authorization"] = f"Bearer {token}"
        assert self.next is not None, "the pipeline sets it"
        return await self.next.send(request, **more)


class Sender(AsyncHTTPSender[Any, Any]):
    """Sends by aiohttp: the SDK's own sender blocks a thread for each request."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def __aexit__(self, *_: object) -> None:
        return None

    async def send(self, request: Request[Any], **_: Any) -> Response[Any, Any]:
        http = request.http_request
        url = URL(http.url, encoded=True)
        return Response(request, await self._wire.ask(http.method, url, headers=dict(http.headers), data=http.data))


def refuse(answer: Answered) -> None:
    """Raises what a refusal means: TryLater where it may go well later, else Refused, NotFound or Misconfigured with a sentence."""
    status = answer.status_code
    if status < 300:
        return
    code = _code(answer)
    told = _REASONS.get(code, "")
    if status in LATER:
        raise TryLater("Teams asks to wait." if status == 429 else "Teams is not answering at the moment.", after(answer.headers))
    if status == 401:
        raise Misconfigured("Teams does not accept the bot's own token: check BELLHOP_TEAMS_APP_ID, its secret and its tenant.")
    if status == 404:
        raise NotFound(told or _REASONS["ConversationNotFound"])
    log.info("Teams refused a request: %d %s", status, code)
    if status == 403:
        raise Refused(told or "Teams does not let the bot do this: the app is not installed there, or it is blocked.")
    raise Refused(told or "Teams did not take this.")


def _code(answer: Answered) -> str:
    """The connector's own code of an error; "" where it gave none."""
    try:
        told = json.loads(answer.content)
        found = told["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) and len(found) < 80 else ""


class Connector:
    """What can be asked of the connectors. `at` is a connector's address, as an activity named it."""

    def __init__(self, credentials: Credentials, hosts: Hosts, wire: Wire) -> None:
        self._credentials = credentials
        self._hosts = hosts
        self._sender = Sender(wire)
        self._clients: dict[str, ConnectorClient] = {}

    def client(self, at: str) -> ConnectorClient:
        """The SDK's client of one connector; Refused where this address is none that we talk to."""
        if not self._hosts.speaks(at):
            raise Refused("This conversation belongs to an address that is not one of Microsoft's, so nothing is sent there.")
        if at not in self._clients:
            self._clients[at] = ConnectorClient(MicrosoftAppCredentials.empty(), base_url=at, pipeline_type=self._pipeline)
        return self._clients[at]

    def _pipeline(self, config: Any) -> AsyncPipeline[Any, Any]:
        """What a request passes on its way; the SDK would build its own around a credentials object, with threads."""
        policies = [config.user_agent_policy, Bearer(self._credentials, self._hosts), RawDeserializer()]
        return AsyncPipeline(policies, self._sender)

    async def send(self, at: str, conversation: str, activity: Activity) -> str:
        """Says something in a conversation and returns the message's id."""
        _address(activity, conversation)
        return _id(await _tried(self.client(at).conversations.send_to_conversation(conversation, activity)))

    async def update(self, at: str, conversation: str, message: str, activity: Activity) -> None:
        _address(activity, conversation)
        activity.id = message
        await _tried(self.client(at).conversations.update_activity(conversation, message, activity))

    async def thread(self, at: str, channel: str, tenant: str, activity: Activity) -> tuple[str, str]:
        """Begins a thread in a team's channel; returns the thread's conversation id and the message's own."""
        data = {"channel": {"id": channel}, **({"tenant": {"id": tenant}} if tenant else {})}
        asked = ConversationParameters(is_group=True, channel_data=data, activity=activity, tenant_id=tenant or None)
        made = await _tried(self.client(at).conversations.create_conversation(asked))
        conversation = str(getattr(made, "id", "") or "")
        return conversation, str(getattr(made, "activity_id", "") or "") or conversation.partition(";messageid=")[2]

    async def direct(self, at: str, bot: str, member: str, tenant: str) -> str:
        """The id of the direct conversation with a member, by their Teams or Entra object id."""
        asked = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=bot),
            members=[ChannelAccount(id=member)],
            channel_data={"tenant": {"id": tenant}} if tenant else None,
            tenant_id=tenant or None,
        )
        return _id(await _tried(self.client(at).conversations.create_conversation(asked)))

    async def member(self, at: str, conversation: str, member: str) -> Mapping[str, Any]:
        """A member as the roster tells them now. `member` is a Teams id, an Entra object id or a user principal name."""
        found = await _tried(self.client(at).conversations.get_conversation_member(conversation, member))
        if found is None:
            raise NotFound(_REASONS["MemberNotFoundInConversation"])
        return {**found.serialize(), **(found.additional_properties or {})}

    async def members(self, at: str, conversation: str) -> int:
        """How many members the first page of a conversation's roster names."""
        page = await _tried(self.client(at).conversations.get_conversation_paged_members(conversation, page_size=50))
        return len(getattr(page, "members", None) or ())

    async def typing(self, at: str, conversation: str, bot: str) -> None:
        """The sign that somebody is writing; it fades by itself."""
        activity = Activity(type="typing", from_property=ChannelAccount(id=bot) if bot else None)
        await self.send(at, conversation, activity)


async def _tried(asked: Any) -> Any:
    """Awaits a call of the SDK's; what it cannot read is as good as no answer."""
    try:
        return await asked
    except ValueError as error:
        raise TryLater("Teams gave an answer that makes no sense.") from error


def _address(activity: Activity, conversation: str) -> None:
    activity.conversation = ConversationAccount(id=conversation)
    activity.channel_id = "msteams"


def _id(answer: Any) -> str:
    return str(getattr(answer, "id", "") or "")

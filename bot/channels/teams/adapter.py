"""Where the Bot Framework's SDK meets the web server.

CloudAdapter 4.17.1 serialises the body of an invoke's answer twice, the second time a plain dict, which raises: every invoke answered
with a body ends as HTTP 500. So its `process_activity` is used and its `process` is not: the answer is written here. Answers are plain
dicts, and an invoke's value is read as the JSON that came, since the SDK hands `on_adaptive_card_invoke` a dict where it promises a
model. tests/teams/test_adapter.py tells when upstream has mended both.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity, ActivityTypes
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import AuthenticateRequestResult, ClaimsIdentity

from bot.channels.teams.connector import Connector
from bot.channels.teams.gate import Gate
from bot.channels.teams.lull import Lull
from bot.channels.teams.tokens import Forged
from bot.errors import BadInput, BellhopError, NotAllowed, TryLater, traced

log = logging.getLogger(__name__)

CARD = "application/vnd.microsoft.card.adaptive"
SAY = "application/vnd.microsoft.activity.message"


@dataclass(frozen=True)
class Answer:
    """What an invoke is answered with; Teams takes no body at all for "done, close the dialog"."""

    body: dict[str, Any] | None = None


def says(text: str) -> Answer:
    """A sentence in answer to Action.Execute. Teams takes an empty one for a failure and asks again."""
    return Answer({"statusCode": 200, "type": SAY, "value": text or "Done."})


def shows(card: dict[str, Any]) -> Answer:
    """The card as it stands now, in answer to Action.Execute."""
    return Answer({"statusCode": 200, "type": CARD, "value": card})


Turn = Callable[[dict[str, Any]], Awaitable[Answer | None]]
"""Takes an activity as it came; what it returns answers an invoke."""


class _Outward:
    """The SDK's way to our connector. Who is let in was decided at the gate."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def create(self, service_url: str, audience: str | None = None) -> ConnectorClient:
        return self._connector.client(service_url)

    def create_connector_factory(self, _: ClaimsIdentity) -> _Outward:
        return self

    async def create_user_token_client(self, _: ClaimsIdentity) -> None:
        """There is no sign-in prompt, so there are no user tokens."""


class Adapter:
    """Answers POST /api/messages."""

    def __init__(self, app_id: str, gate: Gate, connector: Connector, turn: Turn, lull: Lull) -> None:
        self._gate = gate
        self._lull = lull
        self._turn = turn
        self._outward = _Outward(connector)
        self._cloud = CloudAdapter(self._outward)
        self._claims = ClaimsIdentity({"aud": app_id}, True)

    async def receive(self, request: web.Request) -> web.Response:
        """Nothing that goes wrong here tells the sender more than a sentence."""
        try:
            with self._lull.arrival():
                payload = await self._gate.admit(request)
            return await self._answered(payload)
        except BellhopError as error:
            status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), 409)
            return web.json_response({"error": str(error)}, status=status)
        except web.HTTPException:
            raise
        except Exception as error:  # the last resort of the web server: the sender gets a status and no text, the log where it broke
            log.error("could not take an activity: %s", traced(error))
            return web.json_response({"error": "Something went wrong."}, status=500)

    async def _answered(self, payload: dict[str, Any]) -> web.Response:
        async def turn(context: TurnContext) -> None:
            answer = await self._turn(payload)
            if answer is not None:
                response = InvokeResponse(status=200, body=answer.body)
                await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=response))

        invoked = await self._cloud.process_activity(self._let_in(), _read(payload), turn)
        if invoked is None:
            return web.Response(status=200)
        return web.Response(status=invoked.status) if invoked.body is None else web.json_response(invoked.body, status=invoked.status)

    def _let_in(self) -> AuthenticateRequestResult:
        result = AuthenticateRequestResult()
        result.claims_identity = self._claims
        result.connector_factory = self._outward
        return result


_STATUS: dict[type[BellhopError], int] = {Forged: 401, NotAllowed: 403, TryLater: 503, BadInput: 400}


def _read(payload: dict[str, Any]) -> Activity:
    try:
        return Activity().deserialize(payload)
    except (ValueError, TypeError, AttributeError):  # msrest's, for fields of another type than they should be
        raise BadInput("The request is not an activity.") from None

"""The line to an OpenAI-compatible chat model, by LangChain. The only place that knows how such an endpoint fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bot.language.model.breaker import Breaker
from bot.language.model.meter import Meter, Spent

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

log = logging.getLogger(__name__)
T = TypeVar("T")
Heard = Callable[[str], Awaitable[None]]

LATER = (408, 409, 429, 500, 502, 503, 504, 529)
"""Answers after which trying again may help."""
CONTENT = (400, 413, 422)
"""Answers that are about what was sent (a content filter, a length), not about the endpoint."""
LONGEST = 2000
"""Tokens an answer may have."""


class NoAnswer(Exception):
    """The model gave no answer that can be read. `ours` where what was sent may be the reason: no sign of an outage. `resting` where it
    was not even asked."""

    def __init__(self, why: str, ours: bool = False, resting: bool = False) -> None:
        super().__init__(why)
        self.ours = ours
        self.resting = resting

    @property
    def weight(self) -> int:
        """How loudly the log says so: that an endpoint is left alone was said when that began."""
        return logging.INFO if self.resting else logging.WARNING


@dataclass(frozen=True)
class Endpoint:
    """Where the model is. `timeout` is for everything one message needs, retries and repair included, in seconds."""

    base_url: str
    model: str
    api_key: str = field(repr=False, default="")
    timeout: float = 8.0
    pause: float = 0.3


class Line:
    """Asks the model. Retries what may pass, minds the breaker, counts what is spent."""

    def __init__(self, endpoint: Endpoint, meter: Meter | None = None, breaker: Breaker | None = None) -> None:
        self.endpoint = endpoint
        self.meter = meter or Meter()
        self.breaker = breaker or Breaker()
        self._chat: Any = None

    def _model(self) -> Any:
        if self._chat is None:
            from langchain_openai import ChatOpenAI
            from pydantic import SecretStr

            from bot.language.model.wire import client

            self._chat = ChatOpenAI(
                base_url=self.endpoint.base_url,
                model=self.endpoint.model,
                api_key=SecretStr(self.endpoint.api_key or "none"),
                temperature=0,
                max_tokens=LONGEST,
                max_retries=0,
                timeout=self.endpoint.timeout,
                use_responses_api=False,
                http_async_client=client(),
                default_headers={"Accept-Encoding": "identity"},
            )
        return self._chat

    async def warm(self) -> None:
        """Loads what talking to the model needs: seconds the first time, which are nobody's waiting time for an answer."""
        if self._chat is None:
            await asyncio.to_thread(self._model)

    async def ask(
        self, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]], ticket: str, deadline: float
    ) -> tuple[AIMessage, Spent]:
        """The model's answer before `deadline` (the event loop's time), and what it took; NoAnswer otherwise."""
        answer = await self._guarded(lambda: self._once(messages, tools), deadline)
        return answer, self._count(answer.usage_metadata, ticket)

    async def write(self, messages: Sequence[BaseMessage], ticket: str, deadline: float, heard: Heard) -> Spent:
        """Has the model write before `deadline`, each piece given to `heard` as it comes; what `heard` raises ends it. NoAnswer otherwise.

        What was begun is counted even where it broke off.
        """
        return await self._guarded(lambda: self._stream(messages, ticket, heard), deadline)

    async def _guarded(self, attempt: Callable[[], Awaitable[T]], deadline: float) -> T:
        """Minds the breaker. Whatever else than NoAnswer ends an attempt says nothing about the endpoint."""
        if not self.breaker.allows():
            raise NoAnswer("the model is left alone after repeated failures", resting=True)
        worked: bool | None = None
        try:
            answer = await self._until(attempt, deadline)
            worked = True
        except NoAnswer as error:
            worked = None if error.ours else False
            raise
        finally:
            self.breaker.settle(worked)
        return answer

    async def _until(self, attempt: Callable[[], Awaitable[T]], deadline: float) -> T:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._persist(attempt, deadline)
        except TimeoutError:
            raise NoAnswer("the model took too long") from None

    async def _persist(self, attempt: Callable[[], Awaitable[T]], deadline: float) -> T:
        """Tries until there is an answer, the next wait would end too late, or trying again cannot help."""
        clock = asyncio.get_running_loop().time
        pause = self.endpoint.pause
        while True:
            try:
                return await attempt()
            except _Later as error:
                wait = pause if error.after is None else error.after
                if clock() + wait >= deadline:
                    raise NoAnswer(str(error)) from None
            await asyncio.sleep(wait)
            pause *= 2

    async def _once(self, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> AIMessage:
        from langchain_core.messages import AIMessage

        with _told():
            answer = await self._model().bind_tools(tools, tool_choice="required").ainvoke(list(messages))
        if not isinstance(answer, AIMessage):
            raise NoAnswer("the model's endpoint answered something unreadable")
        return answer

    async def _stream(self, messages: Sequence[BaseMessage], ticket: str, heard: Heard) -> Spent:
        """One attempt. Once something was heard, a stream that breaks is not begun again."""
        pieces = self._model().astream(list(messages), stream_usage=True)
        used: dict[str, int] | None = None
        begun = finished = False
        try:
            while True:
                try:
                    with _told():
                        piece = await anext(pieces, None)
                except _Later as error:
                    raise (NoAnswer("the answer broke off") if begun else error) from None
                if piece is None:
                    break
                begun, used = True, piece.usage_metadata or used
                finished |= _finish(piece) == "stop"
                if isinstance(piece.content, str) and piece.content:
                    await heard(piece.content)
        finally:
            await pieces.aclose()
            spent = self._count(used, ticket) if begun else Spent()
        if not finished:
            raise NoAnswer("the answer broke off", ours=True)
        return spent

    def _count(self, used: Mapping[str, Any] | None, ticket: str) -> Spent:
        spent = self.meter.add(ticket, (used["input_tokens"], used["output_tokens"]) if used else None)
        log.info("model: ticket %s, %d tokens in, %d out, %.6f", ticket or "-", spent.input_tokens, spent.output_tokens, spent.cost)
        return spent


def _finish(piece: Any) -> str:
    """Why the model stopped, once it has; a refusal is one of its own."""
    if piece.additional_kwargs.get("refusal"):
        raise NoAnswer("the model refused", ours=True)
    why = str(piece.response_metadata.get("finish_reason") or "")
    if why in ("length", "content_filter"):
        raise NoAnswer(f"the model stopped early ({why})", ours=True)
    return why


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong at the endpoint, as one of ours: _Later where trying again may help, else NoAnswer."""
    import openai

    from bot.language.model.wire import unfit

    try:
        yield
    except openai.APIStatusError as error:
        why = f"the model's endpoint answered {error.status_code}"
        if error.status_code in LATER:
            raise _Later(why, _after(error.response.headers.get("retry-after"))) from None
        raise NoAnswer(why, ours=error.status_code in CONTENT) from None
    except openai.APITimeoutError:
        raise NoAnswer("the model took too long") from None
    except openai.APIConnectionError as error:
        if what := unfit(error):
            raise NoAnswer(f"the model's endpoint answered {what}") from None
        raise _Later("the model's endpoint cannot be reached", None) from None
    except Exception as error:  # a stream that breaks raises what the HTTP library beneath happens to raise
        raise NoAnswer(f"the model's endpoint answered something unreadable ({type(error).__name__})") from None


class _Later(Exception):
    """It may work after `after` seconds."""

    def __init__(self, why: str, after: float | None) -> None:
        super().__init__(why)
        self.after = after


def _after(header: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    with suppress(ValueError):
        return max(float(header), 0.0)
    with suppress(ValueError, TypeError):
        return max((parsedate_to_datetime(header).astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)
    return None

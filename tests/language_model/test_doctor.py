"""`bellhop doctor` and the model: whether it answers, calls tools, says what it takes; in plain words, and without its key."""

from __future__ import annotations

from typing import Any

import pytest
from endpoint import Endpoint, called, raw, silence, spoken, status

from bot.desk.ports import Diagnosis
from bot.doctor import diagnose, language
from bot.settings import Settings, load

GOOD = called(("say", {"word": "bell"}))


def chosen(endpoint: Endpoint, seconds: float = 4.0) -> Settings:
    return load(
        language_model_url=endpoint.url, language_model_name="scripted", language_model_key="sk-secret", language_model_seconds=seconds
    )


async def looked(endpoint: Endpoint, seconds: float = 4.0) -> Diagnosis:
    (found,) = await language(chosen(endpoint, seconds))
    return found


async def test_a_model_that_works_is_said_to(endpoint: Endpoint) -> None:
    endpoint.says(GOOD)
    found = await looked(endpoint)
    assert (found.state, found.mend) == ("ok", "") and "scripted" in found.said and "calls tools" in found.said
    assert [d.state async for d in diagnose(chosen(endpoint)) if d.what == "Language"] == ["ok"]
    assert len(endpoint.asked) == 2 and endpoint.headers[0]["Authorization"] == "Bearer sk-secret"


@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        (status(401), "answered 401"),
        (status(404), "answered 404"),
        (raw("<html>", "text/html"), "unreadable"),
        (spoken("Bell!"), "calls no tool"),
        (called(("say", {"word": 7})), "calls a tool wrongly"),
        (called(("shout", {"word": "bell"})), "calls a tool wrongly"),
        (silence, "took too long"),
    ],
)
async def test_what_is_wrong_is_said_in_words_and_how_to_mend_it(endpoint: Endpoint, trouble: Any, named: str) -> None:
    endpoint.says(trouble)
    found = await looked(endpoint, 1.0)
    assert found.state == "warning" and named in found.said and "BELLHOP_LANGUAGE_MODEL_URL" in found.mend
    assert "sk-secret" not in found.said + found.mend


async def test_an_address_where_nobody_is(endpoint: Endpoint) -> None:
    endpoint.url = "http://127.0.0.1:9/v1"
    found = await looked(endpoint, 1.0)
    assert found.state == "warning" and "cannot be reached" in found.said


async def test_a_model_that_says_no_tokens_is_told_apart(endpoint: Endpoint) -> None:
    endpoint.says(called(("say", {"word": "bell"}), usage=None))
    assert "does not say how many tokens" in (await looked(endpoint)).said

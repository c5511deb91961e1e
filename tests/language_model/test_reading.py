"""What the model's tool calls come to: complete calls, gaps with choices, other intents. The model's side is scripted HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Ask, mail
from endpoint import Endpoint, called

from bot.desk.ports import Context, Turn
from bot.desk.registry import Registry
from bot.domain.calls import Call
from bot.domain.understanding import Gap, Intent, Understanding


def made(found: Understanding) -> list[tuple[str, dict[str, Any]]]:
    return [(c.action, c.arguments) for c in found.calls]


def gaps(found: Understanding) -> list[tuple[int, str, tuple[str, ...], str]]:
    return [(g.call, g.argument, g.choices, g.said) for g in found.gaps]


LUNDS = (mail("peter.holm"), mail("peter.lund"))


async def test_a_call_is_complete_and_in_the_directorys_own_names(ask: Ask, endpoint: Endpoint) -> None:
    text = "could anna lund work in figma till end of june pls"
    endpoint.calls(("access-grant", {"quote": text, "person": "anna lund", "system": "figma", "until": "2026-06-30"}))
    found = await ask(text)
    assert found.intent is Intent.REQUEST and not found.gaps
    assert made(found) == [("access.grant", {"person": mail("anna.lund"), "system": "figma", "until": "2026-06-30"})]


async def test_a_compound_request_is_several_calls(ask: Ask, endpoint: Endpoint) -> None:
    text = "new SDR starts on the 24th under me, needs Salesforce, Zoom and a laptop in the London office"
    onboard = {
        "quote": text,
        "role": "SDR",
        "manager": "me",
        "start_date": "2026-06-24",
        "systems": ["Salesforce", "Zoom"],
        "location": "London",
    }
    endpoint.calls(("account-onboard", onboard))
    found = await ask(text, "nils.dahl")
    (call,) = found.calls
    assert call.arguments["manager"] == mail("nils.dahl") and call.arguments["systems"] == ["salesforce", "zoom"]
    assert gaps(found) == [(0, "name", (), "")] and found.intent is Intent.CLARIFY


async def test_two_people_of_one_name_are_asked_about(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.calls(("access-revoke", {"quote": "Remove Peter from Slack", "person": "Peter", "system": "Slack"}))
    found = await ask("Remove Peter from Slack")
    assert made(found) == [("access.revoke", {"system": "slack"})]
    assert gaps(found) == [(0, "person", LUNDS, "Peter")]


async def test_words_that_tell_which_one_decide(ask: Ask, endpoint: Endpoint) -> None:
    text = "Remove Peter from Engineering from Slack"
    endpoint.calls(("access-revoke", {"quote": text, "person": "Peter from Engineering", "system": "Slack"}))
    assert made(await ask(text)) == [("access.revoke", {"person": mail("peter.lund"), "system": "slack"})]


async def test_a_system_said_in_part_is_asked_about(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.calls(("access-grant", {"quote": "Adobe for Anna Lund please", "person": "Anna Lund", "system": "Adobe"}))
    assert gaps(await ask("Adobe for Anna Lund please")) == [(0, "system", ("adobe-cc", "adobe-sign"), "Adobe")]


async def test_what_is_missing_is_asked_for(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.calls(("access-grant", {"quote": "Grant access to Figma"}))
    assert gaps(await ask("Grant access to Figma")) == [(0, "person", (), ""), (0, "system", (), "")]


async def test_one_of_several_arguments_is_asked_for(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.calls(("software-install", {"quote": "install Blender", "apps": ["Blender"]}))
    assert [g[1] for g in gaps(await ask("install Blender"))] == ["person"]


@pytest.mark.parametrize(
    ("text", "speaker", "said", "who"),
    [
        ("get my manager into Slack", "kari.moen", "my manager", "nils.dahl"),
        ("get Carlos Ruiz's manager into Slack", "kari.moen", "Carlos Ruiz's manager", "nils.dahl"),
        ("add me to Slack", "kari.moen", "me", "kari.moen"),
        ("add the head of sales to Slack", "kari.moen", "head of sales", "nils.dahl"),
        ("add anna.lund@fjord.example to Slack", "kari.moen", "anna.lund@fjord.example", "anna.lund"),
        ("Yukki Tanaka needs Slack", "nils.dahl", "Yuki Tanaka", "yuki.tanaka"),
    ],
)
async def test_people_are_found_as_they_are_said(ask: Ask, endpoint: Endpoint, text: str, speaker: str, said: str, who: str) -> None:
    endpoint.calls(("access-grant", {"quote": text, "person": said, "system": "Slack"}))
    assert made(await ask(text, speaker)) == [("access.grant", {"person": mail(who), "system": "slack"})]


@pytest.mark.parametrize(
    ("text", "said", "action", "language"),
    [
        ("Kannst du Anna Lunds Zugriff auf Slack bitte entfernen?", "Anna Lund", "access-revoke", "de"),
        ("Anna Lund braucht Slack nicht mehr", "Anna Lund", "access-revoke", "de"),
        ("¿Puedes quitarle a Anna Lund el acceso a Slack, por favor?", "Anna Lund", "access-revoke", "es"),
        ("Pouvez-vous retirer l'accès à Slack d'Anna Lund ?", "Anna Lund", "access-revoke", "fr"),
        ("Anna LundさんのSlackのアクセスを削除してください", "Anna Lundさん", "access-revoke", "ja"),
    ],
)
async def test_other_languages_go_through_the_model(ask: Ask, endpoint: Endpoint, text: str, said: str, action: str, language: str) -> None:
    endpoint.calls((action, {"quote": text, "person": said, "system": "Slack"}))
    found = await ask(text)
    assert made(found) == [("access.revoke", {"person": mail("anna.lund"), "system": "slack"})]
    assert found.language == language


@pytest.mark.parametrize(
    "text", ["Ich habe mein Passwort vergessen", "He olvidado mi contraseña", "J'ai oublié mon mot de passe", "パスワードを忘れました"]
)
async def test_who_writes_in_another_language_may_mean_themselves(ask: Ask, endpoint: Endpoint, text: str) -> None:
    endpoint.calls(("password-reset", {"quote": text, "person": "me"}))
    assert made(await ask(text)) == [("password.reset", {"person": mail("kari.moen")})]


async def test_a_name_read_from_another_script_is_a_suggestion_to_ask_about(ask: Ask, endpoint: Endpoint) -> None:
    text = "田中さんにスラックを使わせてください"
    endpoint.calls(("access-grant", {"quote": text, "person": "Yuki Tanaka", "system": "Slack"}))
    found = await ask(text)
    assert found.calls[0].arguments == {}
    assert gaps(found) == [(0, "person", (mail("yuki.tanaka"),), "Yuki Tanaka"), (0, "system", ("slack",), "Slack")]


@pytest.mark.parametrize(
    ("tool", "arguments", "text", "intent"),
    [
        ("answer_question", {}, "where do I find the wifi settings on this thing", Intent.QUESTION),
        ("talk_to_human", {}, "none of this makes sense to me, is anybody there", Intent.HUMAN),
        ("nothing", {"why": "past"}, "the printer fairy paid a visit", Intent.NONE),
    ],
)
async def test_what_asks_for_no_action(
    ask: Ask, endpoint: Endpoint, tool: str, arguments: dict[str, str], text: str, intent: Intent
) -> None:
    endpoint.calls((tool, arguments))
    found = await ask(text)
    assert found.intent is intent and not found.calls


async def test_a_status_question_names_its_ticket(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.calls(("ticket_state", {"ticket_id": "BH-1001"}))
    found = await ask("¿Cómo va mi ticket BH-1001?")
    assert (found.intent, found.known) == (Intent.STATUS, {"ticket_id": "BH-1001"})
    assert (await ask("¿Cómo va mi ticket?")).known == {}


async def test_the_thread_says_who_is_meant(ask: Ask, endpoint: Endpoint) -> None:
    context = Context(turns=[Turn(mail("kari.moen"), "Gib Anna Lund bitte Zugriff auf Figma")])
    endpoint.calls(("access-grant", {"quote": "Und Slack auch", "person": "Anna Lund", "system": "Slack"}))
    found = await ask("Und Slack auch bitte, für dieselbe Frau", context=context)
    assert made(found) == [("access.grant", {"person": mail("anna.lund"), "system": "slack"})]
    assert "Gib Anna Lund" in endpoint.seen


async def test_an_answer_to_an_open_question_needs_no_model(ask: Ask, endpoint: Endpoint) -> None:
    draft = Understanding(
        intent=Intent.CLARIFY,
        calls=(Call(action="access.revoke", arguments={"system": "slack"}),),
        gaps=(Gap(call=0, argument="person", choices=LUNDS, said="Peter"),),
    )
    found = await ask("the one in Engineering", context=Context(draft=draft))
    assert made(found) == [("access.revoke", {"system": "slack", "person": mail("peter.lund")})] and not endpoint.asked


async def test_an_answer_in_another_language_completes_the_draft(ask: Ask, endpoint: Endpoint) -> None:
    draft = Understanding(
        intent=Intent.CLARIFY,
        calls=(Call(action="access.grant", arguments={"system": "slack", "person": mail("anna.lund")}),),
        gaps=(Gap(call=0, argument="level", said=""),),
    )
    text = "nur zum Lesen bitte, mehr braucht sie ja eh kaum"
    endpoint.calls(("access-grant", {"quote": "nur zum Lesen bitte", "person": "EMAIL_1", "system": "slack", "level": "read"}))
    found = await ask(text, context=Context(draft=draft))
    assert made(found) == [("access.grant", {"person": mail("anna.lund"), "system": "slack", "level": "read"})]
    assert mail("anna.lund") not in endpoint.seen


async def test_every_offered_action_is_a_tool_with_its_declared_arguments(ask: Ask, endpoint: Endpoint, registry: Registry) -> None:
    endpoint.calls(("nothing", {"why": "other"}))
    await ask("the printer fairy paid a visit")
    tools = {t["function"]["name"]: t["function"]["parameters"] for t in endpoint.asked[-1]["tools"]}
    for action in registry.actions.values():
        if action.name == "ticket.status":
            continue
        name = action.name.replace(".", "-")
        assert (name in tools) is action.offered
        if action.offered:
            assert set(tools[name]["properties"]) == {"quote", *action.declared} and tools[name]["additionalProperties"] is False


async def test_the_same_call_twice_is_one(ask: Ask, endpoint: Endpoint) -> None:
    call = ("access-grant", {"quote": "add me to Slack", "person": "me", "system": "Slack"})
    endpoint.says(called(call, call))
    assert len((await ask("add me to Slack")).calls) == 1


async def test_a_day_the_message_names_is_not_the_models_to_reckon(ask: Ask, endpoint: Endpoint) -> None:
    text = "Give Anna Lund Slack until the end of next month"
    endpoint.calls(("access-grant", {"quote": text, "person": "Anna Lund", "system": "Slack", "until": "2027-07-30"}))
    (call,) = (await ask(text)).calls
    assert call.arguments["until"] == "2026-07-31"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Give Anna Lund Figma until her last day", {"until": "2026-12-31"}),
        ("Give Anna Lund Figma for two weeks", {"duration": "P14D"}),
    ],
)
async def test_a_limit_that_was_said_is_not_lost_where_the_model_leaves_it_out(
    ask: Ask, endpoint: Endpoint, text: str, limit: dict[str, str]
) -> None:
    endpoint.calls(("access-grant", {"quote": text, "person": "Anna Lund", "system": "Figma"}))
    assert made(await ask(text)) == [("access.grant", {"person": mail("anna.lund"), "system": "figma", **limit})]


async def test_whom_nobody_answers_to_is_asked_for_though_the_model_leaves_them_out(ask: Ask, endpoint: Endpoint) -> None:
    text = "Hand Anna Lund's meetings to my deputy"
    endpoint.calls(("calendar-reassign", {"quote": text, "from": "Anna Lund"}))
    found = await ask(text)
    assert made(found) == [("calendar.reassign", {"from": mail("anna.lund")})]
    assert [(argument, choices) for _, argument, choices, _ in gaps(found)] == [("to", ())]


async def test_a_request_of_its_own_stands_beside_the_one_that_waits(ask: Ask, endpoint: Endpoint) -> None:
    before = Context(last=(Call(action="access.grant", arguments={"person": mail("anna.lund"), "system": "figma"}),))
    for text, beside in (("Slack access for Anna Lund please", True), ("Figma as editor for Anna Lund please", False)):
        system = text.split()[0]
        endpoint.calls(("access-grant", {"quote": text, "person": "Anna Lund", "system": system}))
        found = await ask(text, context=before)
        assert [c.arguments["system"] for c in found.calls] == [system.lower()] and found.adds is beside

"""The stand-in refuses what the real connector refuses: a stand-in that takes anything would prove nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import jwt
import pytest

from tests.teams.standin import cardplay
from tests.teams.standin.cardplay import NotSent
from tests.teams.standin.refusals import CARD, Limits, Refusal
from tests.teams.standin.teams import APP_ID, SECRET, Answered, Teams, check_invoke, standin
from tests.teams.standin.tokens import ISSUER, SCOPE
from tests.teams.standin.world import ELSEWHERE, TENANT


@dataclass
class Bot:
    """A bare client of the connector."""

    teams: Teams
    token: str = ""

    async def call(self, method: str, path: str, body: Any = None, region: str = "emea", token: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        assert self.teams.session
        async with self.teams.session.request(method, f"{self.teams.base}/{region}/v3{path}", json=body, headers=headers) as response:
            return response.status, await response.json() if "json" in response.content_type else None

    async def login(self, **other: str) -> tuple[int, Any]:
        form = {"grant_type": "client_credentials", "client_id": APP_ID, "client_secret": SECRET, "scope": SCOPE, **other}
        assert self.teams.session
        async with self.teams.session.post(f"{self.teams.base}/{TENANT}/oauth2/v2.0/token", data=form) as response:
            return response.status, await response.json()

    async def code(self, *call: Any, **more: Any) -> tuple[int, str]:
        status, body = await self.call(*call, **more)
        return status, body["error"]["code"]


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    teams = await standin().open()
    found = Bot(teams)
    found.token = (await found.login())[1]["access_token"]
    yield found
    await teams.close()


def hello(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "message", "text": text, **more}


def card(*body: dict[str, Any], **more: Any) -> dict[str, Any]:
    content = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}]}


async def test_a_token_needs_the_right_secret_scope_and_app(bot: Bot) -> None:
    assert (await bot.login(client_secret="guess"))[0] == 401
    assert (await bot.login(client_id="another"))[0] == 400
    assert (await bot.login(scope="https://graph.microsoft.com/.default"))[0] == 400
    assert (await bot.login(grant_type="password"))[0] == 400


async def test_nothing_is_served_without_the_apps_own_token(bot: Bot) -> None:
    chat = bot.teams.world.personal(bot.teams.user("Rosa Delgado"))
    at = f"/conversations/{chat.id}/activities"
    assert await bot.code("POST", at, hello(), token="") == (401, "Unauthorized")
    assert await bot.code("POST", at, hello(), token=bot.token + "x") == (401, "Unauthorized")
    assert await bot.code("GET", f"/conversations/{chat.id}/members", token="") == (401, "Unauthorized")
    bot.teams.login.bearers.revoke()
    assert await bot.code("POST", at, hello()) == (401, "Unauthorized")
    assert not bot.teams.world.shown


async def test_conversations_are_known_at_their_own_address(bot: Bot) -> None:
    chat = bot.teams.world.personal(bot.teams.user("Rosa Delgado"))
    chat.region = "amer"
    at = f"/conversations/{chat.id}/activities"
    assert await bot.code("POST", at, hello()) == (404, "ConversationNotFound")
    assert (await bot.call("POST", at, hello(), region="amer"))[0] == 201
    assert await bot.code("POST", "/conversations/a:none/activities", hello()) == (404, "ConversationNotFound")


async def test_a_direct_conversation_needs_the_person_the_tenant_and_an_installed_bot(bot: Bot) -> None:
    rosa = bot.teams.user("Rosa Delgado")
    wanted = {"bot": {"id": bot.teams.world.bot_id}, "members": [{"id": rosa.id}], "isGroup": False}
    assert await bot.code("POST", "/conversations", wanted) == (400, "BadSyntax")
    assert await bot.code("POST", "/conversations", {**wanted, "tenantId": ELSEWHERE}) == (400, "BadSyntax")
    status, body = await bot.call("POST", "/conversations", {**wanted, "channelData": {"tenant": {"id": TENANT}}})
    assert status == 201 and body["id"] == bot.teams.world.personal(rosa).id
    by_object = {**wanted, "members": [{"id": rosa.aad}], "tenantId": TENANT}
    assert (await bot.call("POST", "/conversations", by_object))[1]["id"] == body["id"]
    bot.teams.world.uninstalled.add(rosa.id)
    assert await bot.code("POST", "/conversations", by_object) == (403, "BotNotInConversationRoster")
    bot.teams.world.uninstalled.clear()
    bot.teams.world.blocked.add(rosa.id)
    assert await bot.code("POST", f"/conversations/{body['id']}/activities", hello()) == (403, "MessageWritesBlocked")


async def test_threads_in_channels(bot: Bot) -> None:
    channel = bot.teams.world.channel("help", [bot.teams.user("Rosa Delgado")])
    start = {"isGroup": True, "channelData": {"channel": {"id": channel.id}}, "bot": {"id": bot.teams.world.bot_id}}
    assert await bot.code("POST", "/conversations", start) == (400, "BadSyntax")
    status, body = await bot.call("POST", "/conversations", {**start, "activity": hello("root")})
    assert status == 201 and body["id"] == f"{channel.id};messageid={body['activityId']}"
    assert (await bot.call("POST", f"/conversations/{body['id']}/activities", hello("in the thread")))[0] == 201
    assert [s.text for s in bot.teams.messages(channel, body["activityId"])] == ["root", "in the thread"]
    status, _ = await bot.call("POST", f"/conversations/{channel.id};messageid=17/activities", hello())
    assert status == 404
    channel.installed = False
    assert await bot.code("POST", "/conversations", {**start, "activity": hello()}) == (403, "BotNotInConversationRoster")


async def test_only_its_own_messages_and_only_while_they_are_there(bot: Bot) -> None:
    chat = bot.teams.world.personal(bot.teams.user("Rosa Delgado"))
    at = f"/conversations/{chat.id}/activities"
    _, body = await bot.call("POST", at, hello("one"))
    assert (await bot.call("PUT", f"{at}/{body['id']}", hello("two")))[0] == 200
    (shown,) = bot.teams.messages(chat)
    assert shown.text == "two" and len(shown.versions) == 2
    bot.teams.holding = True
    hers = await bot.teams.say("Rosa Delgado", "hers")
    assert (await bot.code("PUT", f"{at}/{hers.id}", hello("mine")))[0] == 403
    assert await bot.code("PUT", f"{at}/1:17", hello()) == (404, "ActivityNotFoundInConversation")
    assert (await bot.call("DELETE", f"{at}/{body['id']}"))[0] == 200
    assert await bot.code("PUT", f"{at}/{body['id']}", hello()) == (404, "ActivityNotFoundInConversation")


@pytest.mark.parametrize(
    ("activity", "refused"),
    [
        (hello(colour="red"), (400, "BadSyntax")),
        (hello(" "), (400, "BadSyntax")),
        ({"type": "trace", "text": "x"}, (400, "BadArgument")),
        (hello("x" * 14 * 1024), (413, "MessageSizeTooBig")),
        (hello(textFormat="html"), (400, "BadSyntax")),
        (hello(conversation={"id": "a:other"}), (400, "BadArgument")),
        ({**hello(), "from": {"id": "29:somebody"}}, (403, "ForbiddenOperationException")),
        (hello(entities=[{"type": "mention", "text": "<at>Rosa</at>", "mentioned": {"id": "29:1"}}]), (400, "BadArgument")),
        (hello(attachments=[{"contentType": "text/html", "content": "<b>x</b>"}]), (400, "BadArgument")),
        (hello(attachments=[{"contentType": CARD, "content": {}, "kind": 1}]), (400, "BadSyntax")),
        (card({"type": "TextBlock"}), (400, "BadSyntax")),
        (card({"type": "Marquee", "text": "x"}), (400, "BadSyntax")),
    ],
)
async def test_what_is_no_message_is_refused(bot: Bot, activity: dict[str, Any], refused: tuple[int, str]) -> None:
    chat = bot.teams.world.personal(bot.teams.user("Rosa Delgado"))
    assert await bot.code("POST", f"/conversations/{chat.id}/activities", activity) == refused
    assert not bot.teams.messages(chat)


async def test_too_fast_is_told_how_long_to_wait(bot: Bot) -> None:
    chat = bot.teams.world.personal(bot.teams.user("Rosa Delgado"))
    other = bot.teams.world.personal(bot.teams.user("Tom Becker"))
    bot.teams.connector.limits = Limits(((60.0, 2),))
    for _ in range(2):
        assert (await bot.call("POST", f"/conversations/{chat.id}/activities", hello()))[0] == 201
    assert await bot.code("POST", f"/conversations/{chat.id}/activities", hello()) == (429, "Throttled")
    assert (await bot.call("POST", f"/conversations/{other.id}/activities", hello()))[0] == 201
    bot.teams.connector.fail.append(Refusal(429, "Throttled", "Too many requests.", after=3))
    assert bot.teams.session
    headers = {"Authorization": f"Bearer {bot.token}"}
    address = f"{bot.teams.base}/emea/v3/conversations/{other.id}/activities"
    async with bot.teams.session.post(address, json=hello(), headers=headers) as response:
        assert response.status == 429 and response.headers["Retry-After"] == "3"
    assert (await bot.call("POST", f"/conversations/{other.id}/activities", hello()))[0] == 201


async def test_the_roster_tells_who_somebody_is(bot: Bot) -> None:
    rosa, tom = bot.teams.user("Rosa Delgado"), bot.teams.user("Tom Becker")
    channel = bot.teams.world.channel("help", [rosa, *(bot.teams.user(f"Extra {n}") for n in range(60))])
    for member in (rosa.id, rosa.aad, rosa.upn):
        status, told = await bot.call("GET", f"/conversations/{channel.id}/members/{member}")
        assert status == 200 and told["userPrincipalName"] == "rosa.delgado@brightwater.example" and told["userRole"] == "user"
    assert (await bot.code("GET", f"/conversations/{channel.id}/members/{tom.id}"))[0] == 404
    _, page = await bot.call("GET", f"/conversations/{channel.id}/pagedmembers?pageSize=50")
    assert len(page["members"]) == 50
    _, rest = await bot.call("GET", f"/conversations/{channel.id}/pagedmembers?pageSize=50&continuationToken={page['continuationToken']}")
    assert len(rest["members"]) == 11 and "continuationToken" not in rest
    assert (await bot.call("GET", f"/teams/{channel.team}"))[1]["name"] == "IT"
    assert (await bot.call("GET", f"/teams/{channel.team}/conversations"))[1]["conversations"] == [{"id": channel.id, "name": "help"}]


async def test_pictures_need_the_token_and_uploaded_files_must_not_see_it(bot: Bot) -> None:
    assert bot.teams.session
    picture = bot.teams.picture(b"png")
    path = picture["contentUrl"].partition("/v3")[2]
    assert await bot.code("GET", path, token="") == (401, "Unauthorized")
    upload = bot.teams.upload("id.png", b"png")["content"]["downloadUrl"]
    async with bot.teams.session.get(upload) as response:
        assert await response.read() == b"png" and not bot.teams.connector.leaks
    async with bot.teams.session.get(upload, headers={"Authorization": f"Bearer {bot.token}"}) as response:
        assert bot.teams.connector.leaks


async def test_what_teams_sends_is_signed_with_a_key_of_the_metadata(bot: Bot) -> None:
    teams = bot.teams
    token = teams.token(f"{teams.base}/emea/")
    assert teams.session
    async with teams.session.get(f"{teams.base}/v1/.well-known/openidconfiguration") as response:
        told = await response.json()
    async with teams.session.get(told["jwks_uri"]) as response:
        keys = {k["kid"]: k for k in (await response.json())["keys"]}
    found = keys[jwt.get_unverified_header(token)["kid"]]
    assert "msteams" in found["endorsements"]
    claims = jwt.decode(token, jwt.PyJWK(found).key, algorithms=["RS256"], audience=APP_ID, issuer=ISSUER)
    assert claims["serviceurl"] == f"{teams.base}/emea/"


FORM = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "Input.Text", "id": "one.name", "label": "Name", "isRequired": True, "errorMessage": "Say a name."}],
    "actions": [
        {"type": "Action.Execute", "verb": "v", "title": "Send", "data": {"k": 1}},
        {"type": "Action.Execute", "verb": "v", "title": "Skip", "data": {"k": 2}, "associatedInputs": "none"},
        {
            "type": "Action.ShowCard",
            "title": "Decline",
            "card": {
                "type": "AdaptiveCard",
                "body": [{"type": "Input.Text", "id": "why.1", "label": "Why?"}],
                "actions": [{"type": "Action.Execute", "verb": "v", "title": "Decline", "data": {"k": 3}}],
            },
        },
    ],
}


def test_a_client_gathers_inputs_as_teams_does() -> None:
    assert cardplay.press(FORM, "Send", {"Name": "Ada"})[1] == {"k": 1, "one.name": "Ada"}
    assert cardplay.press(FORM, "Skip", {})[1] == {"k": 2}
    assert cardplay.press(FORM, "Decline", {"one.name": "Ada", "Why?": "no"})[1] == {"k": 3, "one.name": "Ada", "why.1": "no"}
    for title, given in (("Send", {}), ("Send", {"Name": "Ada", "Age": 3}), ("Nothing", {}), ("Skip", {"Name": "x"})):
        with pytest.raises(NotSent):
            cardplay.press(FORM, title, given)


def test_a_client_shows_no_answer_it_cannot_read() -> None:
    check_invoke(
        "adaptiveCard/action", Answered(200, {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "ok"})
    )
    for wrong in (
        Answered(500),
        Answered(200, None),
        Answered(200, {"status": 200, "body": {}}),
        Answered(200, {"statusCode": 200, "type": "x"}),
    ):
        with pytest.raises(AssertionError):
            check_invoke("adaptiveCard/action", wrong)

"""Who may speak to the bot, and as whom: forged requests, forged people, forged buttons."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from aiohttp import web

from bot.domain.plans import PlanState
from bot.errors import BellhopError
from tests.teams.conftest import House
from tests.teams.standin.cardplay import Json
from tests.teams.standin.teams import APP_ID, Answered
from tests.teams.standin.tokens import ISSUER, channel_token, key
from tests.teams.standin.world import ELSEWHERE, TENANT, User, mail

WIFI = "How do I connect to the office Wi-Fi?"


def question(house: House, who: str = "Rosa Delgado", text: str = WIFI, **fields: Any) -> Json:
    teams = house.teams
    person = teams.user(who)
    return {**teams.message(person, teams.world.personal(person), text, False, "", []), **fields}


async def nothing_heard(house: House) -> None:
    """Neither a ticket nor a word, nor a sign of life."""
    await house.teams.calm()
    assert await house.tickets() == []
    assert not [s for s in house.teams.world.shown if s.by == house.teams.world.bot_id]
    assert not house.teams.world.typing


def claims(house: House, **other: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": APP_ID, "nbf": now - 60, "exp": now + 3600, "serviceurl": f"{house.teams.base}/emea/", **other}


def public_pem() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key("teams").private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def by_hmac(house: House) -> str:
    """Signed with the public key as if it were a shared secret: what a verifier that believes the header would take."""
    import base64
    import hashlib
    import hmac
    import json

    def packed(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    head = packed(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "teams"}).encode())
    body = packed(json.dumps(claims(house)).encode())
    return f"{head}.{body}.{packed(hmac.new(public_pem(), f'{head}.{body}'.encode(), hashlib.sha256).digest())}"


ATTACKS = {
    "no token": lambda h: "",
    "garbage": lambda h: "x.y.z",
    "another bot's token": lambda h: h.teams.token(f"{h.teams.base}/emea/", aud="another-app"),
    "two audiences": lambda h: h.teams.token(f"{h.teams.base}/emea/", aud=[APP_ID, "another-app"]),
    "no audience": lambda h: h.teams.token(f"{h.teams.base}/emea/", aud=None),
    "another issuer": lambda h: h.teams.token(f"{h.teams.base}/emea/", iss="https://sts.windows.net/evil/"),
    "no issuer": lambda h: h.teams.token(f"{h.teams.base}/emea/", iss=None),
    "expired": lambda h: h.teams.token(f"{h.teams.base}/emea/", nbf=int(time.time()) - 7200, exp=int(time.time()) - 3600),
    "without an end": lambda h: h.teams.token(f"{h.teams.base}/emea/", exp=None),
    "not yet": lambda h: h.teams.token(f"{h.teams.base}/emea/", nbf=int(time.time()) + 3600),
    "a key of the same name": lambda h: channel_token(APP_ID, f"{h.teams.base}/emea/", key("evil"), headers={"kid": "teams"}),
    "an unknown key": lambda h: channel_token(APP_ID, f"{h.teams.base}/emea/", key("evil")),
    "no key id": lambda h: jwt.encode(claims(h), key("teams").private, algorithm="RS256"),
    "alg none": lambda h: jwt.encode(claims(h), None, algorithm="none", headers={"kid": "teams"}),
    "alg HS256": by_hmac,
    "RS512": lambda h: jwt.encode(claims(h), key("teams").private, algorithm="RS512", headers={"kid": "teams"}),
    "a key for another channel": lambda h: channel_token(APP_ID, f"{h.teams.base}/emea/", key("webchat")),
    "for another connector": lambda h: h.teams.token("https://smba.trafficmanager.net/amer/"),
    "for no connector": lambda h: h.teams.token(f"{h.teams.base}/emea/", serviceurl=None),
    "Entra's, for another app": lambda h: entra(h, appid="another-app"),
    "Entra's, for a person": lambda h: entra(h, appid=APP_ID, scp="user_impersonation"),
    "Entra's, of another tenant": lambda h: entra(h, appid=APP_ID, iss=f"https://sts.windows.net/{ELSEWHERE}/"),
}


def entra(house: House, **other: Any) -> str:
    told = claims(house, **{"iss": f"https://sts.windows.net/{TENANT}/", "ver": "1.0", **other})
    return jwt.encode(told, key("login").private, algorithm="RS256", headers={"kid": "login"})


async def test_requests_that_teams_did_not_sign_are_refused(house: House) -> None:
    for name, forged in ATTACKS.items():
        answered = await house.teams.deliver(question(house), token=forged(house))
        assert answered.status in (401, 403), f"{name}: {answered}"
        assert "Traceback" not in answered.text and str(house.folder) not in answered.text
    await nothing_heard(house)


async def test_the_right_token_is_heard(house: House) -> None:
    assert (await house.teams.deliver(question(house))).ok
    await house.sees("Rosa Delgado", "Wi-Fi")


async def test_keys_that_are_rolled_over_are_looked_up_again(house: House) -> None:
    teams = house.teams
    await teams.say("Rosa Delgado", WIFI)
    teams.login.keys.append((key("rolled"), ("msteams",)))
    house.clock.moved = __import__("datetime").timedelta(hours=2)
    activity = question(house, "Tom Becker")
    token = channel_token(APP_ID, activity["serviceUrl"], key("rolled"), at=house.clock().timestamp())
    assert (await teams.deliver(activity, token=token)).ok
    await house.sees("Tom Becker", "Wi-Fi")


async def test_made_up_key_ids_do_not_make_the_desk_hammer_the_login(house: House) -> None:
    teams = house.teams
    await teams.say("Rosa Delgado", WIFI)
    before = teams.login.looked_up
    for n in range(30):
        token = channel_token(APP_ID, f"{teams.base}/emea/", key("evil"), headers={"kid": f"made-up-{n}"})
        assert (await teams.deliver(question(house), token=token)).status == 401
    assert teams.login.looked_up - before <= 1


async def test_a_token_for_one_address_does_not_lead_the_desk_to_another(house: House) -> None:
    """Whoever could name the connector would be shown the bot's own token."""
    seen: list[str] = []

    async def trap(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response({"id": "1"}, status=201)

    site = web.Application()
    site.router.add_route("*", "/{any:.*}", trap)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    evil = f"http://127.0.0.1:{runner.addresses[0][1]}/emea/"
    for address in (evil, "http://169.254.169.254/latest/", f"{house.teams.base}@127.0.0.1:1/", "file:///etc/passwd", "", None):
        signed = house.teams.token(address) if address else house.teams.token(f"{house.teams.base}/emea/")
        answered = await house.teams.deliver(question(house, serviceUrl=address), token=signed)
        assert answered.status in (400, 401, 403), f"{address}: {answered}"
    await nothing_heard(house)
    await runner.cleanup()
    assert seen == []


async def test_a_body_that_is_no_activity_breaks_nothing(house: House) -> None:
    teams = house.teams
    token = teams.token(f"{teams.base}/emea/")
    assert teams.session
    for body in (b"", b"{", b"[]", b'"x"', b"null", b"{}", b'{"type": 7}', b"\xff\xfe", b"[" * 20_000):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with teams.session.post(teams.endpoint, data=body, headers=headers) as response:
            assert 400 <= response.status < 500, (body[:20], response.status)
    for field, wrong in (
        ("from", None),
        ("from", "x"),
        ("conversation", None),
        ("conversation", []),
        ("id", None),
        ("channelData", "x"),
        ("entities", 3),
    ):
        answered = await teams.deliver(question(house, **{field: wrong}))
        assert answered.status < 500, (field, wrong, answered)
    async with teams.session.get(teams.endpoint) as response:
        assert response.status in (404, 405)
    big = question(house, text="x" * 3_000_000)
    assert (await teams.deliver(big)).status in (400, 413)
    assert (await teams.deliver(question(house, "Tom Becker"))).ok
    await house.sees("Tom Becker", "Wi-Fi")


async def test_unsigned_requests_are_taken_on_loopback_only_and_only_if_told_so(closed: House) -> None:
    with pytest.raises(BellhopError):
        await closed.open(teams_unsigned=True, teams_host="0.0.0.0")
    await closed.close()
    await closed.open(teams_unsigned=True, teams_host="127.0.0.1", teams_app_id="", teams_app_password="")
    answered = await closed.teams.deliver(question(closed), token="")
    assert answered.ok


# people


def outsider(house: House, kind: str) -> User:
    """Somebody who would like to be Grace Kim."""
    world, grace = house.teams.world, mail("Grace Kim")
    odd: dict[str, dict[str, str]] = {
        "a guest": {"role": "guest", "upn": "grace.kim_gmail.com#EXT#@brightwater.onmicrosoft.com", "email": grace},
        "a guest by address": {"upn": "grace.kim_gmail.com#EXT#@brightwater.onmicrosoft.com", "email": grace},
        "an anonymous visitor": {"role": "anonymous", "upn": "", "email": "", "aad": ""},
        "another tenant": {"tenant": ELSEWHERE, "upn": "grace@evil.example", "email": grace},
        "a newcomer": {"upn": "new.hire@brightwater.example", "email": "new.hire@brightwater.example"},
        "a bot": {"id": "28:another-bot", "role": "bot", "upn": "", "email": "", "aad": ""},
    }
    user = world.user(f"odd-{kind.replace(' ', '-')}@nowhere.example", **{"name": "Grace Kim", **odd[kind]})
    house.help.members.append(user)
    return user


@pytest.mark.parametrize("kind", ["a guest", "a guest by address", "an anonymous visitor", "another tenant", "a newcomer"])
async def test_who_is_no_employee_is_told_so_once_and_gets_nothing(house: House, kind: str) -> None:
    somebody = outsider(house, kind)
    chat = house.teams.world.personal(somebody)
    activity = house.teams.message(somebody, chat, "Remove John Smith's access to Slack.", False, "", [])
    activity["conversation"]["tenantId"] = activity["channelData"]["tenant"]["id"] = somebody.tenant
    answered = await house.teams.deliver(activity)
    assert answered.status < 500
    await house.teams.calm()
    assert await house.tickets() == []
    said = [house.teams.reads(s) for s in house.teams.messages(chat)]
    assert len(said) <= 1 and not any("Grace" in s for s in said)
    if answered.ok:
        assert said, "whoever addressed the bot is told why nothing happens"


async def test_other_bots_are_not_heard(house: House) -> None:
    robot = outsider(house, "a bot")
    await house.teams.say(robot, WIFI, house.help, mention=True)
    own = User(house.teams.world.bot_id, "Bellhop", "", "", "")
    for place in (house.help, house.teams.world.personal(own)):
        mine = house.teams.world.tick()
        assert (await house.teams.deliver(house.teams.message(own, place, WIFI, True, mine, [], id=mine))).ok
    await nothing_heard(house)


async def test_a_display_name_makes_nobody_somebody_else(house: House) -> None:
    """Tom calls himself Grace Kim: he is heard as Tom, and refused as Tom."""
    tom = house.teams.world.users[mail("Tom Becker")]
    activity = question(house, "Tom Becker", "Remove John Smith's access to Slack.")
    activity["from"]["name"] = "Sam Okafor"
    assert (await house.teams.deliver(activity)).ok
    await house.sees("Tom Becker", "I can't do this")
    assert [t.requester for t in await house.tickets()] == [tom.email]


async def test_an_object_id_that_the_roster_does_not_confirm_is_not_believed(house: House) -> None:
    activity = question(house, "Tom Becker", "Remove John Smith's access to Slack.")
    activity["from"]["aadObjectId"] = house.teams.user("Sam Okafor").aad
    assert (await house.teams.deliver(activity)).status < 500
    await house.teams.calm()
    assert await house.tickets() == [] and await house.plans() == []
    other = question(house, "Tom Becker", "Remove John Smith's access to Slack.")
    other["from"]["id"] = house.teams.user("Sam Okafor").id
    other["id"] = house.teams.world.tick()
    assert (await house.teams.deliver(other)).status < 500
    await house.teams.calm()
    assert await house.plans() == []


async def test_a_foreign_tenant_in_the_envelope_is_not_heard(house: House) -> None:
    for field in ("conversation", "channelData"):
        activity = question(house)
        if field == "conversation":
            activity["conversation"]["tenantId"] = ELSEWHERE
        else:
            activity["channelData"]["tenant"]["id"] = ELSEWHERE
        await house.teams.deliver(activity)
    await house.teams.calm()
    assert await house.tickets() == []


async def test_people_of_a_further_tenant_are_heard_where_the_settings_name_it(closed: House) -> None:
    house = await closed.open(teams_tenants=[ELSEWHERE])
    grace = house.teams.world.user("Elena Popov", tenant=ELSEWHERE)
    chat = house.teams.world.personal(grace)
    activity = house.teams.message(grace, chat, WIFI, False, "", [])
    activity["conversation"]["tenantId"] = activity["channelData"]["tenant"]["id"] = ELSEWHERE
    assert (await house.teams.deliver(activity)).ok
    await house.sees("Elena Popov", "Wi-Fi")


async def test_who_clicks_is_looked_up_anew_for_each_click(house: House) -> None:
    """Sam was an employee a moment ago, when he wrote; by the roster of now he is a guest."""
    await asked(house)
    teams = house.teams
    card = await house.sees("Sam Okafor", button="Approve")
    await teams.say("Sam Okafor", "hello")
    await house.sees("Sam Okafor", "Hello Sam")
    sam = teams.user("Sam Okafor")
    guest = replace(sam, role="guest", upn="sam_gmail.com#EXT#@brightwater.onmicrosoft.com")
    teams.world.users[sam.email] = guest
    card.chat.members[:] = [guest]
    answered = await teams.press(guest, card, "Approve")
    assert "guest" in answered.said
    await still_waiting(house)


async def test_somebody_who_was_offboarded_a_moment_ago_is_not_heard(house: House) -> None:
    await house.teams.say("Hannah Weber", "Offboard Tom Becker, last day today")
    plan = await house.settled(PlanState.ASKING)
    tom = (await house.ledger.directory()).person(mail("Tom Becker"))
    assert plan.steps and tom
    from bot.domain.people import Standing
    from bot.ledger.importer import import_rows

    await import_rows(house.ledger, {"people": [{**tom.model_dump(mode="json"), "status": Standing.OFFBOARDED.value}]})
    await house.teams.say("Tom Becker", "I need access to Figma for two weeks")
    await house.teams.calm()
    assert not [p for p in await house.plans() if p.requester == mail("Tom Becker")]
    assert house.teams.dms("Tom Becker"), "he is told why"


# buttons


async def asked(house: House) -> Answered | None:
    """Hannah's request waits for Sam's answer."""
    await house.teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    await house.sees("Sam Okafor", "Remove John Smith's access to Slack", button="Approve")
    return None


async def still_waiting(house: House) -> None:
    await house.teams.calm()
    plans = await house.plans()
    assert [p.state for p in plans] == [PlanState.ASKING]
    assert "slack" in await house.holds("John Smith")


async def test_nobody_presses_somebody_elses_buttons(house: House) -> None:
    await asked(house)
    card = await house.sees("Sam Okafor", button="Approve")
    for who in ("Tom Becker", "Hannah Weber", "John Smith"):
        answered = await house.teams.press(who, card, "Approve")
        assert answered.said and "Approve" not in answered.said
    for kind in ("a guest", "another tenant", "a newcomer"):
        await house.teams.press(outsider(house, kind), card, "Approve")
    await still_waiting(house)
    await house.teams.press("Sam Okafor", card, "Approve")
    await house.settled(PlanState.DONE)


async def test_forged_cards_carry_nothing(house: House) -> None:
    await asked(house)
    teams = house.teams
    card = await house.sees("Sam Okafor", button="Approve")
    from tests.teams.standin import cardplay

    action, data = cardplay.press(teams.card(card), "Approve", {})
    own = dict(data["bellhop"])
    mine = await teams.say("Tom Becker", "hello")
    for forged in (
        {**data, "person": mail("Sam Okafor"), "bellhop": {**own, "person": mail("Sam Okafor"), "email": mail("Sam Okafor")}},
        {"bellhop": {**own, "verb": "approve", "values": {"person": mail("Sam Okafor"), "fingerprint": "x"}}},
        {"bellhop": {**own, "ref": "'; DROP TABLE tickets; --"}},
        {"bellhop": {**own, "verb": "__init__"}},
        {"bellhop": {**own, "ref": ["x"]}},
        {"bellhop": {**own, "ref": "x" * 10_000}},
        {"bellhop": own["ref"]},
        {"verb": "approve", "ref": own["ref"]},
        {},
        "approve",
        [own],
        None,
    ):
        for kind in ("Action.Execute", "Action.Submit"):
            await teams.act("Tom Becker", mine, {**action, "type": kind}, forged)
        for name in ("task/fetch", "task/submit"):
            await teams.invoke("Tom Becker", mine, name, {"data": forged, "context": {"theme": "default"}})
    await still_waiting(house)


async def test_a_click_is_the_one_who_clicks_not_the_one_the_card_went_to(house: House) -> None:
    """The same button, pressed by the right person from a copy of the card elsewhere, counts as that person's click."""
    await asked(house)
    teams = house.teams
    card = await house.sees("Sam Okafor", button="Approve")
    from tests.teams.standin import cardplay

    action, data = cardplay.press(teams.card(card), "Approve", {})
    elsewhere = await teams.say("Sam Okafor", "look at this", house.help, mention=False)
    await teams.act("Tom Becker", elsewhere, action, data)
    await still_waiting(house)


async def test_unknown_invokes_are_answered_and_do_nothing(house: House) -> None:
    teams = house.teams
    shown = await teams.say("Rosa Delgado", WIFI)
    await house.sees("Rosa Delgado", "Wi-Fi")
    person, chat = teams.user("Rosa Delgado"), teams.world.personal(teams.user("Rosa Delgado"))
    before = len(await house.tickets())
    for name in ("signin/verifyState", "fileConsent/invoke", "application/search", "composeExtension/query", "x", "config/fetch", None):
        activity = teams.activity(person, chat, "invoke", name=name, value={"state": "x"}, replyToId=shown.id)
        answered = await teams.deliver(activity)
        assert answered.status < 500, (name, answered)
    assert len(await house.tickets()) == before

"""Tokens, with keys made here: what is believed, and every way of being fooled that is not."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bot.channels.teams.tokens import BOT_FRAMEWORK, Forged, Verifier
from bot.channels.teams.wire import Wire
from bot.errors import TryLater
from bot.settings import Settings

APP = "5b3f2c1a-0000-4000-8000-0000000000aa"
TENANT = "0c5ab6a1-0000-4000-8000-0000000000bb"
AT = "https://smba.trafficmanager.net/emea/"
KEYS = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("one", "two", "stranger")}


@dataclass
class Authority:
    """Names keys, as the Bot Framework and Entra do; `asked` counts how often."""

    base: str = ""
    named: dict[str, list[str]] = field(default_factory=lambda: {"one": ["msteams"]})
    asked: int = 0
    down: bool = False
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def clock(self) -> datetime:
        return self.now

    async def metadata(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.json_response({}, status=503) if self.down else web.json_response({"jwks_uri": f"{self.base}/keys"})

    async def keys(self, _: web.Request) -> web.Response:
        told = [
            {**json.loads(RSAAlgorithm.to_jwk(KEYS[n].public_key())), "kid": n, "use": "sig", **({"endorsements": e} if e else {})}
            for n, e in self.named.items()
        ]
        return web.json_response({"keys": told})

    def token(self, kid: str = "one", signed_by: str = "", headers: dict[str, Any] | None = None, **other: Any) -> str:
        """A token of the Bot Framework's; a claim that is None is left out."""
        now = int(self.now.timestamp())
        usual = {"iss": BOT_FRAMEWORK, "aud": APP, "nbf": now - 60, "exp": now + 3600, "serviceurl": AT}
        told = {n: v for n, v in {**usual, **other}.items() if v is not None}
        return jwt.encode(told, KEYS[signed_by or kid], algorithm="RS256", headers={"kid": kid, **(headers or {})})

    def entra(self, **other: Any) -> str:
        """A token that the app itself got from Entra."""
        usual = {"iss": f"https://sts.windows.net/{TENANT}/", "ver": "1.0", "appid": APP, "serviceurl": None}
        return self.token(**{**usual, **other})


@pytest.fixture
async def authority() -> AsyncIterator[Authority]:
    told = Authority()
    site = web.Application()
    site.router.add_get("/metadata", told.metadata)
    site.router.add_get(f"/{TENANT}/v2.0/.well-known/openid-configuration", told.metadata)
    site.router.add_get("/keys", told.keys)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield told
    await runner.cleanup()


@pytest.fixture
async def verifier(authority: Authority) -> AsyncIterator[Verifier]:
    settings = Settings(
        teams_app_id=APP, teams_tenant_id=TENANT, teams_openid_url=f"{authority.base}/metadata", teams_login_url=authority.base
    )
    wire = Wire()
    yield Verifier(settings, wire, authority.clock)
    await wire.close()


async def test_a_token_of_the_bot_framework_vouches_for_its_connector_and_channels(authority: Authority, verifier: Verifier) -> None:
    claims = await verifier.verify(f"Bearer {authority.token()}")
    assert (claims.issuer, claims.service_url, claims.channels) == (BOT_FRAMEWORK, AT, frozenset({"msteams"}))


async def test_a_key_without_endorsements_speaks_for_any_channel(authority: Authority, verifier: Verifier) -> None:
    authority.named = {"one": []}
    assert (await verifier.verify(f"bearer {authority.token()}")).channels == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another-app"},
        {"aud": [APP, "another-app"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "never"},
        {"serviceurl": None},
        {"serviceurl": 7},
        {"signed_by": "stranger"},
        {"kid": "stranger"},
        {"headers": {"kid": 7}},
    ],
    ids=str,
)
async def test_what_is_not_right_is_forged(authority: Authority, verifier: Verifier, wrong: dict[str, Any]) -> None:
    with pytest.raises(Forged) as error:
        token = authority.token(**wrong) if not isinstance(wrong.get("headers", {}).get("kid"), int) else _with_kid(authority, 7)
        await verifier.verify(f"Bearer {token}")
    assert str(error.value) == "This request does not come from Teams."


def _with_kid(authority: Authority, kid: Any) -> str:
    """A token whose header says what PyJWT would not write."""
    _, body, signature = authority.token().split(".")
    return f"{_packed({'alg': 'RS256', 'typ': 'JWT', 'kid': kid})}.{body}.{signature}"


def _packed(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_no_algorithm_but_rs256_is_taken(authority: Authority, verifier: Verifier) -> None:
    claims = jwt.decode(authority.token(), options={"verify_signature": False})
    unsigned = f"{_packed({'alg': 'none', 'kid': 'one'})}.{_packed(claims)}."
    shared = jwt.encode(claims, "secret" * 10, algorithm="HS256", headers={"kid": "one"})
    longer = jwt.encode(claims, KEYS["one"], algorithm="RS512", headers={"kid": "one"})
    for token in (unsigned, shared, longer):
        with pytest.raises(Forged):
            await verifier.verify(f"Bearer {token}")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b", "Bearer a.b.c", "Bearer " + "x" * 20_000])
async def test_a_header_that_is_no_token_is_forged_without_looking_anything_up(
    authority: Authority, verifier: Verifier, header: str
) -> None:
    with pytest.raises(Forged):
        await verifier.verify(header)
    assert authority.asked == 0


async def test_times_may_be_off_by_five_minutes_and_no_more(authority: Authority, verifier: Verifier) -> None:
    now = int(authority.now.timestamp())
    for times in ({"exp": now - 290}, {"nbf": now + 290}):
        assert await verifier.verify(f"Bearer {authority.token(**times)}")
    for times in ({"exp": now - 310}, {"nbf": now + 310}):
        with pytest.raises(Forged):
            await verifier.verify(f"Bearer {authority.token(**times)}")


async def test_keys_are_kept_for_a_day_and_looked_up_again_when_they_roll_over(authority: Authority, verifier: Verifier) -> None:
    for _ in range(3):
        await verifier.verify(f"Bearer {authority.token()}")
    assert authority.asked == 1
    authority.named = {"two": ["msteams"]}
    authority.now += timedelta(minutes=4)
    assert await verifier.verify(f"Bearer {authority.token('two')}")
    assert authority.asked == 2


async def test_made_up_key_ids_do_not_make_us_hammer_the_authority(authority: Authority, verifier: Verifier) -> None:
    for n in range(20):
        with pytest.raises(Forged):
            await verifier.verify(f"Bearer {authority.token(f'made-up-{n}', 'one')}")
    assert authority.asked == 1


async def test_known_keys_stay_in_use_while_the_authority_is_down(authority: Authority, verifier: Verifier) -> None:
    await verifier.verify(f"Bearer {authority.token()}")
    authority.down = True
    authority.now += timedelta(hours=25)
    assert await verifier.verify(f"Bearer {authority.token()}")


async def test_without_any_key_the_sender_is_asked_to_come_again(authority: Authority, verifier: Verifier) -> None:
    authority.down = True
    with pytest.raises(TryLater):
        await verifier.verify(f"Bearer {authority.token()}")
    authority.down = False
    assert await verifier.verify(f"Bearer {authority.token()}")


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "ver": "2.0", "azp": APP, "appid": None},
        {"idtyp": "app"},
    ],
    ids=str,
)
async def test_a_token_that_the_app_itself_got_from_entra_is_taken(authority: Authority, verifier: Verifier, own: dict[str, Any]) -> None:
    assert (await verifier.verify(f"Bearer {authority.entra(**own)}")).service_url is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://sts.windows.net/another-tenant/"},
        {"iss": "https://login.microsoftonline.com/another-tenant/v2.0"},
        {"appid": "another app of the tenant"},
        {"appid": None},
        {"ver": "2.0", "azp": "another app of the tenant"},
        {"ver": "2.0"},
        {"scp": "access_as_user"},
        {"idtyp": "user"},
        {"aud": "another-app"},
        {"signed_by": "stranger"},
    ],
    ids=str,
)
async def test_a_token_that_somebody_else_got_from_entra_is_not(authority: Authority, verifier: Verifier, wrong: dict[str, Any]) -> None:
    """Every app of the tenant can ask Entra for a token for ours; none may speak in people's names with it."""
    with pytest.raises(Forged):
        await verifier.verify(f"Bearer {authority.entra(**wrong)}")


async def test_without_an_app_id_nothing_is_believed(authority: Authority) -> None:
    wire = Wire()
    try:
        verifier = Verifier(Settings(teams_openid_url=f"{authority.base}/metadata"), wire, authority.clock)
        with pytest.raises(Forged):
            await verifier.verify(f"Bearer {authority.token(aud='')}")
    finally:
        await wire.close()

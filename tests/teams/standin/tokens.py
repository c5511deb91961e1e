"""Keys and tokens, made by the test: those that sign what Teams sends to the bot, and those that the bot has to show to the connector."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"


@dataclass(frozen=True)
class Key:
    """An RSA key with its id."""

    kid: str
    private: rsa.RSAPrivateKey

    def public(self, *endorsements: str) -> dict[str, Any]:
        """The key as a JWKS lists it; the Bot Framework's keys say which channels they may speak for."""
        told: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        told.pop("key_ops", None)
        return {
            **told,
            "kid": self.kid,
            "x5t": self.kid,
            "use": "sig",
            "alg": "RS256",
            **({"endorsements": [*endorsements]} if endorsements else {}),
        }


@cache
def key(kid: str) -> Key:
    """The key of this name; one per process, since making one takes a while, and since the SDK remembers keys by address for a day."""
    return Key(kid, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def channel_token(app_id: str, service_url: str, signed_by: Key, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """What Teams puts into the Authorization header. A claim that is None is left out; any other replaces the usual one."""
    now = int(claims.pop("at", 0) or time.time())
    usual = {"iss": ISSUER, "aud": app_id, "nbf": now - 300, "exp": now + 3600, "serviceurl": service_url}
    told = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode(told, signed_by.private, algorithm="RS256", headers={"kid": signed_by.kid, "x5t": signed_by.kid, **(headers or {})})


@dataclass
class Bearers:
    """Access tokens that the login authority has issued: opaque to whoever holds them, valid for a while."""

    lasting: float = 3599.0
    issued: dict[str, float] = field(default_factory=dict)

    def issue(self, app_id: str) -> str:
        claims = {
            "aud": "https://api.botframework.com",
            "appid": app_id,
            "uti": str(len(self.issued)),
            "exp": int(time.time() + self.lasting),
        }
        token = jwt.encode(claims, key("login").private, algorithm="RS256", headers={"kid": "login"})
        self.issued[token] = time.time() + self.lasting
        return token

    def good(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        return scheme == "Bearer" and self.issued.get(token, 0.0) > time.time()

    def revoke(self) -> None:
        """As when the client secret was rotated: every token so far is worth nothing."""
        self.issued.clear()

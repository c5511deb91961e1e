"""The login authority: tokens for the bot, and the metadata that names the keys which sign what Teams sends."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from tests.teams.standin.tokens import ISSUER, SCOPE, Bearers, Key, key


@dataclass
class Login:
    """`keys` are those that the metadata names, with the channels each may speak for; `asked` counts token requests."""

    app_id: str
    secret: str
    tenant: str
    bearers: Bearers = field(default_factory=Bearers)
    keys: list[tuple[Key, tuple[str, ...]]] = field(default_factory=lambda: [(key("teams"), ("msteams",)), (key("webchat"), ("webchat",))])
    asked: int = 0
    looked_up: int = 0
    down: bool = False

    def mount(self, site: web.Application) -> None:
        site.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        site.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._tenant)
        site.router.add_get("/{tenant}/discovery/v2.0/keys", self._own_keys)
        site.router.add_get("/v1/.well-known/openidconfiguration", self._metadata)
        site.router.add_get("/v1/.well-known/keys", self._jwks)

    async def _token(self, request: web.Request) -> web.Response:
        self.asked += 1
        form = await request.post()
        if self.down:
            return web.json_response({"error": "temporarily_unavailable"}, status=503)
        if request.match_info["tenant"] not in (self.tenant, "botframework.com"):
            return _refused(400, "invalid_request", "AADSTS90002: Tenant not found.")
        if form.get("grant_type") != "client_credentials" or form.get("scope") != SCOPE:
            return _refused(400, "invalid_scope", "AADSTS70011: The provided value for the input parameter 'scope' is not valid.")
        if form.get("client_id") != self.app_id:
            return _refused(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != self.secret:
            return _refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        seconds = int(self.bearers.lasting)
        told = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": self.bearers.issue(self.app_id)}
        return web.json_response(told)

    async def _tenant(self, request: web.Request) -> web.Response:
        at = f"{request.scheme}://{request.host}/{request.match_info['tenant']}"
        told = {
            "jwks_uri": f"{at}/discovery/v2.0/keys",
            "token_endpoint": f"{at}/oauth2/v2.0/token",
            "authorization_endpoint": f"{at}/oauth2/v2.0/authorize",
            "issuer": f"{at}/v2.0",
        }
        return web.json_response(told)

    async def _own_keys(self, _: web.Request) -> web.Response:
        """Entra's own keys: what they sign speaks for no channel."""
        return web.json_response({"keys": [key("login").public()]})

    async def _metadata(self, request: web.Request) -> web.Response:
        self.looked_up += 1
        if self.down:
            return web.json_response({"error": "temporarily_unavailable"}, status=503)
        keys = f"{request.scheme}://{request.host}/v1/.well-known/keys"
        told = {"issuer": ISSUER, "jwks_uri": keys, "id_token_signing_alg_values_supported": ["RS256"]}
        return web.json_response({**told, "token_endpoint_auth_methods_supported": ["private_key_jwt"]})

    async def _jwks(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [k.public(*channels) for k, channels in self.keys]})


def _refused(status: int, error: str, why: str) -> web.Response:
    return web.json_response({"error": error, "error_description": why}, status=status)

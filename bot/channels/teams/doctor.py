"""Tries the settings for Teams, and says how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.teams.connector import Connector
from bot.channels.teams.credentials import Credentials
from bot.channels.teams.gate import check_settings, tenants
from bot.channels.teams.parse import is_channel
from bot.channels.teams.tokens import Verifier
from bot.desk.ports import Diagnosis
from bot.errors import BellhopError, Misconfigured, NotFound, Refused
from bot.settings import Settings

_ADD = "Add the app to that team in Teams (Apps, Manage your apps, Add to a team), and try again."


class Doctor:
    """Looks at one thing after the other. Changes nothing."""

    def __init__(self, settings: Settings, credentials: Credentials, verifier: Verifier, connector: Connector) -> None:
        self._settings = settings
        self._credentials = credentials
        self._verifier = verifier
        self._connector = connector

    async def look(self) -> Sequence[Diagnosis]:
        token = await self._token()
        analysts = await self._analysts(token.state == "ok" or not self._settings.teams_app_id)
        return [self._setup(), self._tenants(), token, await self._keys(), analysts]

    def _setup(self) -> Diagnosis:
        what = "Teams settings"
        try:
            check_settings(self._settings)
        except BellhopError as error:
            return Diagnosis(what, "failed", str(error), "See docs/settings.md for each setting of Teams.")
        if self._settings.teams_unsigned:
            said = "Unsigned requests are taken: anyone on this machine may speak as anyone."
            return Diagnosis(what, "warning", said, "Unset BELLHOP_TEAMS_UNSIGNED outside development.")
        at = f"{self._settings.teams_host}:{self._settings.teams_port}"
        return Diagnosis(what, "ok", f"Listening for Teams at {at}, path /api/messages; only signed requests are taken.")

    def _tenants(self) -> Diagnosis:
        known = sorted(tenants(self._settings))
        if known:
            return Diagnosis(
                "Teams tenants", "ok", f"People of {len(known)} tenant{'s' if len(known) > 1 else ''} are heard: {', '.join(known)}."
            )
        state = "warning" if self._settings.teams_unsigned else "failed"
        return Diagnosis(
            "Teams tenants", state, "No tenant is named.", "Set BELLHOP_TEAMS_TENANT_ID to your directory's id, as Entra shows it."
        )

    async def _token(self) -> Diagnosis:
        what = "Teams credentials"
        if not self._settings.teams_app_id:
            return Diagnosis(what, "warning", "There is no app id, so only a local Teams can be talked to.", "Set BELLHOP_TEAMS_APP_ID.")
        try:
            await self._credentials.token()
        except Misconfigured as error:
            return Diagnosis(
                what,
                "failed",
                str(error),
                "Entra, App registrations, your app: Overview shows both ids, Certificates & secrets the secret.",
            )
        except BellhopError as error:
            return Diagnosis(what, "failed", str(error), "Check that this machine reaches BELLHOP_TEAMS_LOGIN_URL.")
        return Diagnosis(what, "ok", "Entra gives out tokens for the app.")

    async def _keys(self) -> Diagnosis:
        what = "Teams signing keys"
        if self._settings.teams_unsigned and not self._settings.teams_app_id:
            return Diagnosis(what, "warning", "Not looked up: requests come unsigned.", "Unset BELLHOP_TEAMS_UNSIGNED outside development.")
        try:
            count = await self._verifier.keys.refresh()
        except BellhopError as error:
            return Diagnosis(what, "failed", str(error), "Check that this machine reaches BELLHOP_TEAMS_OPENID_URL.")
        if not count:
            return Diagnosis(what, "failed", "The metadata names no keys.", "Check BELLHOP_TEAMS_OPENID_URL.")
        return Diagnosis(what, "ok", f"{count} signing keys are known.")

    async def _analysts(self, able: bool) -> Diagnosis:
        """The bot is in a channel whose roster it may see."""
        what, channel = "Teams analysts' channel", self._settings.teams_analysts.partition(";")[0]
        if not channel:
            return Diagnosis(
                what, "warning", "None is set, so nobody sees what waits for a human.", "Set BELLHOP_TEAMS_ANALYSTS to its id."
            )
        if not is_channel(channel):
            mend = "Take the part 19:…@thread.tacv2 of the channel's link (… beside the channel, Get link to channel)."
            return Diagnosis(what, "failed", "This is not the id of a team's channel.", mend)
        if not able:
            return Diagnosis(what, "warning", "Not tried, since there is no token.", "Mend the credentials first.")
        try:
            await self._connector.members(self._settings.teams_service_url, channel)
        except (NotFound, Refused) as error:
            return Diagnosis(what, "failed", str(error), _ADD)
        except BellhopError as error:
            return Diagnosis(what, "failed", str(error), "Check BELLHOP_TEAMS_SERVICE_URL, and try again.")
        return Diagnosis(what, "ok", "The bot is in the analysts' channel.")

"""What Slack tells an app, field by field as https://docs.slack.dev/reference/events and …/interaction-payloads give it."""

from __future__ import annotations

import re
import time
import uuid

from tests.slack.standin.state import State
from tests.slack.standin.workspace import APP, BOT_USER, DOMAIN, TEAM, Channel, Json, User

VERIFICATION = "stand-in-verification-token"


SUBSCRIPTIONS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "assistant_thread_context_changed",
        "assistant_thread_started",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "reaction_added",
    }
)
"""The events of this stand-in that an app subscribes to."""
_FAMILY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def subscription(event: Json) -> str:
    """What an app subscribes to for being told of this event."""
    kind = str(event.get("type"))
    return f"message.{_FAMILY.get(str(event.get('channel_type')), '')}" if kind == "message" else kind


def wrapped(state: State, event: Json, team: str = TEAM) -> Json:
    """An event in its envelope."""
    return {
        "token": VERIFICATION,
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{state.workspace.number():010d}",
        "event_time": int(time.time()),
        "authorizations": [{"enterprise_id": None, "team_id": team, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"4-{uuid.uuid4().hex}",
    }


def rich(text: str) -> list[Json]:
    """What somebody typed, as the rich text that a client sends along."""
    runs: list[Json] = []
    for part in re.split(r"(<@\w+>)", text):
        if found := re.fullmatch(r"<@(\w+)>", part):
            runs.append({"type": "user", "user_id": found[1]})
        elif part:
            runs.append({"type": "text", "text": part})
    return [{"type": "rich_text", "block_id": "typed", "elements": [{"type": "rich_text_section", "elements": runs}]}] if runs else []


def message(state: State, user: User, text: str, thread: str = "", files: list[Json] | None = None) -> Json:
    """A message as it stands in a channel."""
    told: Json = {"type": "message", "user": user.id, "ts": state.workspace.ts(), "text": text, "team": user.team, "blocks": rich(text)}
    told["client_msg_id"] = str(uuid.uuid4())
    if files:
        told |= {"subtype": "file_share", "files": files, "upload": False, "display_as_bot": False}
    if thread:
        told["thread_ts"] = thread
    if user.stranger:
        told |= {"user_team": user.team, "source_team": user.team}
    return told


def message_event(channel: Channel, said: Json) -> Json:
    return {**said, "channel": channel.id, "event_ts": said["ts"], "channel_type": channel.kind}


def mention_event(channel: Channel, said: Json) -> Json:
    kept = {k: v for k, v in said.items() if k not in ("subtype", "upload", "display_as_bot")}
    return {**kept, "type": "app_mention", "channel": channel.id, "event_ts": said["ts"]}


def changed_event(state: State, channel: Channel, said: Json, before: Json) -> Json:
    ts = state.workspace.ts()
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": dict(said),
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.kind,
    }


def deleted_event(state: State, channel: Channel, said: Json) -> Json:
    ts = state.workspace.ts()
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": dict(said),
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": said["ts"],
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.kind,
    }


def _who(user: User) -> Json:
    return {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team}


def _around(state: State, user: User, view: str = "") -> Json:
    """What every interaction carries."""
    return {
        "token": VERIFICATION,
        "api_app_id": APP,
        "team": {"id": user.team, "domain": DOMAIN},
        "user": _who(user),
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": state.trigger(user.id, view),
    }


def hook(state: State, channel: str, user: str) -> str:
    """An address to answer at."""
    name = f"{TEAM}-{state.workspace.number()}"
    state.hooks[name] = {"channel": channel, "user": user, "used": 0}
    return f"{state.base}/hooks/{name}"


def action(state: State, block: Json, element: Json, **chosen: object) -> Json:
    """One entry of block_actions: the element without what only matters for drawing, and what was chosen."""
    kept = {k: element[k] for k in ("type", "action_id", "text", "value", "style", "placeholder", "url") if k in element}
    return {**kept, "block_id": block["block_id"], **chosen, "action_ts": state.workspace.ts()}


def pressed_in_message(state: State, user: User, channel: Channel, said: Json, act: Json, ephemeral: bool = False) -> Json:
    where: Json = {"type": "message", "message_ts": said["ts"], "channel_id": channel.id, "is_ephemeral": ephemeral}
    if said.get("thread_ts"):
        where["thread_ts"] = said["thread_ts"]
    return {
        "type": "block_actions",
        **_around(state, user),
        "container": where,
        "channel": {"id": channel.id, "name": "directmessage" if channel.with_user else channel.name},
        "state": {"values": _values([act])},
        "response_url": hook(state, channel.id, user.id),
        "actions": [act],
        **({} if ephemeral else {"message": {k: v for k, v in said.items() if k != "reactions"}}),
    }


def pressed_in_view(state: State, user: User, view: Json, act: Json) -> Json:
    return {
        "type": "block_actions",
        **_around(state, user, view["id"]),
        "container": {"type": "view", "view_id": view["id"]},
        "view": view,
        "actions": [act],
    }


def _values(acts: list[Json]) -> Json:
    picks = [a for a in acts if a["type"] != "button"]
    keep = ("type", "selected_option", "selected_options")
    return {a["block_id"]: {a["action_id"]: {k: a[k] for k in keep if k in a}} for a in picks}


def submission(state: State, user: User, view: Json) -> Json:
    return {"type": "view_submission", **_around(state, user, view["id"]), "view": view, "response_urls": []}


def message_shortcut(state: State, user: User, channel: Channel, said: Json, callback: str) -> Json:
    return {
        "type": "message_action",
        **_around(state, user),
        "callback_id": callback,
        "action_ts": state.workspace.ts(),
        "channel": {"id": channel.id, "name": "directmessage" if channel.with_user else channel.name},
        "message_ts": said["ts"],
        "message": said,
        "response_url": hook(state, channel.id, user.id),
    }


def global_shortcut(state: State, user: User, callback: str) -> Json:
    return {"type": "shortcut", **_around(state, user), "callback_id": callback, "action_ts": state.workspace.ts()}


def command(state: State, user: User, channel: Channel, name: str, text: str) -> Json:
    return {
        "token": VERIFICATION,
        "team_id": user.team,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.with_user else channel.name,
        "user_id": user.id,
        "user_name": user.handle,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": hook(state, channel.id, user.id),
        "trigger_id": state.trigger(user.id),
    }

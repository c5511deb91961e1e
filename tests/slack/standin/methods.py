"""The Web API's methods: what each takes, which scope it needs, and what it does or why it will not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.slack.standin.limits import check_blocks, check_view
from tests.slack.standin.refusals import Refused
from tests.slack.standin.state import State
from tests.slack.standin.workspace import APP, BOT, BOT_NAME, BOT_USER, DOMAIN, TEAM, Channel, Json, User

Doing = Callable[[State, Json], Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    """`scopes`: any of these will do; none is needed where there are none. `app`: wants the app-level token."""

    do: Doing
    needs: frozenset[str]
    takes: frozenset[str]
    scopes: tuple[str, ...]
    app: bool = False


METHODS: dict[str, Method] = {}


def method(name: str, needs: str = "", takes: str = "", scopes: str = "", app: bool = False) -> Callable[[Doing], Doing]:
    def register(do: Doing) -> Doing:
        required = frozenset(needs.split())
        METHODS[name] = Method(do, required, required | frozenset(takes.split()), tuple(scopes.split()), app)
        return do

    return register


def require(state: State, *scopes: str) -> None:
    """At least one of these scopes, or missing_scope as Slack words it."""
    if scopes and not state.scopes & set(scopes):
        raise Refused("missing_scope", needed=",".join(scopes[:1]), provided=",".join(sorted(state.scopes)))


def conversation(state: State, name: Any, *, member: bool = False, write: bool = False) -> Channel:
    """A conversation by its id, a user's id for the direct one; channel_not_found where the bot cannot know of it."""
    known = state.workspace.channels
    if isinstance(name, str) and name in state.workspace.users and name not in known:
        return state.workspace.direct(reachable(state, name).id)
    if not isinstance(name, str) or name not in known or (known[name].private and BOT_USER not in known[name].members):
        raise Refused("channel_not_found")
    found = known[name]
    if write and found.archived:
        raise Refused("is_archived")
    if member and BOT_USER not in found.members:
        raise Refused("not_in_channel")
    return found


def reachable(state: State, user: Any) -> User:
    """Somebody the bot may open a direct conversation with."""
    found = state.workspace.users.get(user)
    if found is None:
        raise Refused("user_not_found")
    if found.bot:
        raise Refused("cannot_dm_bot")
    if found.deleted:
        raise Refused("user_disabled")
    return found


def content(state: State, args: Json, where: str) -> tuple[str, list[Json]]:
    """A message's text and blocks, checked."""
    text, blocks = args.get("text") or "", args.get("blocks")
    if not isinstance(text, str):
        raise Refused("invalid_arguments", ["must be a string [json-pointer:/text]"])
    if len(text) > 40_000:
        raise Refused("msg_too_long")
    if blocks is not None and (faults := check_blocks(blocks)):
        raise Refused("invalid_blocks", faults)
    if not text.strip() and not blocks and not args.get("markdown_text"):
        raise Refused("no_text")
    if blocks and not text.strip():
        state.complaints.append(f"{where}: blocks without text: notifications and screen readers say nothing")
    return text, state.fill(blocks or [])


def thread(state: State, channel: Channel, root: Any) -> dict[str, Any]:
    """The thread to post in; Slack misplaces answers to an answer, so here they are refused."""
    if root in (None, ""):
        return {}
    if (channel.id, root) in state.panes:
        return {"thread_ts": root}
    head = state.workspace.find(channel.id, str(root))
    if head is None:
        raise Refused("thread_not_found")
    if head.get("thread_ts", root) != root:
        raise Refused("cannot_reply_to_message")
    return {"thread_ts": root}


def own(state: State, channel: Channel, ts: Any, error: str) -> Json:
    """A message of the bot's."""
    found = state.workspace.find(channel.id, str(ts))
    if found is None:
        raise Refused("message_not_found")
    if found.get("bot_id") != BOT:
        raise Refused(error)
    return found


def said(state: State, channel: Channel, text: str, blocks: list[Json], **more: Any) -> Json:
    """A message by the bot, which everybody subscribed hears of, the bot included."""
    ts = state.workspace.ts()
    message = {
        "type": "message",
        "user": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "team": TEAM,
        "ts": ts,
        "text": text,
        "blocks": blocks,
        "bot_profile": {"id": BOT, "app_id": APP, "user_id": BOT_USER, "name": BOT_NAME, "deleted": False, "team_id": TEAM},
        **more,
    }
    state.workspace.add(channel.id, message)
    clear_status(state, channel.id, more.get("thread_ts", ""))
    state.emit({**message, "channel": channel.id, "channel_type": channel.kind, "event_ts": ts})
    state.moved()
    return message


def clear_status(state: State, channel: str, root: str) -> None:
    """What the bot says ends its status line in that thread."""
    for status in state.statuses:
        if (status["channel_id"], status["thread_ts"]) == (channel, root):
            status["shown"] = False


@method("auth.test")
async def auth_test(state: State, args: Json) -> Json:
    return {
        "url": f"https://{DOMAIN}.slack.example/",
        "team": "Brightwater",
        "user": "bellhop",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


@method("api.test", takes="error foo")
async def api_test(state: State, args: Json) -> Json:
    return {"args": args}


@method("apps.connections.open", scopes="connections:write", app=True)
async def connections_open(state: State, args: Json) -> Json:
    ticket = f"ticket-{state.workspace.number()}"
    state.tickets.add(ticket)
    return {"url": f"{state.base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP}"}


POSTING = "text blocks thread_ts reply_broadcast unfurl_links unfurl_media metadata mrkdwn parse link_names markdown_text"


@method("chat.postMessage", "channel", POSTING, "chat:write")
async def post_message(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"], member=True, write=True)
    text, blocks = content(state, args, "chat.postMessage")
    where = thread(state, channel, args.get("thread_ts"))
    state.take(f"post:{channel.id}", state.burst, 1.0)
    message = said(state, channel, text, blocks, **where, **({"metadata": args["metadata"]} if args.get("metadata") else {}))
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("chat.postEphemeral", "channel user", "text blocks thread_ts parse link_names markdown_text", "chat:write")
async def post_ephemeral(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"], member=True, write=True)
    if args["user"] not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = content(state, args, "chat.postEphemeral")
    ts = state.workspace.ts()
    where = thread(state, channel, args.get("thread_ts"))
    state.ephemerals.append({"channel": channel.id, "user": args["user"], "text": text, "blocks": blocks, "ts": ts, **where})
    state.moved()
    return {"message_ts": ts}


@method("chat.update", "channel ts", "text blocks metadata parse link_names reply_broadcast markdown_text", "chat:write")
async def update(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"], write=True)
    message = own(state, channel, args["ts"], "cant_update_message")
    if message.get("streaming"):
        raise Refused("streaming_state_conflict")
    text, blocks = content(state, {**args, "blocks": args.get("blocks", message["blocks"])}, "chat.update")
    state.take("update", 50, 1.0)
    before = dict(message)
    message |= {"text": text, "blocks": blocks, "edited": {"user": BOT_USER, "ts": state.workspace.ts()}}
    changed(state, channel, message, before)
    return {"channel": channel.id, "ts": message["ts"], "text": text, "message": message}


def changed(state: State, channel: Channel, message: Json, before: Json) -> None:
    ts = state.workspace.ts()
    event = {"type": "message", "subtype": "message_changed", "message": dict(message), "previous_message": before, "hidden": True}
    state.emit({**event, "channel": channel.id, "ts": ts, "event_ts": ts, "channel_type": channel.kind})
    state.moved()


@method("chat.delete", "channel ts", "", "chat:write")
async def delete(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"])
    message = own(state, channel, args["ts"], "cant_delete_message")
    state.workspace.messages[channel.id].remove(message)
    state.moved()
    return {"channel": channel.id, "ts": args["ts"]}


@method("chat.getPermalink", "channel message_ts")
async def permalink(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"])
    if state.workspace.find(channel.id, args["message_ts"]) is None:
        raise Refused("message_not_found")
    link = f"https://{DOMAIN}.slack.example/archives/{channel.id}/p{args['message_ts'].replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


STREAM = "markdown_text chunks"


def streamed_blocks(state: State, args: Json) -> list[Json]:
    """The blocks that a call adds to a stream."""
    return state.fill([b for c in args.get("chunks") or [] if c["type"] == "blocks" for b in c["blocks"]])


def streamed(args: Json) -> str:
    """The markdown that a call adds to a stream; what it brings is checked."""
    text = args.get("markdown_text") or ""
    if len(text) > 12_000:
        raise Refused("msg_too_long")
    for chunk in args.get("chunks") or []:
        if not isinstance(chunk, dict) or chunk.get("type") not in ("markdown_text", "task_update", "plan_update", "blocks"):
            raise Refused("invalid_arguments", ["unsupported chunk [json-pointer:/chunks]"])
        if chunk["type"] == "blocks" and (faults := check_blocks(chunk.get("blocks"))):
            raise Refused("invalid_blocks", faults)
        text += chunk.get("text", "") if chunk["type"] == "markdown_text" else ""
    return text


@method("chat.startStream", "channel", f"thread_ts recipient_user_id recipient_team_id task_display_mode {STREAM}", "chat:write")
async def start_stream(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"], member=True, write=True)
    if not channel.with_user and not (args.get("recipient_user_id") and args.get("recipient_team_id")):
        raise Refused("missing_recipient_user_id")
    if not args.get("thread_ts"):
        raise Refused("invalid_arguments", ["missing required field: thread_ts"])
    where = thread(state, channel, args["thread_ts"])
    state.take(f"post:{channel.id}", state.burst, 1.0)
    text = streamed(args)
    message = said(state, channel, text, streamed_blocks(state, args), **where, streaming=True)
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.appendStream", "channel ts", STREAM, "chat:write")
async def append_stream(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"])
    message = own(state, channel, args["ts"], "message_not_owned_by_app")
    if not message.get("streaming"):
        raise Refused("message_not_in_streaming_state")
    more = streamed(args)
    if not more and not args.get("chunks"):
        raise Refused("no_text")
    message["text"] += more
    message["blocks"] += streamed_blocks(state, args)
    state.moved()
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.stopStream", "channel ts", f"blocks metadata {STREAM}", "chat:write")
async def stop_stream(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"])
    message = own(state, channel, args["ts"], "message_not_owned_by_app")
    if not message.get("streaming"):
        raise Refused("message_not_in_streaming_state")
    blocks = args.get("blocks") or []
    if faults := check_blocks(blocks):
        raise Refused("invalid_blocks", faults)
    message["text"] += streamed(args)
    message["blocks"] += streamed_blocks(state, args) + state.fill(blocks)
    del message["streaming"]
    state.moved()
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("conversations.open", "", "channel users return_im prevent_creation", "im:write mpim:write")
async def conversations_open(state: State, args: Json) -> Json:
    if args.get("channel"):
        return {"channel": {"id": conversation(state, args["channel"]).id}}
    users = args.get("users") or ""
    names = [u for u in (users.split(",") if isinstance(users, str) else users) if u]
    if len(names) != 1:
        raise Refused("users_list_not_supplied" if not names else "method_not_supported_for_channel_type")
    channel = state.workspace.direct(reachable(state, names[0]).id)
    return {"channel": channel.to_json() if args.get("return_im") in (True, "true", "1") else {"id": channel.id}}


@method("conversations.info", "channel", "include_locale include_num_members")
async def conversations_info(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel"])
    require(state, f"{channel.scope}:read")
    return {"channel": channel.to_json()}


PAGING = "cursor latest oldest limit inclusive include_all_metadata"


def read(state: State, args: Json) -> Channel:
    channel = conversation(state, args["channel"], member=True)
    require(state, f"{channel.scope}:history")
    return channel


def page(found: list[Json], args: Json) -> Json:
    least, most = float(args.get("oldest") or 0), float(args.get("latest") or 1e12)
    inclusive = args.get("inclusive") in (True, "true", "1", 1)
    kept = [m for m in found if least < float(m["ts"]) < most or (inclusive and float(m["ts"]) in (least, most))]
    limit = int(args.get("limit") or 100)
    return {"messages": kept[:limit], "has_more": len(kept) > limit}


@method("conversations.replies", "channel ts", PAGING, "")
async def replies(state: State, args: Json) -> Json:
    channel = read(state, args)
    if state.workspace.find(channel.id, args["ts"]) is None and (channel.id, args["ts"]) not in state.panes:
        raise Refused("thread_not_found")
    found = [m for m in state.workspace.messages[channel.id] if args["ts"] in (m["ts"], m.get("thread_ts"))]
    return page(found, args)


@method("conversations.history", "channel", PAGING)
async def history(state: State, args: Json) -> Json:
    channel = read(state, args)
    found = [m for m in state.workspace.messages[channel.id] if m.get("thread_ts") in (None, m["ts"])]
    return page(found[::-1], args)


@method("users.info", "user", "include_locale", "users:read")
async def users_info(state: State, args: Json) -> Json:
    found = state.workspace.users.get(args["user"])
    if found is None:
        raise Refused("user_not_found")
    return {"user": found.to_json("users:read.email" in state.scopes)}


@method("users.lookupByEmail", "email", "", "users:read.email")
async def lookup(state: State, args: Json) -> Json:
    found = state.workspace.by_email(str(args["email"]).lower())
    if found is None:
        raise Refused("users_not_found")
    return {"user": found.to_json(True)}


def reacted(state: State, args: Json) -> tuple[Json, list[str]]:
    channel = conversation(state, args.get("channel"), member=True)
    if not re.fullmatch(r"[\w+\-]{1,100}", str(args["name"])):
        raise Refused("invalid_name")
    message = state.workspace.find(channel.id, str(args.get("timestamp")))
    if message is None:
        raise Refused("message_not_found")
    found = next((r for r in message.setdefault("reactions", []) if r["name"] == args["name"]), None)
    if found is None:
        found = {"name": args["name"], "users": [], "count": 0}
        message["reactions"].append(found)
    return message, found["users"]


@method("reactions.add", "name channel timestamp", "", "reactions:write")
async def reactions_add(state: State, args: Json) -> Json:
    _, users = reacted(state, args)
    if BOT_USER in users:
        raise Refused("already_reacted")
    users.append(BOT_USER)
    state.moved()
    return {}


@method("reactions.remove", "name", "channel timestamp file file_comment", "reactions:write")
async def reactions_remove(state: State, args: Json) -> Json:
    message, users = reacted(state, args)
    if BOT_USER not in users:
        raise Refused("no_reaction")
    users.remove(BOT_USER)
    message["reactions"] = [r for r in message["reactions"] if r["users"]]
    state.moved()
    return {}


def checked(view: Any, *types: str) -> Json:
    if faults := check_view(view, *types):
        raise Refused("invalid_arguments", faults)
    return dict(view)


@method("views.open", "view trigger_id", "interactivity_pointer")
async def views_open(state: State, args: Json) -> Json:
    given = checked(args["view"], "modal")
    user = state.use(args["trigger_id"]).user
    view = state.view(given, user)
    state.stacks[user] = [view["id"]]
    state.moved()
    return {"view": view}


@method("views.push", "view trigger_id", "interactivity_pointer")
async def views_push(state: State, args: Json) -> Json:
    given = checked(args["view"], "modal")
    user = state.use(args["trigger_id"]).user
    stack = state.stacks.get(user) or []
    if not stack:
        raise Refused("not_found")
    if len(stack) >= 3:
        raise Refused("push_limit_reached")
    view = state.view(given, user, previous_view_id=stack[-1], root_view_id=stack[0])
    stack.append(view["id"])
    state.moved()
    return {"view": view}


@method("views.update", "view", "view_id external_id hash")
async def views_update(state: State, args: Json) -> Json:
    by_name = (v for v in state.views.values() if args.get("external_id") and v["external_id"] == args["external_id"])
    view = state.views.get(args.get("view_id", "")) or next(by_name, None)
    if view is None or not any(view["id"] in stack for stack in state.stacks.values()):
        raise Refused("not_found")
    if args.get("hash") and args["hash"] != view["hash"]:
        raise Refused("hash_conflict")
    state.rewrite(view, checked(args["view"], "modal"))
    return {"view": view}


@method("views.publish", "user_id view", "hash")
async def views_publish(state: State, args: Json) -> Json:
    if args["user_id"] not in state.workspace.users:
        raise Refused("user_not_found")
    given = checked(args["view"], "home")
    known = state.homes.get(args["user_id"])
    if args.get("hash") and known and args["hash"] != known["hash"]:
        raise Refused("hash_conflict")
    if known:
        state.rewrite(known, given)
    else:
        known = state.homes[args["user_id"]] = state.view(given, args["user_id"])
    state.moved()
    return {"view": known}


@method("assistant.threads.setStatus", "channel_id thread_ts status", "loading_messages icon_emoji", "assistant:write chat:write")
async def set_status(state: State, args: Json) -> Json:
    channel = conversation(state, args["channel_id"], member=True)
    thread(state, channel, args["thread_ts"])
    if len(args.get("loading_messages") or []) > 10:
        raise Refused("invalid_arguments", ["no more than 10 items allowed [json-pointer:/loading_messages]"])
    kept = {k: args[k] for k in ("channel_id", "thread_ts", "status")}
    clear_status(state, args["channel_id"], args["thread_ts"])
    state.statuses.append({**kept, "shown": bool(args["status"])})
    state.moved()
    return {}


@method("assistant.threads.setTitle", "channel_id thread_ts title", "", "assistant:write")
async def set_title(state: State, args: Json) -> Json:
    pane(state, args)
    state.titles[args["thread_ts"]] = args["title"]
    state.moved()
    return {}


@method("assistant.threads.setSuggestedPrompts", "channel_id prompts", "thread_ts title", "assistant:write")
async def set_prompts(state: State, args: Json) -> Json:
    pane(state, args)
    prompts = args["prompts"]
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise Refused("invalid_arguments", ["no more than 4 items allowed [json-pointer:/prompts]"])
    if any(not isinstance(p, dict) or set(p) != {"title", "message"} or not all(p.values()) for p in prompts):
        raise Refused("invalid_arguments", ["failed to match all allowed schemas [json-pointer:/prompts]"])
    state.prompts[args.get("thread_ts", "")] = prompts
    state.moved()
    return {}


def pane(state: State, args: Json) -> None:
    """Titles and prompts are for threads of the assistant pane only."""
    conversation(state, args["channel_id"], member=True)
    if args.get("thread_ts") and (args["channel_id"], args["thread_ts"]) not in state.panes:
        raise Refused("invalid_thread_ts")


@method("files.info", "file", "count page limit cursor", "files:read")
async def files_info(state: State, args: Json) -> Json:
    found = state.workspace.files.get(args["file"])
    if found is None:
        raise Refused("file_not_found")
    return {"file": found.to_json()}

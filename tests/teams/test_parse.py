"""Activities as Teams writes them, read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.teams.hosts import Hosts
from bot.channels.teams.parse import event, from_html, is_bot, worded
from bot.errors import BadInput
from bot.settings import Settings

BOT = "28:5b3f2c1a-0000-4000-8000-0000000000aa"
CHANNEL = "19:abc@thread.tacv2"


def activity(**fields: Any) -> dict[str, Any]:
    """A direct message; fields replace the usual ones."""
    return {
        "type": "message",
        "id": "1700000000001",
        "timestamp": "2026-11-23T12:00:00.123Z",
        "serviceUrl": "https://smba.trafficmanager.net/emea/",
        "channelId": "msteams",
        "from": {"id": "29:1rosa", "name": "Rosa", "aadObjectId": "AAAA-1"},
        "recipient": {"id": BOT, "name": "Bellhop"},
        "conversation": {"id": "a:1rosa", "conversationType": "personal", "tenantId": "t"},
        "channelData": {"tenant": {"id": "t"}},
        "text": "hello",
        "textFormat": "plain",
        **fields,
    }


def in_channel(thread: str, own: str, **fields: Any) -> dict[str, Any]:
    where = {"id": f"{CHANNEL};messageid={thread}", "conversationType": "channel", "isGroup": True, "tenantId": "t"}
    return activity(id=own, conversation=where, channelData={"tenant": {"id": "t"}, "team": {"id": CHANNEL}}, **fields)


def mention(who: str, text: str) -> dict[str, Any]:
    return {"type": "mention", "mentioned": {"id": who, "name": "whatever"}, "text": text}


def test_a_direct_message_stands_beside_all_threads() -> None:
    said = event(activity())
    assert (said.scope, said.loose, said.addressed, said.named, said.root) == ("personal", True, True, False, "")
    assert (said.place.conversation, said.place.thread) == ("a:1rosa", "1700000000001")
    assert said.ref == "a:1rosa|1700000000001" and said.target == "a:1rosa" and said.aad == "aaaa-1"


def test_a_channel_message_stands_in_its_thread_and_is_answered_there() -> None:
    root, reply = event(in_channel("1", "1")), event(in_channel("1", "2"))
    assert root.place == reply.place and root.place.conversation == CHANNEL and root.place.thread == "1"
    assert (root.begins, reply.begins, reply.loose) == (True, False, False)
    assert reply.target == f"{CHANNEL};messageid=1" and reply.ref == f"{CHANNEL}|2"
    assert not root.addressed


def test_a_channel_message_that_only_says_what_it_answers_stands_in_that_thread() -> None:
    told = activity(id="2", replyToId="1", conversation={"id": CHANNEL, "conversationType": "channel"})
    assert event(told).place.thread == "1"


def test_the_bots_own_name_goes_and_other_peoples_become_their_addresses() -> None:
    told = in_channel(
        "1",
        "1",
        text="<at>Bellhop</at> please give <at>Tom</at> and <at>Tom</at> and <at>Guest</at> access &amp; tell&nbsp;me\nthe rest",
        entities=[
            mention(BOT, "<at>Bellhop</at>"),
            mention("29:tom1", "<at>Tom</at>"),
            mention("29:tom2", "<at>Tom</at>"),
            mention("29:guest", "<at>Guest</at>"),
        ],
    )
    said = event(told)
    names = {"29:tom1": "tom.becker@brightwater.example", "29:tom2": "tom.other@brightwater.example"}
    words = "please give tom.becker@brightwater.example and tom.other@brightwater.example and Guest access & tell me\nthe rest"
    assert said.named and said.addressed and worded(said, names) == words


def test_a_mention_of_somebody_called_like_the_bot_is_no_mention_of_the_bot() -> None:
    told = in_channel("1", "1", text="<at>Bellhop</at> hi", entities=[mention("29:impostor", "<at>Bellhop</at>")])
    assert not event(told).named


def test_text_that_looks_like_markup_is_kept_as_it_was_typed() -> None:
    assert worded(event(activity(text="install &lt;package&gt; with a < b")), {}) == "install <package> with a < b"


def test_what_is_quoted_is_not_said_again_and_tells_what_is_answered() -> None:
    page = (
        '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="1699"><strong itemprop="mri">Bellhop</strong>'
        "<p>Shall I approve?</p></blockquote><p>yes, <b>do</b> it&nbsp;&amp; thanks</p>"
    )
    quoting = event(
        activity(text="Bellhop Shall I approve? yes, do it & thanks", attachments=[{"contentType": "text/html", "content": page}])
    )
    assert worded(quoting, {}) == "yes, do it & thanks"
    assert quoting.answered_ref == "a:1rosa|1699"


def test_the_newer_kind_of_quote_is_read_too() -> None:
    entity = {"type": "quotedReply", "quotedReply": {"messageId": "1699", "preview": "Shall I"}}
    quoting = event(activity(text='<quoted messageId="1699"/> yes', entities=[entity]))
    assert worded(quoting, {}) == "yes" and quoting.answered == "1699"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "message"),
        ({"type": "messageUpdate", "channelData": {"eventType": "editMessage", "tenant": {"id": "t"}}}, "edit"),
        ({"type": "messageDelete"}, "withdraw"),
        ({"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}, "other"),
        ({"type": "installationUpdate", "action": "add"}, "installed"),
        ({"type": "installationUpdate", "action": "add-upgrade"}, "other"),
        ({"type": "installationUpdate", "action": "remove"}, "removed"),
        ({"type": "conversationUpdate", "membersAdded": [{"id": BOT}]}, "installed"),
        ({"type": "conversationUpdate", "membersAdded": [{"id": "29:somebody"}]}, "other"),
        ({"type": "conversationUpdate", "membersRemoved": [{"id": BOT}]}, "removed"),
        ({"type": "trace"}, "other"),
    ],
    ids=str,
)
def test_every_kind_of_activity_is_told_apart(fields: dict[str, Any], kind: str) -> None:
    assert event(activity(**fields)).kind == kind


def test_bots_are_known_by_their_ids() -> None:
    assert is_bot(activity(**{"from": {"id": "28:another"}})) and is_bot(activity(**{"from": {"id": "29:1", "role": "bot"}}))
    assert not is_bot(activity())


def test_files_are_told_apart_by_who_keeps_them() -> None:
    download = {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "name": "card.pdf",
        "content": {"downloadUrl": "https://x.sharepoint.com/f", "fileType": "pdf"},
    }
    pasted = {"contentType": "image/*", "contentUrl": "https://smba.trafficmanager.net/emea/v3/attachments/1/views/original"}
    page = {"contentType": "text/html", "content": "<p>hi</p>"}
    first, second = event(activity(attachments=[download, pasted, page])).handed
    assert (first.name, first.own, first.url) == ("card.pdf", False, "https://x.sharepoint.com/f")
    assert (second.own, second.url) == (True, pasted["contentUrl"])


@pytest.mark.parametrize(
    "strange",
    [
        {"conversation": None},
        {"conversation": "a:1"},
        {"conversation": {"id": 7}},
        {"conversation": {"id": ""}},
    ],
    ids=str,
)
def test_an_activity_that_stands_nowhere_is_refused(strange: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        event(activity(**strange))


def test_fields_of_another_type_than_they_should_be_count_as_missing() -> None:
    told = event(activity(**{"from": [], "text": {"a": 1}, "entities": "no", "attachments": [None, 3], "channelData": 1, "replyToId": 5}))
    assert (told.sender, told.text, told.mentions, told.handed, told.answered) == ("", "", (), (), "")


def test_html_becomes_words() -> None:
    assert (
        from_html("<p>The monitor <b>flickers</b></p><p>in room&nbsp;4<br>since Monday</p>")
        == "The monitor flickers\nin room 4\nsince Monday"
    )
    assert from_html('<span itemtype="http://schema.skype.com/Mention" itemid="0">Tom</span> says <span>hi</span>') == "Tom says hi"


# addresses


def hosts(**settings: Any) -> Hosts:
    return Hosts(Settings(**settings))


@pytest.mark.parametrize(
    "address",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net/teams",
        "https://europe.botframework.com/",
        "https://canary.botapi.teams.microsoft.com/",
    ],
)
def test_microsofts_connectors_are_trusted(address: str) -> None:
    assert hosts().trusted(address) and hosts().speaks(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net:8443/",
        "https://evil.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example/?smba.trafficmanager.net",
        "https://evil.example\\@smba.trafficmanager.net/",
        "https://botframework.com.evil.example/",
        "https://evilbotframework.com/",
        "https://169.254.169.254/",
        "http://127.0.0.1:80/",
        "file:///etc/passwd",
        "https://{host}.botframework.com/",
        "//smba.trafficmanager.net/",
        "",
        None,
        7,
    ],
    ids=str,
)
def test_no_other_address_is_talked_to(address: object) -> None:
    assert not hosts().trusted(address) and not hosts().speaks(address) and not hosts().stores(address)


def test_the_connector_of_the_settings_is_trusted_at_its_very_port() -> None:
    own = hosts(teams_service_url="http://127.0.0.1:5001/teams/")
    assert own.trusted("http://127.0.0.1:5001/emea/")
    assert not own.trusted("http://127.0.0.1:5002/emea/") and not own.trusted("https://127.0.0.1:5001/")
    assert not hosts(teams_service_url="http://connector.example/").trusted("http://connector.example/")


def test_unsigned_requests_may_name_this_machine_which_never_sees_the_token() -> None:
    open_ = hosts(teams_unsigned=True)
    assert open_.speaks("http://127.0.0.1:56150/_connector") and not open_.trusted("http://127.0.0.1:56150/_connector")
    assert open_.local("http://localhost:56150/_connector") and not open_.local("https://smba.trafficmanager.net/emea/")
    assert not hosts().local("http://127.0.0.1:1/")


def test_files_lie_in_sharepoint() -> None:
    assert hosts().stores("https://brightwater-my.sharepoint.com/personal/x/_layouts/15/download.aspx?UniqueId=1")
    assert not hosts().stores("https://sharepoint.com.evil.example/x") and not hosts().stores("http://brightwater.sharepoint.com/x")

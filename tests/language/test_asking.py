"""What is asked rather than guessed: sets of people, ends nobody can look up, actions alike, and the day it is where somebody works."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.desk.registry import Registry, load
from bot.domain.calls import Arguments, PersonRef
from bot.domain.declare import action
from bot.domain.directory import Directory
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.understanding import Intent, Understanding
from bot.language.phrases import PhraseUnderstander


class Visit(Arguments):
    person: PersonRef


def declare(name: str, title: str) -> object:
    @action(name, title=title, sentence=f"{title} {{person}}", examples=("sticker for {person}", "get {person} a sticker"))
    async def run(args: Visit) -> Outcome:
        """Never run here."""
        raise AssertionError(args)

    return run.action


@pytest.fixture(scope="module")
def doubtful() -> PhraseUnderstander:
    """A desk on which two actions are asked for in the same words."""
    return PhraseUnderstander(
        Registry([*load().actions.values(), declare("sticker.print", "Print for"), declare("sticker.order", "Order for")])
    )


def said(reader: PhraseUnderstander, directory: Directory, now: datetime, text: str, who: str = "peter.grant") -> Understanding:
    return reader.read(text, directory.people[f"{who}@halden.example"], directory, now)


def test_actions_alike_are_offered_not_chosen_between(doubtful: PhraseUnderstander, directory: Directory, now: datetime) -> None:
    found = said(doubtful, directory, now, "get Carla Ruiz a sticker")
    assert (found.intent, found.calls) == (Intent.NONE, ())
    assert {c.action for c in found.options} == {"sticker.print", "sticker.order"}
    assert all(c.arguments == {"person": "carla.ruiz@halden.example"} for c in found.options)
    assert found.because in (
        "Did you mean “Print for Carla Ruiz” or “Order for Carla Ruiz”?",
        "Did you mean “Order for Carla Ruiz” or “Print for Carla Ruiz”?",
    )


@pytest.mark.parametrize("text", ["don't get Carla Ruiz a sticker", "how do I get Carla a sticker?", "Tom said: get Carla Ruiz a sticker"])
def test_nothing_is_offered_where_nothing_was_asked(doubtful: PhraseUnderstander, directory: Directory, now: datetime, text: str) -> None:
    assert said(doubtful, directory, now, text).options == ()


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("give everyone in marketing access to Canva", "everyone in marketing"),
        ("remove all contractors from GitHub", "all contractors"),
        ("Reset the MFA for everybody in the Berlin office", "everybody in the Berlin office"),
        ("give the whole sales team Gong", "the whole sales team"),
        ("unlock all engineers", "all engineers"),
    ],
)
def test_sets_of_people_are_asked_about(reader: PhraseUnderstander, directory: Directory, now: datetime, text: str, whom: str) -> None:
    found = said(reader, directory, now, text)
    assert found.intent is Intent.CLARIFY
    assert [(g.argument, g.choices, g.said) for g in found.gaps] == [("person", (), whom)]
    assert all("person" not in c.arguments for c in found.calls)


@pytest.mark.parametrize("end", ["until the audit is over", "until I'm back", "till further notice", "until her last day"])
def test_an_end_that_nobody_can_look_up_is_asked_for(reader: PhraseUnderstander, directory: Directory, now: datetime, end: str) -> None:
    found = said(reader, directory, now, f"Give Carla Ruiz Zendesk and Jira {end}")
    assert [(g.call, g.argument, g.said) for g in found.gaps] == [(0, "until", end), (1, "until", end)]


def test_the_last_day_of_a_contract_is_looked_up(reader: PhraseUnderstander, directory: Directory, now: datetime) -> None:
    (call,) = said(reader, directory, now, "Give Oleg Petrov Jira until his last day").calls
    assert call.arguments["until"] == "2026-07-10"


@pytest.mark.parametrize(
    ("location", "zone", "day"),
    [
        ("Tokyo", "", "2026-06-12"),
        ("Berlin", "", "2026-06-11"),
        ("Tokyo", "America/Los_Angeles", "2026-06-11"),
        ("Nowhere", "", "2026-06-11"),
    ],
)
def test_tomorrow_is_where_the_speaker_is(reader: PhraseUnderstander, directory: Directory, location: str, zone: str, day: str) -> None:
    """At 18:00 UTC it is tomorrow in Tokyo already."""
    evening = datetime.fromisoformat("2026-06-10T18:00:00+00:00")
    speaker = Person(id="x", name="X Y", email="x@halden.example", location=location, attributes={"timezone": zone} if zone else {})
    (call,) = reader.read("give me Figma until tomorrow", speaker, directory, evening).calls
    assert call.arguments["until"] == day


@pytest.mark.parametrize(
    ("typed", "who"),
    [("Soren Kjaer", "soren.kjaer"), ("Muge Yildiz", "muge.yildiz"), ("Lukasz Nowak", "lukasz.nowak"), ("佐藤 健", "ken.sato")],
)
def test_names_are_found_however_they_are_typed(
    reader: PhraseUnderstander, directory: Directory, now: datetime, typed: str, who: str
) -> None:
    (call,) = said(reader, directory, now, f"unlock {typed}'s account", "owen.price").calls
    assert call.arguments["person"] == f"{who}@halden.example"


@pytest.mark.parametrize("text", ["please cancel Liam Foster's Expensify access", "Emma Novak doesn't use Figma any more, take it away"])
def test_taking_away_is_never_read_as_giving(reader: PhraseUnderstander, directory: Directory, now: datetime, text: str) -> None:
    assert {c.action for c in said(reader, directory, now, text, "nadia.farouk").calls} == {"access.revoke"}


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("hand Noor's meetings to my deputy", "my deputy"),
        ("hand Noor's meetings to whoever covers for her", "whoever covers for her"),
        ("move all of Noor's meetings to the new intern please", "the new intern"),
        ("move Noor's meetings to her please", "her"),
        ("let Noor's stand-in take over her meetings", "Noor 's stand-in"),
        ("transfer Noor's calendar to my bestie in sales", "my bestie"),
    ],
)
def test_somebody_described_is_asked_for(directory: Directory, now: datetime, text: str, whom: str) -> None:
    found = said(PhraseUnderstander(load()), directory, now, text)
    assert [(c.action, c.arguments) for c in found.calls] == [("calendar.reassign", {"from": "noor.aziz@halden.example"})]
    assert [(g.argument, g.choices, g.said) for g in found.gaps] == [("to", (), whom)]


@pytest.mark.parametrize("text", ["hand Noor's meetings to a colleague", "hand Noor's meetings to whoever is free"])
def test_any_colleague_is_none_described(directory: Directory, now: datetime, text: str) -> None:
    found = said(PhraseUnderstander(load()), directory, now, text)
    assert (found.gaps, [c.arguments for c in found.calls]) == ((), [{"from": "noor.aziz@halden.example"}])


def test_who_takes_over_is_not_whose_it_is(directory: Directory, now: datetime) -> None:
    found = said(PhraseUnderstander(load()), directory, now, "Take Liam Doyle off Jira and let Nuno Araújo take over all his meetings")
    assert found.calls[1].arguments == {"from": "liam.doyle@halden.example", "to": "nuno.araujo@halden.example"}


def test_each_has_the_level_said_of_them(directory: Directory, now: datetime) -> None:
    found = said(PhraseUnderstander(load()), directory, now, "Ravi and April both need HubSpot, editor for Ravi and viewer for April")
    assert [(c.arguments["person"], c.arguments["level"]) for c in found.calls] == [
        ("ravi.patel@halden.example", "editor"),
        ("april.summers@halden.example", "viewer"),
    ]


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("I'm out of office until 26 June, please forward my mail to Will Turner", "2026-06-26"),
        ("Carla is on leave until 26 June. Can Will Turner read her mailbox meanwhile?", "2026-06-26"),
        ("I'm away until 26 June, so forward my mail to Will Turner until 24 June", "2026-06-24"),
        ("The project runs until 26 June. Forward my mail to Will Turner", None),
    ],
)
def test_what_is_handed_over_while_somebody_is_away_ends_with_that(directory: Directory, now: datetime, text: str, until: str) -> None:
    found = said(PhraseUnderstander(load()), directory, now, text)
    assert [c.arguments.get("until") for c in found.calls] == [until]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Take Zoe off Miro but leave her Figma", [{"person": "zoe.kaplan", "system": "miro"}]),
        ("Daniel Okoye will be covering for Marcus; give him DocuSign", [{"person": "daniel.okoye", "system": "docusign"}]),
        (
            "kindly arrange for Chloe Bennett to have Priya Shah's emails forwarded to her",
            [{"from": "priya.shah", "to": "chloe.bennett"}],
        ),
        ("David Cole takes my calls when I'm out, it has always worked like that", []),
        ("Mail for Katherine Bell goes to my inbox, why?", []),
    ],
)
def test_whose_it_is_and_what_is_left_alone(directory: Directory, now: datetime, text: str, calls: list[dict[str, str]]) -> None:
    found = said(PhraseUnderstander(load()), directory, now, text)
    assert [{n: str(v).removesuffix("@halden.example") for n, v in c.arguments.items()} for c in found.calls] == calls


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Tomás Silva rang me: his Okta account is locked. Unlock it pls", "tomás.silva"),
        ("Samir Haddad finishes on 30 September and Carla Ruiz takes over from him. Please offboard him.", "samir.haddad"),
        ("Carla is out. Will Turner will stand in for her: give him Gong", "will.turner"),
    ],
)
def test_him_is_not_who_only_stands_beside(directory: Directory, now: datetime, text: str, whom: str) -> None:
    found = said(PhraseUnderstander(load()), directory, now, text)
    assert [c.arguments["person"] for c in found.calls] == [f"{whom}@halden.example"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("For two weeks, forward my mail to Will Turner", [{"duration": "P14D"}]),
        ("Until Friday, give Ravi Patel Jira", [{"until": "2026-06-12"}]),
        ("Give Ravi Patel Jira and forward Ravi Patel's mail to Will Turner, both until Friday", [{"until": "2026-06-12"}] * 2),
        ("Need 4 hours of owner on AWS Production", [{"duration": "PT4H"}]),
    ],
)
def test_an_end_that_is_said_beside_the_request_is_not_lost(
    reader: PhraseUnderstander, directory: Directory, now: datetime, text: str, ends: list[dict[str, str]]
) -> None:
    calls = said(reader, directory, now, text).calls
    assert [{k: v for k, v in c.arguments.items() if k in ("until", "duration")} for c in calls] == ends

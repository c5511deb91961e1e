"""Action files that nobody here has heard of are dropped into a folder, and what people write is understood from their examples alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from conftest_language import SETS

from bot.desk.registry import Registry, load
from bot.domain.directory import Directory
from bot.language.phrases import PhraseUnderstander
from bot.ledger.store import read_company

NOW = datetime(2026, 9, 17, 13, 30, tzinfo=UTC)
HEAD = """from actions.spans import Until
from bot.sdk import Arguments, Duration, Outcome, PersonRef, Risk, SystemRef, Text, action

"""
FILES = {
    "desks.py": """class Book(Arguments):
    person: PersonRef
    location: Text | None = None
    until: Until | None = None

@action(
    "desk.book",
    title="Book a desk",
    sentence="Book a desk for {person}[ in {location}][ until {until}]",
    examples=(
        "book a desk for {person}",
        "book me a desk in {location}",
        "reserve a desk for {person} until {until}",
        "{person} needs a desk in {location}",
        "I need a desk",
    ),
    risk=Risk.LOW,
)
async def book(args: Book) -> Outcome:
    return Outcome.done("Booked.")
""",
    "cards.py": """class Order(Arguments):
    person: PersonRef
    quantity: Text | None = None

@action(
    "card.order",
    title="Order business cards",
    sentence="Order business cards for {person}",
    examples=(
        "order business cards for {person}",
        "order a business card for {person}",
        "{person} needs business cards",
        "I need new business cards",
        "print business cards for {person}",
    ),
    risk=Risk.LOW,
)
async def order(args: Order) -> Outcome:
    return Outcome.done("Ordered.")
""",
    "keys.py": """class Rotate(Arguments):
    system: SystemRef
    reason: Text | None = None

@action(
    "key.rotate",
    title="Rotate an API key",
    sentence="Rotate the API key of {system}",
    examples=(
        "rotate the API key of {system}",
        "rotate the {system} key",
        "issue a new API key for {system}",
        "our {system} API key has leaked",
        "replace the API token of {system}",
    ),
    risk=Risk.HIGH,
    subject="system",
)
async def rotate(args: Rotate) -> Outcome:
    return Outcome.done("Rotated.")
""",
    "parking.py": """class Reserve(Arguments):
    person: PersonRef
    until: Until | None = None
    duration: Duration | None = None

@action(
    "parking.reserve",
    title="Reserve a parking space",
    sentence="Reserve a parking space for {person}",
    examples=(
        "reserve a parking space for {person}",
        "{person} needs a parking space until {until}",
        "give {person} a parking spot",
        "I need a parking space",
        "book parking for {person} for {duration}",
    ),
    risk=Risk.LOW,
)
async def reserve(args: Reserve) -> Outcome:
    return Outcome.done("Reserved.")
""",
}
SAID = {
    "desk.book": [
        ("Could you get Yara a desk in Hull?", {"person": "yara.haddad@", "location": "Hull"}),
        ("Please find me a desk until Friday", {"person": "viktor.hansson@", "until": "2026-09-18"}),
        ("a desk for Omar in Antwerp please", {"person": "omar.siddiqui@", "location": "Antwerp"}),
        ("I'd like to reserve a desk in Rotterdam", {"person": "viktor.hansson@", "location": "Rotterdam"}),
        ("desk booking for Tobias Lang", {"person": "tobias.lang@"}),
        ("can Kwame have a desk until 30 September", {"person": "kwame.asante@", "until": "2026-09-30"}),
        ("Tobias wants a desk in Hamburg", {"person": "tobias.lang@", "location": "Hamburg"}),
        ("my new colleague Omar will need a desk", {"person": "omar.siddiqui@"}),
        ("arrange a desk for Grace Kim, thanks", {"person": "grace.kim@"}),
        (
            "we need a desk for Laura Simmons in Hull until 1 October",
            {"person": "laura.simmons@", "location": "Hull", "until": "2026-10-01"},
        ),
    ],
    "card.order": [
        ("Could we get Tobias Lang some business cards?", {"person": "tobias.lang@"}),
        ("business cards for Nathalie please", {"person": "nathalie.dupre@"}),
        ("I've run out of business cards, please order more", {"person": "viktor.hansson@"}),
        ("Please print new cards for James Okafor", {"person": "james.okafor@"}),
        ("Omar should have business cards", {"person": "omar.siddiqui@"}),
        ("can I have a business card", {"person": "viktor.hansson@"}),
        ("would you order visiting cards... I mean business cards for Joy Mbeki", {"person": "joy.mbeki@"}),
        ("get Leon business cards", {"person": "leon.bakker@"}),
        ("Laura Benítez wants business cards", {"person": "laura.benitez@"}),
        ("have business cards made for Rory", {"person": "rory.mcallister@"}),
    ],
    "key.rotate": [
        ("please rotate our GitLab API key", {"system": "sys-gitlab"}),
        ("The API key for Databricks must be rotated", {"system": "sys-databricks"}),
        ("someone posted our Grafana API key, replace it", {"system": "sys-grafana"}),
        ("new API key for Descartes please", {"system": "sys-tms"}),
        ("could you rotate the token of SonarQube", {"system": "sys-sonar"}),
        ("rotate keys: Opsgenie", {"system": "sys-opsgenie"}),
        ("we need a new API token for Mailchimp", {"system": "sys-mailchimp"}),
        ("I'd like the Freshdesk API key rotated", {"system": "sys-freshdesk"}),
        ("GitLab's API key leaked, rotate it", {"system": "sys-gitlab"}),
        ("Replace the Coupa key asap", {"system": "sys-coupa"}),
    ],
    "parking.reserve": [
        ("Can I get a parking spot until Friday?", {"person": "viktor.hansson@", "until": "2026-09-18"}),
        ("parking for Rosa Navarro please", {"person": "rosa.navarro@"}),
        ("Please reserve Tobias a parking space for two weeks", {"person": "tobias.lang@", "duration": "P14D"}),
        ("Grace Kim would like a parking space", {"person": "grace.kim@"}),
        ("could you book a space in the car park... a parking space for Omar", {"person": "omar.siddiqui@"}),
        ("I need parking for the next three days", {"person": "viktor.hansson@", "duration": "P3D"}),
        ("Dele needs a parking spot until 1 October", {"person": "dele.adebayo@", "until": "2026-10-01"}),
        ("let Yara park: she needs a parking space", {"person": "yara.haddad@"}),
        ("get Joy a parking space", {"person": "joy.mbeki@"}),
        ("reserve parking for me", {"person": "viktor.hansson@"}),
    ],
}
"""What was written for these actions without looking at their examples' wording, with the arguments meant; "sam@" is Sam's address."""
ENOUGH = 9
"""Of ten messages an action must be understood in, exactly."""


@pytest.fixture(scope="module")
def directory() -> Directory:
    return read_company(SETS / "tidewater")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> PhraseUnderstander:
    folder = tmp_path_factory.mktemp("dropped") / "dropped_actions"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, text in FILES.items():
        (folder / name).write_text(HEAD + text)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder.parent))
        return PhraseUnderstander(Registry([*load().actions.values(), *load("dropped_actions").actions.values()]))


@pytest.mark.parametrize("name", SAID)
def test_a_dropped_action_file_is_understood(extended: PhraseUnderstander, directory: Directory, name: str) -> None:
    speaker = directory.person("viktor.hansson@tidewater.example")
    missed = []
    for said, short in SAID[name]:
        wanted = {k: f"{v}tidewater.example" if v.endswith("@") else v for k, v in short.items()}
        found = extended.read(said, speaker, directory, NOW)
        if found.gaps or [(c.action, c.arguments) for c in found.calls] != [(name, wanted)]:
            missed.append((said, found.calls, found.gaps))
    assert len(SAID[name]) - len(missed) >= ENOUGH, missed


@pytest.mark.parametrize(
    "said",
    [
        "how do I book a desk?",
        "don't rotate the GitLab API key",
        "Viktor said we should order business cards for everyone",
        "I reserved a parking space yesterday",
        "what does a parking space cost?",
    ],
)
def test_a_dropped_action_is_not_proposed_where_nothing_is_asked(extended: PhraseUnderstander, directory: Directory, said: str) -> None:
    assert extended.read(said, directory.person("viktor.hansson@tidewater.example"), directory, NOW).calls == ()


def test_the_declared_actions_are_understood_beside_them(extended: PhraseUnderstander, directory: Directory) -> None:
    speaker = directory.person("viktor.hansson@tidewater.example")
    said = {
        "Remove Omar from Dynamics": "access.revoke",
        "order a laptop for Joy": "device.provision",
        "add me to the run club": "group.add",
    }
    assert [extended.read(s, speaker, directory, NOW).calls[0].action for s in said] == list(said.values())

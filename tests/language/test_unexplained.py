"""What sounds like a request that the desk knows, and is none: a word of the deed, or of what it is done to, is nobody's."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.directory import Directory
from bot.domain.understanding import Intent
from bot.language.phrases import PhraseUnderstander

NEAR = (
    ("rename my laptop", "device.provision"),
    ("remove the old printer from the office", ""),
    ("give Carla Ruiz access to the parking garage", ""),
    ("coffee machine blinking orange", ""),
    ("install the new coffee machine in the kitchen", ""),
    ("delete the duplicate contact in Salesforce", ""),
    ("add a slide to my deck about Jira", ""),
    ("my Salesforce certificate expired", ""),
    ("invite Carla Ruiz to lunch on Friday", ""),
    ("my manager wants access to my medical records", ""),
    ("I need a new badge photo", "access.grant"),
)
MEANT = (
    "please give Carla Ruiz access to Salesforce, she is covering for a colleague who broke his leg skiing",
    "Pls add Carla Ruiz to Salesforce asap, the auditors arrive tomorrow",
    "ugh, I can't remember my password",
    "hi dear team, Carla Ruiz no longer needs Salesforce since she moved to another project",
    "install Docker on my laptop",
)


@pytest.mark.parametrize(("text", "offered"), NEAR)
def test_what_only_sounds_like_a_request_proposes_nothing(
    reader: PhraseUnderstander, directory: Directory, now: datetime, text: str, offered: str
) -> None:
    """It is put to the knowledge base, and what it sounded like is offered beside the answer."""
    found = reader.read(text, directory.people["peter.grant@halden.example"], directory, now)
    assert (found.calls, found.gaps) == ((), ())
    assert found.intent in (Intent.QUESTION, Intent.NONE)
    assert {c.action for c in found.options} == ({offered} if offered else set())


@pytest.mark.parametrize("text", MEANT)
def test_why_and_when_may_be_told_in_any_words(reader: PhraseUnderstander, directory: Directory, now: datetime, text: str) -> None:
    found = reader.read(text, directory.people["peter.grant@halden.example"], directory, now)
    assert len(found.calls) == 1
    assert found.options == ()

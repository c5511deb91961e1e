"""German, Spanish, French and Japanese without a model: common forms are understood, everything else is honestly passed on."""

from __future__ import annotations

from datetime import datetime

import pytest
from conftest_language import SETS, marks

from bot.domain.directory import Directory
from bot.domain.understanding import Intent
from bot.language.evaluate import KEPT, TUNED, read_set
from bot.language.phrases import PhraseUnderstander
from bot.language.phrases.foreign import LANGUAGES, english, language_of, tongue


def test_the_common_forms_are_understood() -> None:
    parts = marks("languages")
    assert parts[TUNED].marks()["exact"] >= 0.95, "\n".join(parts[TUNED].missed)
    for part in (TUNED, KEPT):
        assert parts[part].marks()["false_action"] == 0
        assert parts[part].marks()["acted_without_asking"] == 0


@pytest.mark.parametrize("name", ["utterances", "fresh"])
def test_english_is_taken_for_english(name: str) -> None:
    foreign = [u.say for u in read_set(SETS / f"{name}.yaml").utterances if language_of(u.say) != "en"]
    assert foreign in ([], ["Bitte gib Ravi Zugriff auf Figma"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_form_renders_and_every_action_has_one(code: str, reader: PhraseUnderstander) -> None:
    """A form whose slots its English does not know would fail at the first who says it."""
    values = dict.fromkeys("psogxdmwnuy", "x")
    for pattern, means in (*tongue(code).forms, *tongue(code).moments):
        assert means.format(**values)
        assert pattern.groupindex.keys() >= {p for p in values if f"{{{p}}}" in means}
    meant = {means.split(" ")[0] for _, means in tongue(code).forms}
    assert meant >= {"reset", "unlock", "lock", "wipe", "install", "forward", "give", "move", "add", "remove", "offboard", "open", "close"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Ich möchte wissen, warum der Zugriff auf Figma bei mir nicht geht", "de"),
        ("Bitte den Zugriff von Will Turner auf Slack nicht entfernen", "de"),
        ("Necesito saber por qué mi cuenta no funciona con la impresora", "es"),
        ("Je voudrais savoir comment retirer quelqu'un de Slack", "fr"),
        ("Slackの使い方を教えてください", "ja"),
    ],
)
def test_what_is_not_covered_gets_an_honest_sentence_and_a_human(
    reader: PhraseUnderstander, directory: Directory, now: datetime, said: str, code: str
) -> None:
    found = reader.read(said, directory.people["emma.larsen@halden.example"], directory, now)
    assert (found.intent, found.language, found.calls) == (Intent.HUMAN, code, ())
    assert found.because == tongue(code).sorry


@pytest.mark.parametrize(
    "said",
    [
        "Peter schrieb: „Bitte entferne Carla aus Slack“",
        "> Bitte entferne Carla aus Slack",
        "Bitte entferne niemals Carla aus Slack",
        "Por favor, no quites a Carla de Slack",
        "Si Carla se va, quita a Carla de Slack",
        "Ne supprimez pas Carla de Slack",
        "Si elle part, supprimez Carla de Slack",
        "CarlaさんをSlackから削除しないでください",
        "「CarlaさんをSlackから削除してください」と言われました",
        "Wenn ihr Carla aus Slack entfernt, was passiert mit den Dateien?",
        "Habt ihr Carla aus Slack entfernt?",
    ],
)
def test_negations_conditions_and_quotations_propose_nothing(
    reader: PhraseUnderstander, directory: Directory, now: datetime, said: str
) -> None:
    assert reader.read(said, directory.people["emma.larsen@halden.example"], directory, now).calls == ()


def test_two_forms_joined_are_two_calls(reader: PhraseUnderstander, directory: Directory, now: datetime) -> None:
    found = reader.read(
        "Entsperre das Konto von Ingrid Bauer und installiere Zoom auf meinem Laptop",
        directory.people["amara.obi@halden.example"],
        directory,
        now,
    )
    assert [c.action for c in found.calls] == ["account.unlock", "software.install"]
    assert found.language == "de"


def test_a_part_that_is_not_covered_leaves_the_whole_to_a_human() -> None:
    assert english("Entferne Carla aus Slack und mach das Licht aus", "de") is None


@pytest.mark.parametrize("language", ["German", "Spanish", "French", "Japanese"])
def test_every_action_is_understood_politely_and_informally(language: str, reader: PhraseUnderstander) -> None:
    """One message at least for each action that employees ask for, as colleagues write it."""
    given = read_set(SETS / "tongues.yaml")
    score = marks("tongues")[language]
    asked = {action for u in given.utterances if u.part == language for action, _ in u.calls}
    assert asked >= reader.ranking.profiles.keys() - {"ticket.status", "ticket.comment"}
    assert score.exact / score.total >= 0.95, "\n".join(score.missed)
    assert (score.false_action, score.unasked) == (0, 0)

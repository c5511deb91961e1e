"""German, Spanish, French and Japanese without a model: common forms are understood, everything else is honestly passed on."""

from __future__ import annotations

from datetime import datetime

import pytest
from conftest_language import SETS, marks

from bot.domain.directory import Directory
from bot.domain.understanding import Intent
from bot.language.evaluate import TUNED, read_set
from bot.language.phrases import PhraseUnderstander
from bot.language.phrases.foreign import LANGUAGES, english, language_of, tongue

NOTHING = [
    "Ich bin mir nicht sicher, ob ich Zugriff auf Figma brauche",
    "Bitte nicht vergessen: Carla hat Zugriff auf Figma",
    "Kann Carla das Passwort von Will Turner zurücksetzen?",
    "Kann ich das Konto von Carla entsperren?",
    "Darf Carla Zugriff auf Figma haben?",
    "Muss ich den Laptop von Carla löschen?",
    "Löscht den Laptop von Carla nicht",
    "¿Puedo desbloquear la cuenta de Carla?",
    "¿Puede Carla borrar el portátil de Will Turner?",
    "¿Debo borrar el portátil de Carla?",
    "No se debe borrar el portátil de Carla",
    "Hay que evitar borrar el portátil de Carla",
    "Peut-on effacer le PC de Carla ?",
    "Est-ce que Carla peut effacer le PC de Will Turner ?",
    "Je ne souhaite pas effacer le PC de Carla",
    "Il faudrait éviter d'effacer le PC de Carla",
    "Carlaさんのパソコンを初期化してもいいですか",
    "Carlaさんのパソコンを初期化できますか",
    "Carlaさんのパソコンの初期化はお願いしません",
    "Carlaさんのパソコンの初期化をお願いしないでください",
    "Carlaさんのパソコンを初期化したくないです",
    "Wie kann ich Zugriff auf Figma bekommen?",
    "Hat Carla schon Zugriff auf Figma?",
    "Gestern wurde mein Konto gesperrt, jetzt geht es wieder",
    "Bitte das Konto von Carla nicht sperren",
    "Braucht Carla Zugriff auf Figma?",
    "Carla braucht Zugriff auf Figma?",
    "Ich habe keinen Zugriff auf Figma",
    "Ich brauche keinen neuen Laptop",
    "Falls Carla geht, entfernt sie aus Slack",
    "Sollen wir Carla aus Slack entfernen?",
    "Bitte Carla aus Slack entfernen, aber erst nach Rücksprache",
    "Bitte entferne Carla aus Slack, wenn sie zustimmt",
    "Bitte Carla noch nicht aus Slack entfernen",
    "Ich habe Carla aus Slack entfernt",
    "Peter will, dass ihr Carla aus Slack entfernt",
    "Bitte niemandem Zugriff auf Slack geben",
    "Bitte allen außer Carla Zugriff auf Figma geben",
    "Wer kann mein Passwort zurücksetzen?",
    "Mein Passwort habe ich nicht vergessen",
    "Carla hat ihr Passwort nicht vergessen",
    "Könnt ihr mir sagen, wie ich mein Passwort zurücksetze?",
    "Ist das Konto von Carla gesperrt?",
    "Das Konto von Carla ist nicht mehr gesperrt",
    "Löscht bitte nicht den Laptop von Carla",
    "Ich will den Laptop von Carla nicht löschen",
    "Will Turner hat mein Passwort zurückgesetzt, danke",
    "¿Cómo puedo tener acceso a Figma?",
    "¿Carla necesita acceso a Figma?",
    "¿Ya tiene Carla acceso a Figma?",
    "No necesito acceso a Figma",
    "Ya no necesito acceso a Figma",
    "Ayer me bloquearon la cuenta pero ya funciona",
    "No borréis el portátil de Carla",
    "Si Carla se va, dad de baja a Carla",
    "¿Debería quitar a Carla de Slack?",
    "Peter dijo que quitéis a Carla de Slack",
    "He quitado a Carla de Slack",
    "Nunca des acceso a Slack a Carla",
    "Dad acceso a Figma a todos menos a Carla",
    "¿Quién puede restablecer mi contraseña?",
    "No he olvidado mi contraseña",
    "Quita a Carla de Slack solo si ella está de acuerdo",
    "Ya me han desbloqueado la cuenta",
    "¿Está bloqueada la cuenta de Carla?",
    "Comment obtenir un accès à Figma ?",
    "Carla a-t-elle accès à Figma ?",
    "Carla a besoin d'un accès à Figma ?",
    "Je n'ai pas besoin d'un accès à Figma",
    "Je n'ai plus besoin de Figma",
    "Ne bloquez pas le compte de Carla",
    "Il ne faut pas effacer le PC de Carla",
    "Si Carla part, supprimez Carla de Slack",
    "Faut-il retirer Carla de Slack ?",
    "Peter a dit de retirer Carla de Slack",
    "J'ai retiré Carla de Slack",
    "On m'a débloqué mon compte, merci",
    "Donnez accès à Figma à tout le monde sauf Carla",
    "Qui peut réinitialiser mon mot de passe ?",
    "Je n'ai pas oublié mon mot de passe",
    "Retirez Carla de Slack seulement si elle est d'accord",
    "N'effacez surtout pas le PC de Carla",
    "Mon compte n'est plus bloqué",
    "Est-ce que le compte de Carla est bloqué ?",
    "Figmaのアクセス権の申請方法を教えてください",
    "CarlaさんはFigmaのアクセス権が必要ですか？",
    "Figmaのアクセス権は必要ありません",
    "パスワードは忘れていません",
    "昨日アカウントがロックされましたが、もう直りました",
    "Carlaさんのパソコンを初期化しないでください",
    "Carlaさんが退職したらSlackから削除してください",
    "CarlaさんをSlackから削除したほうがいいですか？",
    "PeterさんがCarlaさんをSlackから削除してほしいと言っていました",
    "CarlaさんをSlackから削除しました",
    "Carlaさん以外をSlackから削除してください",
    "誰がパスワードをリセットできますか？",
    "アカウントのロックを解除する方法はありますか",
    "アカウントのロックは解除されました",
    "もし可能ならCarlaさんをSlackから削除してもよいか確認してください",
    "CarlaさんのFigmaのアクセスはまだ削除しないで",
    "アカウントのロック解除はできますか",
]
"""Questions, negations, conditions, reports and past events: nothing of it asks for anything."""


def test_the_common_forms_are_understood() -> None:
    parts = marks("languages")
    assert parts[TUNED].marks()["exact"] >= 0.95, "\n".join(parts[TUNED].missed)
    assert parts["everyday"].marks()["exact"] >= 0.95, "\n".join(parts["everyday"].missed)
    for part in parts:
        assert parts[part].marks()["false_action"] == 0
        assert parts[part].marks()["acted_without_asking"] == 0


@pytest.mark.parametrize("name", ["utterances", "fresh", "tidewater", "quiet"])
def test_english_is_taken_for_english(name: str) -> None:
    foreign = [u.say for u in read_set(SETS / f"{name}.yaml").utterances if language_of(u.say) != "en"]
    assert foreign in ([], ["Bitte gib Ravi Zugriff auf Figma"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_form_renders_and_every_action_has_one(code: str, reader: PhraseUnderstander) -> None:
    """A form whose slots its English does not know would fail at the first who says it."""
    values = dict.fromkeys("psogxytl", "x")
    forms = tongue(code).forms
    tags = {form.tag for form in forms}
    for form in forms:
        assert not form.means or form.means.format(**values)
        carried = set(values) if form.after else {"l"}
        assert form.pattern.groupindex.keys() | carried >= {p for p in values if f"{{{p}}}" in form.means}
        assert not form.after or form.after & tags, form
    for pattern, means in tongue(code).moments:
        assert pattern.groupindex.keys() | {"z"} >= {p for p in "dkmwnuz" if f"{{{p}}}" in means}
    meant = {form.means.split(" ")[0] for form in forms if form.means}
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


@pytest.mark.parametrize("said", NOTHING)
def test_what_only_speaks_of_it_proposes_nothing(reader: PhraseUnderstander, directory: Directory, now: datetime, said: str) -> None:
    for speaker in ("emma.larsen", "peter.grant"):
        assert reader.read(said, directory.people[f"{speaker}@halden.example"], directory, now).calls == ()


@pytest.mark.parametrize(
    ("said", "code", "means"),
    [
        (
            "Hallo, ich bräuchte bis Ende Juli Lesezugriff auf Jira. Danke und viele Grüße\nEmma",
            "de",
            "give me read-only access to Jira until end of July",
        ),
        (
            "Ticket: Drucker kaputt seit Montag, bitte am 3. Juli schauen",
            "de",
            "open a ticket: Drucker kaputt seit Montag, bitte am 3. Juli schauen",
        ),
        ("Carla hat sich ausgesperrt. Bitte entsperrt ihr Konto ab morgen", "de", "unlock the account of Carla on tomorrow"),
        ("Carla necesita un portátil nuevo y acceso a Gong", "es", "Carla needs a laptop. give Carla access to Gong"),
        ("Necesito un portátil nuevo y acceso a Gong", "es", "I need a new laptop. I need access to Gong"),
        ("Pourriez-vous me donner accès à Figma en lecture seule ?", "fr", "I need read-only access to Figma"),
        (
            "Carla nous quitte le 30 juin. Merci de retirer son accès à Slack",
            "fr",
            "offboard Carla on 30 June. remove Carla's access to Slack",
        ),
        ("Paul n'a plus besoin de NetSuite, merci de retirer son accès", "fr", "remove Paul's access to NetSuite"),
        ("パソコンを紛失しました。ロックしてください", "ja", "my laptop was stolen"),
    ],
)
def test_parts_dates_and_levels_go_where_they_belong(said: str, code: str, means: str) -> None:
    assert english(said, code) == means


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Bitte entsperren", "de"),
        ("Danke fürs Entsperren", "de"),
        ("Carla braucht einen neuen Laptop und möchte Zugriff auf Gong", "de"),
        ("Carla necesita un portátil nuevo y acceder a Gong", "es"),
        ("Carlaさんに新しいパソコンが必要です。Gongへのアクセスをお願いします", "ja"),
        ("Merci d'avoir débloqué mon compte", "fr"),
        ("パスワードをリセットしていただきありがとうございました", "ja"),
        ("Ich bin neu im Vertrieb", "de"),
        ("Mein Laptop ist kaputt", "de"),
        ("Bitte gib Carla Zugriff auf Slack bis auf Weiteres", "de"),
        ("¿Podéis desbloquearla?", "es"),
        ("Quita a Carla de Slack y riega las plantas", "es"),
        ("Merci de le débloquer", "fr"),
        ("Retirez Carla de Slack et arrosez les plantes", "fr"),
        ("解除をお願いします", "ja"),
        ("CarlaさんをSlackから外してください。植物に水をやってください", "ja"),
    ],
)
def test_what_says_too_little_or_more_than_a_form_is_not_rendered(said: str, code: str) -> None:
    assert english(said, code) is None


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

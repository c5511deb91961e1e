"""What our own code makes of what a model says: with one that answers well hardly anything is lost, with one that proposes whatever it can
little comes through, and the right tool is among those offered. `ceiling.py` prints the same over every set."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from pathlib import Path

import endpoint as endpoints
import pytest
from ceiling import OWN, SETS, ceiling, stand_in

from bot.desk.registry import Registry
from bot.domain.calls import Kind
from bot.language.evaluate import Score, read_set
from bot.language.model.nets import nets
from bot.language.model.toolbox import MOST, Toolbox
from bot.language.phrases import PhraseUnderstander
from bot.language.phrases.text import tokens
from bot.ledger.store import read_company
from tests.language.bench import many_actions

ROOT = Path(__file__).parent.parent.parent


def added(parts: dict[str, Score]) -> tuple[int, int, int, int, int]:
    """Exact, of all; false actions, of those that may have none; acted without asking."""
    scores = parts.values()
    return (
        sum(s.exact for s in scores), sum(s.total for s in scores),
        sum(s.false_action for s in scores), sum(s.quiet for s in scores), sum(s.unasked for s in scores),
    )  # fmt: skip


@pytest.mark.parametrize("path", [OWN / "tongues.yaml", SETS / "tongues.yaml", SETS / "threads.yaml"], ids=str)
async def test_hardly_anything_of_what_a_good_model_says_is_lost(path: Path, registry: Registry, offline: PhraseUnderstander) -> None:
    parts, model = await ceiling(path, registry, offline, every=2 if path.parent == SETS else 1)
    exact, total, wrong, _, unasked = added(parts)
    assert exact / total >= 0.95, [m for s in parts.values() for m in s.missed]
    assert not wrong and not unasked and not model.missing


async def test_nor_where_it_gives_every_name_in_full(registry: Registry, offline: PhraseUnderstander) -> None:
    parts, _ = await ceiling(SETS / "second.yaml", registry, offline, every=2, tidy=True)
    exact, total, wrong, _, unasked = added(parts)
    assert exact / total >= 0.95 and not wrong and not unasked


async def test_little_comes_through_of_what_an_eager_one_proposes(registry: Registry, offline: PhraseUnderstander) -> None:
    """It proposes something for every message; of those in English that ask for nothing, code lets pass fewer than one in five."""
    parts, _ = await ceiling(SETS / "fresh.yaml", registry, offline, every=2, eager=True)
    _, _, wrong, quiet, unasked = added(parts)
    assert quiet > 12 and wrong / quiet < 0.2 and not unasked


def test_of_sixty_tools_the_right_ones_are_offered_in_every_language() -> None:
    actions = list(many_actions(60).actions.values())
    random.Random(4).shuffle(actions)
    offline = PhraseUnderstander(Registry(actions))
    tools = Toolbox(actions, offline.ranking, MOST)
    asked = missed = 0
    for path in (SETS / "utterances.yaml", SETS / "languages.yaml", SETS / "tongues.yaml", OWN / "tongues.yaml"):
        given = read_set(path)
        assert given.company
        lexicon = offline.lexicon(read_company(given.company))
        for wanted in given.utterances[::5] if len(given.utterances) > 200 else given.utterances[::3]:
            read = nets(wanted.say, offline.wording)
            kinds = {m.kind for m in lexicon.mentions(tokens(read.shown))} & {Kind.SYSTEM, Kind.GROUP, Kind.DEVICE}
            offered = tools.fitting(read.shown, kinds=kinds, foreign=read.tongue.name != "en")
            names = {t.action.name for t in offered.tools.values() if t.action}
            assert len(json.dumps(offered.wire)) < 32_000
            for name in {a for a, _ in wanted.calls} - {"ticket.status"}:
                asked, missed = asked + 1, missed + (name not in names)
    assert asked > 90 and missed / asked < 0.01


async def test_the_command_runs_the_model_path_against_any_endpoint(
    registry: Registry, endpoint: endpoints.Endpoint, tmp_path: Path
) -> None:
    path = OWN / "tongues.yaml"
    endpoint.says(stand_in(path, registry))
    settings = {
        "BELLHOP_LANGUAGE_MODEL_URL": endpoint.url,
        "BELLHOP_LANGUAGE_MODEL_NAME": "stand-in",
        "BELLHOP_DATA_DIR": str(tmp_path / "data"),
        "BELLHOP_EMBEDDING": "off",
    }
    command = (sys.executable, "-m", "bot", "eval", "understand", "--set", str(path), "--json")
    run = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=os.environ | settings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await run.communicate()
    assert run.returncode == 0, err.decode()
    parts = json.loads(out)["parts"]
    assert set(parts) == {"de", "es", "fr", "ja"} and len(endpoint.asked) > 40
    assert all(p["exact"] >= 0.9 and p["false_action"] == 0 for p in parts.values())

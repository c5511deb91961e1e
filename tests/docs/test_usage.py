"""commands.md: an error is one sentence and exit code 1, wrong usage exit code 2. Nobody is shown a traceback."""

from __future__ import annotations

import pytest

from tests.docs.conftest import Tree


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "said"),
    [
        (["nonsense"], {}, 2, "nonsense"),
        (["import"], {}, 2, "--people people.json"),
        (["import", "--people", "nobody.json"], {}, 1, "nobody.json"),
        (["ask", "--as", "nobody@brightwater.example", "hello"], {}, 1, "nobody@brightwater.example"),
        (["check", "--policies", "nowhere"], {}, 1, "nowhere"),
        (["check"], {"BELLHOP_PORT": "many"}, 1, "BELLHOP_PORT"),
        (["serve"], {"BELLHOP_HOST": "0.0.0.0"}, 1, "BELLHOP_DEMO_BEYOND_LOOPBACK=true"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(arguments: list[str], settings: dict[str, str], code: int, said: str, tree: Tree) -> None:
    result = tree.run(*arguments, **settings)
    assert result.returncode == code
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr

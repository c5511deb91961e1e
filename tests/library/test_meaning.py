"""Search by meaning, with the real model where its weights are installed (`make` installs them), over a real Chroma."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.errors import BadSettings
from bot.library.encoder import Encoder, MiniLM
from bot.library.meaning import Model, open_meaning
from bot.library.minilm import build, weights_folder
from bot.library.search import FolderLibrary
from bot.library.vectors import Vectors, open_client

EVERYONE = frozenset({"everyone"})
STAFF = frozenset({"everyone", "it-helpdesk"})
PAGES = {
    "sign-in.md": (
        "Forgotten credentials",
        "everyone",
        "1. Open the portal.\n2. Choose a new secret phrase.\n3. Confirm it on your phone.",
    ),
    "coffee.md": ("The espresso machine", "everyone", "Descale it every month. Beans are in the cupboard."),
    "vault.md": ("Opening the safe", "it-helpdesk", "The emergency combination is kept in the sealed envelope of the duty manager."),
}


@pytest.fixture(scope="module")
def weights() -> Path:
    folder = weights_folder(None)
    assert folder, "the embedding model is not installed: see requirements-model.lock"
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    """A folder with the model in it, built once."""
    place = tmp_path_factory.mktemp("model")
    MiniLM(weights, place)
    return place


@pytest.fixture
def kept(tmp_path: Path, cache: Path) -> Path:
    place = tmp_path / "kept"
    place.mkdir()
    for file in cache.iterdir():
        (place / file.name).hardlink_to(file)
    return place


def write(folder: Path, name: str, title: str, audience: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    front = f"title: {title}\nowner: a@b.example\naudience: [{audience}]\nreviewed: 2026-11-01\nreview_every: 1 year\n"
    front += f"asked_as:\n  - {title.lower()}"
    (folder / name).write_text(f"---\n{front}\n---\n\n{text}\n", "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, page in PAGES.items():
        write(tmp_path / "pages", name, *page)
    return tmp_path / "pages"


@pytest.fixture
def library(folder: Path, kept: Path) -> Iterator[FolderLibrary]:
    opened = FolderLibrary(folder, kept, meaning=open_meaning(Model(), kept, lambda _: None))
    assert opened.wait()
    yield opened
    opened.close()


def first(library: FolderLibrary, question: str, audiences: frozenset[str] = EVERYONE) -> str:
    return next(iter(library.find(question, audiences).ranking), "")


def test_the_model_knows_what_is_alike(weights: Path, cache: Path) -> None:
    one, two, other = MiniLM(weights, cache).embed(["I forgot my password", "can't remember my login credentials", "the cat sat on a mat"])
    assert np.allclose([np.linalg.norm(v) for v in (one, two, other)], 1, atol=1e-3)
    assert float(one @ two) > 0.5 > 0.2 > float(one @ other)


def test_weights_that_are_not_the_published_ones_are_not_used(weights: Path, tmp_path: Path) -> None:
    raw = bytearray((weights / "model.safetensors").read_bytes())
    raw[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(raw)
    with pytest.raises(BadSettings, match="not the published"):
        build(tmp_path, tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"has no model\.safetensors and no tokenizer\.json"):
        open_meaning(Model(folder=tmp_path), tmp_path, lambda _: None)


def test_other_words_find_the_page(library: FolderLibrary) -> None:
    assert first(library, "cannot remember my password") == "sign-in.md"
    assert first(library, "how do I make a cappuccino") == "coffee.md"


def test_what_one_may_not_read_has_no_influence(library: FolderLibrary, folder: Path) -> None:
    question = "what is the code of the strongbox"
    assert first(library, question, STAFF) == "vault.md"
    before = library.find(question, EVERYONE)
    assert "vault.md" not in before.ranking
    (folder / "vault.md").unlink()
    library.refresh()
    settle(library)
    assert library.find(question, EVERYONE) == before, "not even by being there"


def settle(library: FolderLibrary) -> None:
    """Waits for the background to have caught up with the newest index."""
    assert library._meaning
    library._meaning._thread.submit(lambda: None).result(30)  # type: ignore[attr-defined]


def test_a_changed_page_is_embedded_anew_and_only_it(folder: Path, kept: Path) -> None:
    meaning = open_meaning(Model(), kept, lambda _: None)
    assert meaning
    library = FolderLibrary(folder, kept, meaning=meaning)
    assert library.wait()
    embedded: list[int] = []
    real = meaning._encoder.embed

    class Counting:
        name = meaning._encoder.name

        def embed(self, texts: list[str]) -> np.ndarray:
            embedded.append(len(texts))
            return real(texts)

        def knows(self, word: str) -> bool:
            return False

    meaning._encoder = Counting()  # type: ignore[assignment]
    write(folder, "coffee.md", "The aquarium", "everyone", "Feed the fish twice a week.")
    assert library.refresh()
    settle(library)
    assert embedded == [1]
    assert first(library, "what do the guppies eat") == "coffee.md"
    library.close()


def test_the_next_start_embeds_nothing(library: FolderLibrary, folder: Path, kept: Path) -> None:
    library.close()
    said: list[str] = []
    meaning = open_meaning(Model(), kept, said.append)
    again = FolderLibrary(folder, kept, meaning=meaning)
    began = time.monotonic()
    assert again.wait()
    assert first(again, "cannot remember my password") == "sign-in.md"
    assert meaning and time.monotonic() - began < 60
    again.close()


def test_another_model_embeds_by_itself_and_the_old_vectors_go(library: FolderLibrary, folder: Path, kept: Path) -> None:
    library.close()
    meaning = open_meaning(Model(), kept, lambda _: None)
    assert meaning
    opened = meaning._opened

    def other() -> tuple[Encoder, Vectors]:
        encoder, vectors = opened()
        encoder.name = "another"
        return encoder, Vectors(vectors.client, encoder.name)

    meaning._opened = other
    again = FolderLibrary(folder, kept, meaning=meaning)
    assert again.wait()
    assert first(again, "cannot remember my password") == "sign-in.md"
    left = {c.name.split("-")[1] for c in meaning._vectors.client.list_collections()}
    assert len(left) == 1, "the vectors of the model before take no room"
    again.close()


def test_words_answer_while_the_store_is_down(folder: Path, kept: Path) -> None:
    meaning = open_meaning(Model(chroma="http://127.0.0.1:9"), kept, lambda _: None)
    library = FolderLibrary(folder, kept, meaning=meaning)
    assert not library.wait()
    assert first(library, "descale the espresso machine") == "coffee.md"
    library.close()


class Server:
    """A Chroma server of our own, at a port of its own, that can go and come back."""

    def __init__(self, place: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._place = place
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self._place), "--host", "127.0.0.1"]
        out = subprocess.DEVNULL
        self._process = subprocess.Popen([*command, "--port", str(self._port)], stdout=out, stderr=out)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server(tmp_path / "server")
    yield one
    one.stop()


def test_words_answer_while_the_server_is_away_and_meaning_once_it_is_back(
    folder: Path, kept: Path, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    meaning = open_meaning(Model(chroma=server.url), kept, lambda _: None)
    library = FolderLibrary(folder, None, meaning=meaning)
    assert library.wait()
    assert first(library, "cannot remember my password") == "sign-in.md"
    server.stop()
    assert first(library, "descale the espresso machine") == "coffee.md"
    assert "answering by words" in caplog.text
    assert first(library, "cannot remember my password") == "", "no word in common: nobody waits for the server any more"
    shutil.rmtree(tmp_path / "server")
    server.start()
    monkeypatch.setattr("bot.library.meaning.AGAIN", 0.0)
    assert meaning
    deadline = time.monotonic() + 60
    while first(library, "cannot remember my password") != "sign-in.md" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert first(library, "cannot remember my password") == "sign-in.md", "what the server had lost was embedded again"
    library.close()


def test_a_server_that_accepts_and_says_nothing_is_not_waited_for(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.library.vectors.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(BadSettings, match="no Chroma server answers"):
        open_client(kept, f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_a_chroma_server_finds_the_same(folder: Path, kept: Path, library: FolderLibrary, server: Server) -> None:
    there = FolderLibrary(folder, None, meaning=open_meaning(Model(chroma=server.url), kept, lambda _: None))
    assert there.wait()
    for question in ("cannot remember my password", "how do I make a cappuccino", "what is the code of the strongbox"):
        for audiences in (EVERYONE, STAFF):
            one, two = there.find(question, audiences), library.find(question, audiences)
            assert (one.ranking, one.answer) == (two.ranking, two.answer)
            assert one.score == pytest.approx(two.score, abs=1e-4)
    there.close()

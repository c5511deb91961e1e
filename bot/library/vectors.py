"""Chroma holds the vectors: a collection for each model and each audience, so that a search never meets what the asker may not read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from bot.errors import BadSettings, TryLater

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

    from bot.library.encoder import Matrix

BATCH = 500
SECONDS = 5.0
"""How long a server may take for a request."""
SPACE: Any = {"hnsw": {"space": "cosine", "ef_search": 200, "ef_construction": 200}}
Audience = frozenset[str]


def open_client(folder: Path, server: str = "") -> ClientAPI:
    """Chroma in this process, keeping its files in `folder`, or the Chroma server at this address (http://host:port)."""
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False)
    if not server:
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(folder), settings=quiet)
    parts = urlsplit(server)
    try:
        _knock(server)
        client = chromadb.HttpClient(parts.hostname or "", parts.port or 8000, ssl=parts.scheme == "https", settings=quiet)
        client._server._session.timeout = SECONDS  # type: ignore[attr-defined]  # Chroma's own is none, and a server that hangs is waited for
        return client
    except (ValueError, OSError) as error:
        raise BadSettings(f"BELLHOP_CHROMA_URL: no Chroma server answers at {server} ({error}).") from None


def _knock(server: str) -> None:
    """Whether anything answers there in time: Chroma's client would wait for ever. OSError says why not."""
    try:
        urlopen(f"{server.rstrip('/')}/api/v2/heartbeat", timeout=SECONDS).close()  # noqa: S310 - the setting is held to http and https
    except HTTPError as error:
        error.close()  # it does answer; what it says is the client's to judge


class Vectors:
    """The vectors that one model gave. Ids are the caller's; the same id is the same vector."""

    def __init__(self, client: ClientAPI, model: str) -> None:
        self.client = client
        self._prefix = "bellhop-" + hashlib.sha256(model.encode()).hexdigest()[:12]
        self._open: dict[Audience, Any] = {}

    def _collection(self, audience: Audience) -> Any:
        if audience not in self._open:
            told = ",".join(sorted(audience))
            name = f"{self._prefix}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
            self._open[audience] = self.client.get_or_create_collection(
                name, embedding_function=None, configuration=SPACE, metadata={"audience": told}
            )
        return self._open[audience]

    def audiences(self) -> list[Audience]:
        """Those that have a collection."""
        found = [c for c in self.client.list_collections() if c.name.startswith(self._prefix)]
        return [frozenset(str((c.metadata or {}).get("audience", "")).split(",")) for c in found]

    def ids(self, audience: Audience) -> set[str]:
        return set(self._collection(audience).get(include=[])["ids"])

    def put(self, audience: Audience, ids: Sequence[str], vectors: Matrix) -> None:
        self._collection(audience).upsert(ids=list(ids), embeddings=vectors)

    def drop(self, audience: Audience, ids: Iterable[str]) -> None:
        gone = list(ids)
        for start in range(0, len(gone), BATCH):
            self._collection(audience).delete(ids=gone[start : start + BATCH])

    def nearest(self, audience: Audience, vector: Matrix, count: int) -> list[tuple[str, float]]:
        """The nearest ids of one audience and their cosine similarity, nearest first. TryLater where the server does not answer, or has
        lost the collection."""
        try:
            found = self._collection(audience).query(query_embeddings=vector[None, :], n_results=count, include=["distances"])
        except Exception as error:  # Chroma's client raises whatever its transport does
            self._open.clear()
            raise TryLater(f"The Chroma server does not answer: {error}") from error
        return [(i, 1 - d) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def forget_others(self) -> None:
        """Drops the collections of models that are no longer used."""
        for collection in self.client.list_collections():
            if collection.name.startswith("bellhop-") and not collection.name.startswith(self._prefix):
                self.client.delete_collection(collection.name)

"""What the library is measured against. Each takes a folder of markdown and gives a search: question → article paths, best first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.library.articles import article_files, parse, read_bytes
from bot.library.encoder import MiniLM

Search = Callable[[str], list[str]]
SEEN = 40
"""Pieces that are asked for, so that ten articles are among them."""


def articles(folder: Path) -> dict[str, str]:
    """Each article's text with its title in front, as a loader of markdown files gives it."""
    names = {file.relative_to(folder).as_posix(): file for file in article_files(folder)}
    read = {name: parse(read_bytes(file, name), name, checked=False) for name, file in names.items()}
    return {name: "\n\n".join((a.title, *(f"{p.heading}\n{p.text}" for p in a.passages))) for name, a in read.items()}


def pieces(folder: Path) -> tuple[list[str], list[str]]:
    """Texts and their paths, cut as LangChain's tutorials on retrieval do: 1,000 characters, of which 200 overlap."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    cut = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_text
    found = [(piece, path) for path, text in articles(folder).items() for piece in cut(text)]
    return [text for text, _ in found], [path for _, path in found]


def bm25s_alone(folder: Path) -> Search:
    """bm25s over the same pieces, with its own defaults and English stop words."""
    import bm25s

    texts, paths = pieces(folder)
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def search(question: str) -> list[str]:
        tokens = bm25s.tokenize([question], stopwords="en", show_progress=False)
        found, scores = index.retrieve(tokens, k=min(SEEN, len(texts)), show_progress=False)
        return _paths(paths[int(n)] for n, score in zip(found[0], scores[0], strict=True) if score > 0)

    return search


def langchain_on_chroma(folder: Path, model: MiniLM, keep: Path) -> Search:
    """LangChain's retriever on its own Chroma store, as one would write it in an afternoon, with the model that the library uses."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

    class Ours(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [row.tolist() for row in model.embed(texts)]

        def embed_query(self, text: str) -> list[float]:
            made: list[float] = model.embed([text])[0].tolist()
            return made

    store = Chroma(collection_name="rival", embedding_function=Ours(), persist_directory=str(keep))
    if not store.get(limit=1)["ids"]:
        texts, paths = pieces(folder)
        made = [Document(page_content=text, metadata={"source": path}) for text, path in zip(texts, paths, strict=True)]
        for start in range(0, len(made), 500):
            store.add_documents(made[start : start + 500])
    retriever = store.as_retriever(search_kwargs={"k": SEEN})
    return lambda question: _paths(document.metadata["source"] for document in retriever.invoke(question))


def _paths(found: object) -> list[str]:
    """Without repeats, first places kept."""
    return list(dict.fromkeys(str(path) for path in found))  # type: ignore[attr-defined]

"""Drafts as branches of the repository that holds the knowledge: a branch a gap, one commit on it, made of git's objects.

Neither a work tree nor an index nor the branch that is checked out is touched. A branch is written anew only while it holds nothing but
what was written here; as soon as anybody has committed to it, changed its commit or checked it out, it is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.people import DESK
from bot.errors import BadInput
from bot.library.gaps.draft import Draft
from bot.library.gaps.names import slug
from bot.library.git import GitFailed, git, words
from bot.library.trees import resolve

PREFIX = "knowledge-gap"
NOBODY = "0" * 40
"""The old value of a branch that must not be there yet."""
_TRAILERS = ("Bellhop-Gap", "Bellhop-Evidence", "Bellhop-Base", "Bellhop-File", "Bellhop-Tickets")


@dataclass(frozen=True)
class Branch:
    """A draft's branch and its newest commit. `ours`: it holds one commit, as it was written here, and nobody has it checked out."""

    name: str
    tip: str
    tickets: frozenset[str] = frozenset()
    evidence: str = ""
    ours: bool = False


@dataclass(frozen=True)
class Written:
    """What became of a draft. `state` is new, updated, as before, or taken over (somebody works on it: left as it is)."""

    name: str
    tip: str
    draft: Draft
    state: str


@dataclass(frozen=True)
class Store:
    """A repository, the knowledge folder's path in it ("": all of it), and the commit that drafts are based on."""

    repository: Path
    inside: str
    base: str

    def git(self, *arguments: str, given: bytes = b"", **config: str) -> bytes:
        named = {name.replace("_", "."): value for name, value in config.items()}
        return git(*arguments, repository=self.repository, given=given, config=named)

    def path(self, article: str) -> str:
        """An article's path in the repository."""
        return f"{self.inside.strip('/')}/{article}".lstrip("/")

    def content(self, article: str) -> bytes | None:
        """An article as it is in the base commit; None where it is not in it."""
        return self.git("cat-file", "blob", f"{self.base}:{self.path(article)}") if article in self.files() else None

    def files(self) -> frozenset[str]:
        """Paths in the knowledge folder of all files of the base commit."""
        where = f"{self.base}:{self.inside.strip('/')}"
        return frozenset(words(self.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", where)))


def store(repository: Path, inside: str, revision: str = "HEAD") -> Store:
    """BadInput where the folder is not part of that revision."""
    try:
        base = resolve(repository, revision)
        found = git("cat-file", "-t", f"{base}:{inside.strip('/')}", repository=repository).strip()
    except GitFailed:
        found = b""
    if found != b"tree":
        raise BadInput("The knowledge folder is not committed to a git repository, so there is nothing to base a branch on: use --into.")
    return Store(repository, inside, base)


def write(drafts: Sequence[Draft], names: Sequence[str], kept: Store) -> list[Written]:
    """A branch for each draft; `names` say what each is about."""
    there = list(existing(kept))
    written = []
    for draft, name in zip(drafts, names, strict=True):
        branch = _of(draft, there)
        if branch is not None:
            there.remove(branch)
        written.append(_write(draft, name, branch, kept))
    return written


def existing(kept: Store) -> Iterable[Branch]:
    """The branches of drafts that there are."""
    form = "%(refname:lstrip=2)%00%(objectname)%00%(worktreepath)%00%(HEAD)"
    listed = kept.git("for-each-ref", f"--format={form}", f"refs/heads/{PREFIX}/").decode("utf-8", "replace")
    for line in listed.splitlines():
        name, tip, tree, head = line.split("\0")
        told = _told(tip, kept)
        tickets = frozenset(told.get("Bellhop-Tickets", "").split(", ")) - {""}
        ours = not tree and head != "*" and _untouched(tip, told, kept)
        yield Branch(name, tip, tickets, told.get("Bellhop-Evidence", ""), ours)


def _told(tip: str, kept: Store) -> dict[str, str]:
    """The trailers of the newest commit on a branch that we wrote, be it under others' commits."""
    raw = kept.git("log", "-n", "20", "--format=%(trailers:only,unfold)%x00", tip, "--").decode("utf-8", "replace")
    for message in raw.split("\0"):
        pairs = dict(line.split(": ", 1) for line in message.strip().splitlines() if ": " in line)
        if set(_TRAILERS) <= pairs.keys():
            return pairs
    return {}


def _untouched(tip: str, told: dict[str, str], kept: Store) -> bool:
    """Whether the newest commit is the one we wrote: on the base that it names, with the one file that it names and no other change."""
    if not told:
        return False
    parents = kept.git("rev-list", "--parents", "-n", "1", tip, "--").decode().split()[1:]
    path, _, blob = told["Bellhop-File"].rpartition(" ")
    if parents != [told["Bellhop-Base"]]:
        return False
    changed = kept.git("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", parents[0], tip).decode("utf-8", "replace")
    about, _, rest = changed.partition("\0")
    return about.split()[3:4] == [blob] and rest == f"{path}\0"


def _of(draft: Draft, there: Sequence[Branch]) -> Branch | None:
    """The branch that is about the same: with most tickets in common, and half of its own or of the draft's; or of the same key."""
    wanted = frozenset(draft.tickets)
    shared = {b.name: len(b.tickets & wanted) for b in there}
    fitting = [b for b in there if shared[b.name] and 2 * shared[b.name] >= min(len(b.tickets), len(wanted))]
    same = [b for b in there if b.name.endswith(f"-{draft.key}")]
    return max(fitting, key=lambda b: (shared[b.name], b.name), default=same[0] if same else None)


def _write(draft: Draft, about: str, branch: Branch | None, kept: Store) -> Written:
    name = branch.name if branch else f"{PREFIX}/{slug(about)}-{draft.key}"
    if branch is not None and branch.ours and (branch.evidence == draft.evidence or frozenset(draft.tickets) < branch.tickets):
        return Written(name, branch.tip, draft, "as before")
    if branch is not None and not branch.ours:
        return Written(name, branch.tip, draft, "taken over")
    tip = _commit(draft, kept)
    try:
        kept.git("update-ref", "-m", "bellhop knowledge gaps", f"refs/heads/{name}", tip, branch.tip if branch else NOBODY[: len(tip)])
    except GitFailed:  # somebody was quicker
        return Written(name, "", draft, "taken over")
    return Written(name, tip, draft, "updated" if branch else "new")


def _commit(draft: Draft, kept: Store) -> str:
    path = kept.path(draft.path)
    blob = kept.git("hash-object", "-w", "--stdin", given=draft.content).decode().strip()
    tree = _with(kept.git("rev-parse", f"{kept.base}^{{tree}}").decode().strip(), path.split("/"), blob, kept)
    values = (draft.key, draft.evidence, kept.base, f"{path} {blob}", ", ".join(draft.tickets))
    trailers = "\n".join(f"{name}: {value}" for name, value in zip(_TRAILERS, values, strict=True))
    message = f"{draft.message}\n\n{trailers}\n".encode()
    name, email = identity(kept.repository)
    return kept.git("commit-tree", tree, "-p", kept.base, "-F", "-", given=message, user_name=name, user_email=email).decode().strip()


def _with(tree: str, parts: Sequence[str], blob: str, kept: Store) -> str:
    """The tree with this blob at the path; what else stands in it stays."""
    listed = kept.git("ls-tree", "-z", tree) if tree else b""
    entries = [entry for entry in listed.split(b"\0") if entry]
    name = parts[0].encode()
    old = next((entry for entry in entries if entry.split(b"\t", 1)[1] == name), b"")
    mode, kind, was = old.split(b"\t", 1)[0].split() if old else (b"", b"", b"")
    if len(parts) > 1:
        made = b"040000 tree " + _with(was.decode() if kind == b"tree" else "", parts[1:], blob, kept).encode()
    else:
        made = (mode if kind == b"blob" and mode == b"100755" else b"100644") + b" blob " + blob.encode()
    changed = [entry for entry in entries if entry != old] + [made + b"\t" + name]
    return kept.git("mktree", "-z", given=b"\0".join(changed) + b"\0").decode().strip()


def identity(repository: Path) -> tuple[str, str]:
    """Whose commits these are: whom git knows, by the repository's own settings or the user's; else the desk itself."""
    homes = (Path.home() / ".gitconfig", Path.home() / ".config" / "git" / "config")
    for where in ((), *(("--file", str(home)) for home in homes if home.is_file())):
        try:
            name, email = (
                git("config", *where, "--get", key, repository=repository).decode().strip() for key in ("user.name", "user.email")
            )
        except GitFailed:
            continue
        if name and email:
            return name, email
    return DESK.name, DESK.email


def into(drafts: Sequence[Draft], folder: Path) -> list[Written]:
    """As files below `folder`, each with what its commit would say beside it; a file that is there already stays as it is."""
    written = []
    for draft in drafts:
        file = folder / draft.path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists():
                state = "as before" if file.read_bytes() == draft.content else "taken over"
            else:
                file.write_bytes(draft.content)
                file.with_suffix(".evidence.txt").write_text(draft.message + "\n", "utf-8")
                state = "new"
        except OSError as error:
            raise BadInput(f"--into: {file} cannot be written ({error.strerror}).") from None
        written.append(Written(str(file), "", draft, state))
    return written

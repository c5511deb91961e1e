"""Git as a program that is given nothing to trust: no shell, no hooks, no configuration of this machine, few protocols, little time.

Addresses and their credentials go into the environment of the process, never onto its command line or the disk.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import BellhopError

SECONDS = 120.0
"""How long one git command may take."""
LARGEST_REPOSITORY = 2_000_000_000
"""Bytes that a fetch may write."""
_PASSED = ("PATH", "HOME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR",
           "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "ALL_PROXY")  # fmt: skip
_SAFE = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.symlinks": "false",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "credential.helper": "",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "30",
}
_REASON = re.compile(r"^(fatal|error|remote|warning|ssh):|Permission denied|Host key verification failed")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class GitFailed(BellhopError):
    """Git did not do what it was asked."""


def git(
    *arguments: str,
    repository: Path,
    protocols: str = "none",
    config: Mapping[str, str] | None = None,
    given: bytes = b"",
    seconds: float = SECONDS,
    watched: Path | None = None,
    stop: threading.Event | None = None,
) -> bytes:
    """What the command printed. `config` is put into its environment; `protocols` is git's allow-list ("none": offline).

    GitFailed says why, without credentials: also after `seconds`, once `stop` is set, or as soon as the folder `watched` holds more than
    LARGEST_REPOSITORY.
    """
    command = ["git", "--no-pager", f"--git-dir={repository}", *arguments]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        source.write(given)
        source.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603  # a fixed program; its arguments are checked by settings
                command, stdin=source, stdout=out, stderr=told, env=_environment(protocols, config or {}), start_new_session=True
            )
        except OSError as error:
            raise GitFailed(f"The program git could not be started ({error.strerror}).") from None
        try:
            why = _watch(process, time.monotonic() + seconds, watched, stop or threading.Event())
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        told.seek(0)
        if why or process.returncode:
            raise GitFailed(why or _sentence(told.read(20_000).decode("utf-8", "replace")))
        out.seek(0)
        return out.read()


def _watch(process: subprocess.Popen[bytes], until: float, watched: Path | None, stop: threading.Event) -> str:
    """Waits for the process; why it has to be stopped, or ""."""
    while time.monotonic() < until and not stop.is_set():
        try:
            process.wait(0.25)
            return ""
        except subprocess.TimeoutExpired:
            if watched and size_of(watched) > LARGEST_REPOSITORY:
                return f"The repository is larger than {LARGEST_REPOSITORY / 1e9:.0f} GB, so it is not fetched."
    return "Git was stopped." if stop.is_set() else "Git did not finish in time, so it was stopped."


def size_of(folder: Path) -> int:
    """Bytes of all files below the folder; what vanishes meanwhile counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).lstat().st_size
            except OSError:
                continue
    return total


def _environment(protocols: str, config: Mapping[str, str]) -> dict[str, str]:
    env = {name: os.environ[name] for name in _PASSED if name in os.environ}
    env |= {"LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    env |= {"GIT_ALLOW_PROTOCOL": protocols, "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"}
    env.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20")
    pairs = [*_SAFE.items(), *config.items()]
    env["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env


def _sentence(told: str) -> str:
    """Git's own words of what went wrong, without credentials."""
    lines = [_CREDENTIALS.sub("", line).strip() for line in told.splitlines()]
    said = [line for line in lines if _REASON.search(line)] or [line for line in lines if line]
    return ("Git says: " + " · ".join(dict.fromkeys(said))[:600]) if said else "Git failed without saying why."


def words(listing: bytes) -> Sequence[str]:
    """NUL-separated output as text; bytes that are not UTF-8 become U+FFFD."""
    return [part.decode("utf-8", "replace") for part in listing.split(b"\0") if part]

"""What articles are often written apart for: platforms, products and versions, and the words that name them."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.library.articles import Article

_WORDS = {
    "Windows": ("windows", "win7", "win8", "win10", "win11", "pc"),
    "Mac": ("mac", "macs", "macos", "macbook", "macbooks", "imac", "os x", "osx"),
    "iPhone or iPad": ("ios", "ipados", "iphone", "iphones", "ipad", "ipads"),
    "Android": ("android", "samsung", "pixel"),
    "Linux": ("linux", "ubuntu", "debian", "fedora"),
    "Chromebook": ("chromebook", "chromebooks", "chromeos", "chrome os"),
    "Website": ("website", "cpwebsite", "cpweb", "on the web", "web app", "owa", "in the browser"),
    "Chrome": ("chrome",),
    "Edge": ("edge",),
    "Firefox": ("firefox",),
    "Safari": ("safari",),
    "Outlook": ("outlook",),
    "Gmail": ("gmail",),
    "Thunderbird": ("thunderbird",),
    "Word": ("word",),
    "Excel": ("excel",),
    "PowerPoint": ("powerpoint",),
    "OneNote": ("onenote",),
    "OneDrive": ("onedrive",),
    "SharePoint": ("sharepoint",),
    "Google Drive": ("google drive",),
    "Google Meet": ("google meet",),
    "Teams Rooms": ("teams rooms",),
    "Teams": ("teams",),
    "Zoom": ("zoom",),
    "Slack": ("slack",),
}
_KIND = {word: label for label, words in _WORDS.items() for word in words}
_NAME = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(_KIND, key=len, reverse=True))})(?![^\W_])", re.I)
_VERSION = re.compile(r"(?<![\w.])(?:20(?:0[37]|1[0369]|2\d)|(?:windows|win) ?(?:7|8(?:\.1)?|10|11))(?![\w.])", re.I)


def kinds(text: str) -> frozenset[str]:
    """The platforms, products and versions that a text names, by label."""
    named = {_KIND[" ".join(m.group().lower().split())] for m in _NAME.finditer(text)}
    return frozenset(named | {_version(m.group()) for m in _VERSION.finditer(text)})


def _version(text: str) -> str:
    number = text.lower().removeprefix("windows").removeprefix("win").strip()
    return text if number == text else f"Windows {number}"


def without(text: str) -> str:
    """The text without the words that name them."""
    return _NAME.sub(" ", _VERSION.sub(" ", text))


def meaning(label: str) -> tuple[str, ...]:
    """Words that mean this kind, in lower case."""
    return (label.lower(), *_WORDS.get(label, ()))


@lru_cache(maxsize=20_000)
def _of(title: str, path: str) -> frozenset[str]:
    return kinds(title) | kinds(re.sub(r"[/\-_.]+", " ", path.rsplit(".", 1)[0]))


def kinds_of(article: Article) -> frozenset[str]:
    """What an article is for, as its title and its place say."""
    return _of(article.title, article.path)

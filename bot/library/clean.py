"""Markdown from whomever, made into the small markdown the desk quotes: bold, italics, code, links, lists. HTML becomes its text."""

from __future__ import annotations

import html
import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_HIDDEN = re.compile(r"<(script|style|iframe|object|template|svg|math)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr)\b[^<>]*>", re.I)
_TAG = re.compile(r"(?<!\\)</?[a-zA-Z][\w:-]*(?:\s[^<>]*)?/?>|<![^<>]*>|<\?[^<>]*\?>")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_IMAGE = re.compile(r"!\[([^\]]{0,500})\](?:\([^()\s]*(?:\([^()]*\)[^()]*)*(?:\s+\"[^\"]*\")?\s*\)|\[[^\]]*\])")
_LINK = re.compile(
    r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\(\s*<?([^()\s>]*(?:\([^()]*\)[^()\s>]*)*)>?(?:\s+[\"'][^\"']*[\"'])?\s*\)|\[[^\]]*\])"
)
_TEMPLATE = re.compile(
    r"\{%(?:(?!\{%).){0,500}?%\}|\{\{(?:(?!\{\{).){0,500}?\}\}|\{:[^{}]{0,500}\}|"
    r":::\w{0,80}[^\n]{0,500}?:::|^:::.*$|\[!INCLUDE[^\]]{0,500}\]\([^)]{0,500}\)|\[!(?:div|VIDEO)\b[^\]]{0,500}\]",
    re.M,
)
_CALLOUT = re.compile(r"\[!(\w+)\][ \t]*(?:\n[> \t]*)?")
_BLANKS = re.compile(r"\n{3,}")
_SPACES = re.compile(r"(?<![ \t\u00a0])[ \t\u00a0]++(?=\n|$)|\u00a0")
_CODE = re.compile(r"(^ *```.*?(?:^ *```[^\n]*|\Z)|`[^`\n]+`)", re.S | re.M)
_MARKS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|\\(?=[^\w\s])|^#+\s+|(?:(?<!\s)\s++)?\{#[^{}]*\}", re.M)
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s]+\Z", re.I)


def without_control(text: str) -> str:
    """`text` without control, direction-changing and invisible characters and lone surrogates."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean(source: str) -> str:
    """One block of markdown as quotable text. Code keeps every character; elsewhere tags, images and templates go."""
    if "```" not in source and "`" not in source:
        return _tidy(_prose(source))
    pieces = _CODE.split(_COMMENT.sub("", source))
    return _tidy("".join(piece if index % 2 else _prose(piece) for index, piece in enumerate(pieces)))


def plain(source: str) -> str:
    """A heading, title or quote as bare words: no marks, no links."""
    text = _prose(source)
    text = _LINK.sub(r"\1", text).replace("`", "")
    return " ".join(_MARKS.sub("", text).split())


def _prose(text: str) -> str:
    if "<" in text:
        text = _without_tags(text)
    if "{" in text or ":::" in text or "[!" in text:
        text = _CALLOUT.sub(_callout, _TEMPLATE.sub("", text))
    if "[" in text:
        text = _LINK.sub(_link, _IMAGE.sub("", text))
    return html.unescape(text) if "&" in text else text


def _without_tags(text: str) -> str:
    """Until nothing changes: taking a tag out may put another together (`<<b>script>`)."""
    text = _AUTOLINK.sub(r"\1", text)
    for _ in range(20):
        before = text
        text = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", _COMMENT.sub("", text))))
        if text == before:
            return text
    return text.replace("<", "")


def _callout(match: re.Match[str]) -> str:
    return match[1].capitalize() + ": "


def _link(match: re.Match[str]) -> str:
    """Only links to the web or to a mailbox stay links; others would lead nowhere in a chat."""
    words, target = match[1], match[2] or ""
    return f"[{words}]({target})" if words.strip() and _SAFE_LINK.match(target) else words


def _tidy(text: str) -> str:
    return _BLANKS.sub("\n\n", _SPACES.sub(lambda m: " " if m[0] == "\u00a0" else "", text)).strip("\n")

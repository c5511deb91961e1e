"""The figures as a page for analysts: counts beside every share, no script, every text escaped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from html import escape
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.desk.analytics import Analytics, merge
from bot.desk.answer import audiences
from bot.desk.ports import Articles
from bot.domain.directory import Directory
from bot.domain.figures import CHANNELS, FEW, Arm, Figures, Lot, Row, compared, span
from bot.domain.people import Person
from bot.domain.resolution import Ending
from bot.domain.shares import Share, percent
from bot.errors import BadInput, NotAllowed, Unknown

Who = Callable[[web.Request], Awaitable[tuple[Person, Directory]]]
PERIODS = {30: "30 days", 90: "90 days", 365: "A year"}
"""Periods that the page offers, by days."""
USUAL = 90

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Analytics · Bellhop</title>
<link rel="icon" type="image/svg+xml" href="/static/bell.svg">
<script src="/static/theme.js"></script>
<link rel="stylesheet" href="/static/style.css">
<link rel="stylesheet" href="/static/figures.css">
</head>
<body class="article figures">
<main>
<header class="figures-head"><div><p class="eyebrow"><a href="/?{reader}">Bellhop</a></p><h1>Analytics</h1></div>
<nav aria-label="Period">{periods}</nav></header>
{body}
</main>
</body>
</html>
"""


class FiguresPage:
    """The handler: for the help desk's analysts, and of articles only those that the reader may read by name."""

    def __init__(self, analytics: Analytics | None, articles: Articles | None, who: Who) -> None:
        self._analytics = analytics
        self._articles = articles
        self._who = who

    async def show(self, request: web.Request) -> web.Response:
        """The whole page."""
        person, directory = await self._who(request)
        if not directory.is_analyst(person.email):
            raise NotAllowed("Only the help desk's analysts can see the figures.")
        if self._analytics is None:
            raise Unknown("There are no figures here.")
        days = request.query.get("days", str(USUAL))
        if days not in map(str, PERIODS):
            raise BadInput(f"'days' must be one of {', '.join(map(str, PERIODS))}.")
        found = await self._analytics.latest(int(days))
        titles = await self._titles(found.articles, audiences(person, directory))
        found = found.model_copy(update={"articles": merge(found.articles, set(titles))})
        return web.Response(text=page(found, titles, int(days), person.email), content_type="text/html")

    async def _titles(self, rows: Iterable[Row], audiences: frozenset[str]) -> dict[str, str]:
        """By path, of those articles that there are and that these audiences may read."""
        paths = [row.name for row in rows if row.name]
        pages = [await self._articles.page(path, audiences) for path in paths] if self._articles else []
        return {found.path: found.title for found in pages if found}


def page(figures: Figures, titles: Mapping[str, str], period: int, reader: str) -> str:
    """The HTML page."""
    periods = "".join(
        f'<a href="/analytics?{escape(urlencode({"as": reader, "days": days}))}"{" aria-current=page" * (days == period)}>{label}</a>'
        for days, label in PERIODS.items()
    )
    parts = [_headline(figures), _counted(figures)]
    if figures.judged:
        parts += [
            _ended(figures),
            _section("Week by week", "Weeks begin on Monday, UTC.", _rows("Week of", figures.weeks, lambda r: _day(r.name), "brief")),
            _section("By channel", "", _rows("Channel", figures.channels, lambda r: escape(CHANNELS.get(r.name, r.name)), "brief")),
            _section("By article", _ABOUT_ARTICLES, _rows("Article", figures.articles, lambda r: _article(r, titles, reader))),
        ]
    parts += [_lot(figures.lot)] if figures.lot else []
    return _PAGE.format(reader=escape(urlencode({"desk": reader})), periods=periods, body="\n".join([*parts, _meaning(figures)]))


_ABOUT_ARTICLES = f"The article that an answer came from first. Those that fewer than {FEW} people asked about share one line."


def _section(title: str, hint: str, body: str) -> str:
    said = f'<p class="hint">{escape(hint)}</p>' if hint else ""
    return f"<section><h2>{escape(title)}</h2>{said}{body}</section>"


def _headline(figures: Figures) -> str:
    share = figures.confirmed
    if share.share is None or share.low is None or share.high is None:
        big = "Too few to tell" if share.of else "Nothing to count yet"
        fine = f"{share.count:,} of {share.of:,} questions. Percentages begin at {figures.enough} questions." if share.of else ""
    else:
        big = percent(share.share)
        fine = (
            f"between {percent(share.low, '')} and {percent(share.high)} with 95 % confidence: {share.count:,} of {share.of:,} questions."
        )
    return (
        f'<section class="card headline"><h2>Confirmed resolution</h2><p class="big{" few" * (share.share is None)}">{big}</p>'
        f'<p class="fine">{fine}</p>{_scale(share)}<p>{escape(figures.meaning["formula"])}</p>'
        f'<p class="hint">{escape(figures.meaning["why"])}</p></section>'
    )


def _scale(share: Share) -> str:
    if share.share is None:
        return ""
    ends = "".join(f"<span>{n}\N{NO-BREAK SPACE}%</span>" for n in (0, 25, 50, 75, 100))
    return f'<div class="scale" aria-hidden="true">{_bar(share)}<p>{ends}</p></div>'


def _bar(share: Share) -> str:
    """The interval as a band from 0 to 100 %, with the share marked in it."""
    if share.share is None or share.low is None or share.high is None:
        return ""
    left, wide = f"{100 * share.low:.2f}%", f"{max(0.5, 100 * (share.high - share.low)):.2f}%"
    return (
        '<svg class="bar" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="4"/>'
        f'<rect class="band" x="{left}" width="{wide}" height="100%" rx="4"/>'
        f'<rect class="mark" x="{100 * share.share:.2f}%" width="3" height="100%" rx="1.5" transform="translate(-1.5)"/></svg>'
    )


def _counted(figures: Figures) -> str:
    """Where every question of the period went, so that nothing is left out unsaid."""
    facts = [("asked", figures.asked), ("too early to say", figures.early)]
    facts += [("straight to a human, by lot", figures.drawn)] if figures.drawn or figures.lot else []
    facts += [("judged", figures.judged)]
    items = "".join(f"<div><dt>{name}</dt><dd>{count:,}</dd></div>" for name, count in facts)
    shown = figures.answered
    within = f" ({_range(shown)})" if shown.share is not None else ""
    half = f" Half of the confirmed ones were confirmed within {span(figures.minutes)} of asking." if figures.minutes is not None else ""
    answered = f"<p>An answer was shown to {shown.count:,} of the {shown.of:,} judged{within}.{half}</p>" if figures.judged else ""
    since = f"{figures.since:%-d %B %Y}"
    return f'<section><h2>Questions since {since}</h2><dl class="counts">{items}</dl>{answered}</section>'


def _ended(figures: Figures) -> str:
    rows = "".join(
        f'<tr><th scope="row"><i class="key {_class(line.ending)}"></i>{escape(_capital(line.ending))}'
        f'<span class="hint">{escape(line.meaning)}</span></th>'
        f'<td class="number">{line.share.count:,}</td><td class="number">{_range(line.share)}</td></tr>'
        for line in figures.endings
    )
    head = '<tr><th scope="col">Ending</th><th scope="col" class="number">Questions</th><th scope="col" class="number">Share</th></tr>'
    table = f'<div class="wide" tabindex="0"><table class="ended"><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    return _section("How they ended", "Every question that is old enough is in exactly one line.", _stack(figures) + table)


def _stack(figures: Figures) -> str:
    """All endings in one bar; none where there are too few for a share, which a bar shows as well."""
    if figures.confirmed.share is None:
        return ""
    left, pieces = 0.0, []
    for line in figures.endings:
        wide = 100 * line.share.count / figures.judged
        pieces.append(f'<rect class="{_class(line.ending)}" x="{left:.3f}%" width="{wide:.3f}%" height="100%"/>')
        left += wide
    return f'<svg class="stack" aria-hidden="true">{"".join(pieces)}</svg>'


def _rows(name: str, rows: Iterable[Row], label: Callable[[Row], str], kind: str = "") -> str:
    """A line per group: how many, how they ended, and the confirmed share with its interval."""
    head = "".join(f'<th scope="col" class="number">{c}</th>' for c in ("Asked", "Confirmed"))
    head += "".join(f'<th scope="col" class="number more">{c}</th>' for c in ("Came back", "To a human", "Unhelpful"))
    body = "".join(
        f'<tr><th scope="row">{label(row)}</th><td class="number">{row.asked:,}</td><td class="number">{row.confirmed.count:,}</td>'
        + "".join(f'<td class="number more">{row.endings.get(o, 0):,}</td>' for o in (Ending.CAME_BACK, Ending.ESCALATED, Ending.UNHELPFUL))
        + f'<td class="number">{_range(row.confirmed)}</td><td class="drawn">{_bar(row.confirmed)}</td></tr>'
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0"><table class="groups {kind}"><thead><tr><th scope="col">{name}</th>{head}'
        '<th scope="col" class="number">Confirmed resolution</th><td class="drawn"></td></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _range(share: Share) -> str:
    if share.share is None or share.low is None or share.high is None:
        return '<span class="few">too few to tell</span>'
    return f'<b>{percent(share.share)}</b> <span class="hint">{percent(share.low, "")}–{percent(share.high)}</span>'


def _article(row: Row, titles: Mapping[str, str], reader: str) -> str:
    if row.merged:
        return f'<span class="few">{row.merged:,} other article{"" if row.merged == 1 else "s"}</span>'
    address = f"/knowledge/{quote(row.name)}?{urlencode({'as': reader})}"
    return f'<a href="{escape(address)}">{escape(titles[row.name])}</a>'


def _lot(lot: Lot) -> str:
    rows = "".join(_arm(name, arm) for name, arm in (("The desk", lot.desk), ("A human", lot.human)))
    names = ("Drawn for", "Asked", "Too early", "Confirmed", "Confirmed resolution", "Half within")
    head = "".join(f'<th scope="col"{"" if not n else " class=number"}>{name}</th>' for n, name in enumerate(names))
    hint = "Questions that a lot gave to the desk or straight to a human, so that like is compared with like."
    table = f'<div class="wide" tabindex="0"><table class="groups"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    return _section("Beside humans", hint, table + "".join(f"<p>{escape(said)}</p>" for said in compared(lot)))


def _arm(name: str, arm: Arm) -> str:
    within = span(arm.minutes) if arm.minutes is not None else '<span class="few">too few to tell</span>'
    return (
        f'<tr><th scope="row">{name}</th><td class="number">{arm.asked:,}</td><td class="number">{arm.early:,}</td>'
        f'<td class="number">{arm.confirmed.count:,} of {arm.confirmed.of:,}</td><td class="number">{_range(arm.confirmed)}</td>'
        f'<td class="number">{within}</td></tr>'
    )


def _meaning(figures: Figures) -> str:
    parts = "".join(
        f"<dt>{title}</dt><dd>{escape(figures.meaning[name])}</dd>"
        for title, name in (
            ("A question", "question"),
            ("The same topic", "topic"),
            ("When it is judged", "judged"),
            ("Percentages", "interval"),
        )
    )
    return _section("What the words mean", "", f'<dl class="meaning">{parts}</dl>')


def _day(monday: str) -> str:
    return f"{date.fromisoformat(monday):%-d %b %Y}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _class(ending: Ending) -> str:
    return f"of-{ending.name.lower().replace('_', '-')}"

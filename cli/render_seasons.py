"""A year of clock changes: hours between places, who is awake when, and gaps in cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rich.text import Text

from cli.screen import Glyphs
from cli.words import count, day_text, fit, hours_text, shown, wrapped
from scheduler.domain.walltime import clock_text
from scheduler.usecases.seasons_view import ClockMove, Gap, Season, SeasonsView

__all__ = ["seasons_lines"]

_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_SPAN, _WEEKS, _COLUMN = 15, 7, 11
_MOST_GAPS = 6
_AS_BEFORE = "cover and own night as before"


def seasons_lines(view: SeasonsView, *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw the seasons as a table and a picture, then what is proven and what is missing."""
    yield Text(shown(view.name, width), style="bold")
    first = view.weeks[0].monday
    yield Text(
        f"  ISO year {view.year}: {len(view.weeks)} weeks from {day_text(first)} {first.year}",
        style="dim",
    )
    yield Text("")
    yield from _offsets(view, width, glyphs)
    yield from _changes(view, width)
    yield Text("")
    yield from _picture(view, width, glyphs)
    yield Text("")
    yield from _verdict(view, width)


def _offsets(view: SeasonsView, width: int, glyphs: Glyphs) -> Iterator[Text]:
    home = view.bases[0]
    zones = {base.zone for base in view.bases if not base.moved}
    others = [
        idx
        for idx, base in enumerate(view.bases)
        if idx and not (base.moved and base.zone in zones)
    ]
    if not others:
        return
    yield Text(f"Hours ahead of {shown(home.name, width // 2)}", style="bold cyan")
    per_line = max(1, (width - 2 - _SPAN - _WEEKS) // _COLUMN)
    for first in range(0, len(others), per_line):
        block = others[first : first + per_line]
        names = "".join(
            f"{fit(view.bases[idx].name, _COLUMN - 1, glyphs.ellipsis).rstrip():>{_COLUMN}}"
            for idx in block
        )
        yield Text(f"  {'':<{_SPAN}}{'weeks':<{_WEEKS}}{names}", style="dim")
        for season in view.seasons:
            hours = "".join(f"{_ahead(season.ahead_minutes[idx]):>{_COLUMN}}" for idx in block)
            yield Text(f"  {_span(season):<{_SPAN}}{_week_range(season.weeks):<{_WEEKS}}{hours}")
    yield Text("")


def _changes(view: SeasonsView, width: int) -> Iterator[Text]:
    yield Text("Clock changes, and what they do to a standard week", style="bold cyan")
    moved = False
    for before, season in zip(view.seasons, view.seasons[1:], strict=False):
        moved = True
        number = next(
            week.number for week in view.weeks if set(season.moves).intersection(week.moves)
        )
        told = _difference(before, season)
        text = f"week {number}: {_moves(season.moves)}: {told}"
        style = "" if told == _AS_BEFORE else "yellow"
        for idx, line in enumerate(wrapped(text, width - 4)):
            yield Text(f"  {line}" if idx == 0 else f"    {line}", style=style)
    if not moved:
        yield Text("  none: no clock changes in this year")


def _difference(before: Season, after: Season) -> str:
    """Say which figures of the standard week a clock change alters."""
    told = [
        f"{title} {hours_text(old)} -> {hours_text(new)}"
        for title, old, new in (
            ("short", before.cover.short_hours, after.cover.short_hours),
            ("own night", before.cover.own_night_hours, after.cover.own_night_hours),
            (
                "short of hours",
                before.cover.average_short_hours,
                after.cover.average_short_hours,
            ),
            (
                "own night to fill them",
                before.cover.average_own_night_hours,
                after.cover.average_own_night_hours,
            ),
        )
        if old != new
    ]
    return ", ".join(told) or _AS_BEFORE


def _moves(moves: Iterable[ClockMove]) -> str:
    return ", ".join(
        f"{move.name} {_ahead(move.minutes)} h ({day_text(move.day)})" for move in moves
    )


def _picture(view: SeasonsView, width: int, glyphs: Glyphs) -> Iterator[Text]:
    yield Text("Share of agents awake, by half hour of UTC", style="bold cyan")
    hours = "".join(f"{hour:<4d}" for hour in range(0, 24, 2)).rstrip()
    yield Text(f"  {'':<{_SPAN}}{hours}", style="dim")
    for idx, base in enumerate(view.bases):
        if not base.agents:
            continue
        head = Text(f"  {shown(base.name, width // 2)}", style="bold")
        head.append(f"  {count(base.agents, 'agent')}, {base.zone}", style="not bold dim")
        head.truncate(width)
        yield head
        for label, season in _merged(view.seasons, lambda row, idx=idx: row.awake[idx]):
            cells = "".join(_level(share, glyphs) for share in season.awake[idx])
            yield Text(f"  {label:<{_SPAN}}").append(cells, style="yellow")
    yield Text("  Standard week", style="bold")
    for label, season in _merged(view.seasons, lambda row: row.cover.most_short):
        line = Text(f"  {label:<{_SPAN}}")
        for short in season.cover.most_short:
            line.append(str(min(9, short)) if short else glyphs.none, "bold red" if short else "")
        yield line
    legend = (
        f"{glyphs.levels[8]} all awake, {glyphs.levels[4]} half, {glyphs.none} nobody; in the "
        f"standard week {glyphs.none} covered, 1 to 9 so many agents short on some day (9 or more)."
    )
    yield from (Text(f"  {line}", style="dim") for line in wrapped(legend, width - 2))


def _merged(seasons: Sequence[Season], key: object) -> Iterator[tuple[str, Season]]:
    """Join seasons that follow each other and look alike."""
    assert callable(key)
    first = 0
    for idx in range(1, len(seasons) + 1):
        if idx == len(seasons) or key(seasons[idx]) != key(seasons[first]):
            whole = first == 0 and idx == len(seasons)
            label = (
                "all year" if whole else _days(seasons[first].first_day, seasons[idx - 1].last_day)
            )
            yield label, seasons[first]
            first = idx


def _level(share: float, glyphs: Glyphs) -> str:
    if not share:
        return glyphs.none
    top = len(glyphs.levels) - 1
    return glyphs.levels[max(1, min(top, int(share * top)))]


def _verdict(view: SeasonsView, width: int) -> Iterator[Text]:
    until = view.demand_until.toordinal() - 1
    yield Text(
        f"Standard week: highest need by weekday and time, "
        f"{_days(view.demand_from, date.fromordinal(until))}",
        style="bold cyan",
    )
    if view.needs_nobody:
        yield Text("  nothing is needed, so nothing is proven", style="yellow")
    else:
        yield from _heads(view)
        yield from _hours(view, width)
    if view.proven:
        yield Text("  cover proven in both respects", style="bold green")
    if view.unknown_hours:
        told = (
            f"the horizon says nothing of {hours_text(view.unknown_hours)} of the week; they count "
            "as no need, and cover of the whole week is not proven"
        )
        yield from (Text(f"  {line}", style="yellow") for line in wrapped(told, width - 2))
    for label, alike in _same_gaps(view.seasons):
        yield from _season_gaps(view, label, alike, width)


def _heads(view: SeasonsView) -> Iterator[Text]:
    """Draw whether enough agents are awake, in all that the horizon tells of the week."""
    bad = [week.number for week in view.weeks if week.short_hours]
    if bad:
        told = f"heads: in {len(bad)} of {len(view.weeks)} weeks too few agents are awake"
        yield Text(f"  {told}", style="bold red")
    else:
        moment = "known moment" if view.unknown_hours else "moment"
        told = f"heads: enough agents awake at every {moment} of all {len(view.weeks)} weeks"
        yield Text(f"  {told}", style="bold green")


def _hours(view: SeasonsView, width: int) -> Iterator[Text]:
    """Draw whether contracts have the hours for an average week, by season."""
    hours = view.hours
    yield Text(
        f"  hours: {hours_text(hours.needed_hours)} needed in an average week, "
        f"contracts allow {hours_text(hours.contract_hours)}"
    )
    if hours.short_hours:
        told = f"{hours_text(hours.short_hours)} too few, at whatever time, for "
        lines = wrapped(told + ", ".join(hours.queue_ids), width - 4)
        yield from (Text(f"    {line}", style="red") for line in lines)
    for label, season in _merged(view.seasons, lambda row: row.cover.average_short_hours):
        short, night = season.cover.average_short_hours, season.cover.average_own_night_hours
        if short:
            told = f"{label}: {hours_text(short)} beyond the contracts of agents awake"
            if night:
                told += f"; {hours_text(night)} of it would take at least as much own night"
            yield from (Text(f"    {line}", style="red") for line in wrapped(told, width - 4))
    if not any(season.cover.average_short_hours for season in view.seasons):
        enough = "enough for what is known" if view.unknown_hours else "enough"
        yield Text(f"    {enough}, all worked by agents awake", style="bold green")


def _same_gaps(seasons: Sequence[Season]) -> Iterator[tuple[str, list[Season]]]:
    """Group seasons with gaps by their clocks: spring and autumn may be one."""
    groups: dict[tuple[int, ...], list[Season]] = {}
    for season in seasons:
        if season.cover.short_hours:
            groups.setdefault(season.offsets_minutes, []).append(season)
    for alike in groups.values():
        yield ", ".join(_span(season) for season in alike), alike


def _season_gaps(
    view: SeasonsView, label: str, alike: Sequence[Season], width: int
) -> Iterator[Text]:
    cover = alike[0].cover
    yield Text(f"  {label}: {hours_text(cover.short_hours)} a week short", style="bold")
    by_base = ", ".join(
        f"{base.name} {hours_text(hours)}"
        for base, hours in zip(view.bases, cover.own_night_by_base, strict=True)
        if hours
    )
    told = "no work in own night could fill any of it"
    if cover.own_night_hours:
        told = (
            f"{hours_text(cover.own_night_hours)} of own night would fill "
            f"{'it' if cover.own_night_hours == cover.short_hours else 'as much of it'}, "
            f"for instance {by_base}; "
            f"{hours_text(cover.night_contract_hours)} under contracts that allow nights"
        )
    yield from (Text(f"    {line}", style="dim") for line in wrapped(told, width - 4))
    for gap in cover.gaps[:_MOST_GAPS]:
        lines = wrapped(_gap(gap), width - 6)
        yield Text(f"    {lines[0]}", style="yellow")
        yield from (Text(f"      {line}", style="yellow") for line in lines[1:])
    if len(cover.gaps) > _MOST_GAPS:
        yield Text(f"    and {len(cover.gaps) - _MOST_GAPS} more (all with --json)", style="dim")


def _gap(gap: Gap) -> str:
    until = gap.from_utc_minute + gap.minutes
    end = clock_text(until) if until <= 1440 else f"{clock_text(until % 1440)}"
    days = "" if until <= 1440 else f" (+{(until - 1) // 1440} d)"
    place = gap.local_zone.rsplit("/", maxsplit=1)[-1].replace("_", " ")
    return (
        f"{gap.queue_id} {_weekday_text(gap.weekdays)} "
        f"{clock_text(gap.from_utc_minute)}-{end}Z{days} "
        f"({clock_text(gap.from_local_minute)} in {place}), up to {gap.most_short} short: "
        f"{', '.join(gap.queue_ids)} need {gap.needed}, {gap.awake} awake; "
        f"{hours_text(gap.short_hours)} a week, {hours_text(gap.own_night_hours)} by own night"
    )


def _weekday_text(days: Sequence[int]) -> str:
    """Return ISO weekdays as ``Mo-Fr, Su``."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        _WEEKDAYS[run[0] - 1] + (f"-{_WEEKDAYS[run[-1] - 1]}" if len(run) > 1 else "")
        for run in runs
    )


def _ahead(minutes: int) -> str:
    """Return a difference of clocks such as ``+10`` or ``-3:30``, in hours."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{hours}:{rest:02d}" if rest else f"{sign}{hours}"


def _span(season: Season) -> str:
    return _days(season.first_day, season.last_day)


def _days(first: date, last: date) -> str:
    """Return ``28 Mar-3 Apr``, or ``28 Mar`` for a single day."""
    days = dict.fromkeys((first, last))
    return "-".join(day_text(day).split(maxsplit=1)[1] for day in days)


def _week_range(weeks: Sequence[int]) -> str:
    return str(weeks[0]) if len(weeks) == 1 else f"{weeks[0]}-{weeks[-1]}"

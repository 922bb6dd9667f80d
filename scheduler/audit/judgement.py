"""One limit held against one place of a roster: broken, or kept with nothing to spare.

A limit is *right at* a place when one more quarter of an hour, or one more shift, day or night,
would have been a breach. Breaches become findings, the others tell which rules bind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.audit.facts import AgentFacts, Duty
from scheduler.audit.finding import Finding
from scheduler.audit.wording import REASON_WORDS
from scheduler.labour import Applied, law_name
from scheduler.timegrid.timeline import place_at

__all__ = [
    "STEP_MINUTES",
    "Judgement",
    "Span",
    "duties_span",
    "findings_of",
    "joined_windows",
    "law_words",
    "pairs",
    "window_span",
]

STEP_MINUTES = 15
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with the clocks on which its two ends are told (aware UTC, half-open)."""

    start: datetime
    end: datetime
    zone: str
    end_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A limit at one place of an agent's roster, where it is broken or has nothing to spare.

    Parameters
    ----------
    rule : str
        Code of the finding that a breach is.
    law : Applied or str
        The limit; ``contract`` or ``company`` where it stands in no pack.
    slack : int
        What is left, in minutes or shifts; negative when broken.
    strictness : int
        Of two limits broken at one place, the greater is the stricter.
    measured, limit : str
        As in `Finding`.
    span : Span
        From where to where.
    pinned : bool
        Pins and history alone are just as far.
    params : tuple of (str, str)
        Further words of the rule's sentence.
    """

    rule: str
    law: Applied | str
    slack: int
    strictness: int
    measured: str
    limit: str
    span: Span
    pinned: bool
    params: tuple[tuple[str, str], ...] = ()

    @property
    def broken(self) -> bool:
        """Whether the limit is not kept."""
        return self.slack < 0

    @property
    def law_key(self) -> tuple[str, str, date | None]:
        """What tells limits apart: pack, name and since when it is valid."""
        if isinstance(self.law, str):
            return self.law, "", None
        limit = self.law.limit
        return self.law.pack.pack_id, limit.name, limit.valid_from


def duties_span(duties: Sequence[Duty]) -> Span:
    """Return the time from the start of the first shift to the end of the last."""
    last = max(duties, key=lambda duty: duty.end)
    return Span(duties[0].start, last.end, duties[0].zone, last.zone)


def window_span(agent: AgentFacts, opening: Duty, minutes: int) -> Span:
    """Return the window of so many elapsed minutes that a shift opens."""
    end = opening.start + minutes * _MINUTE
    return Span(opening.start, end, opening.zone, place_at(agent.timeline, end).zone)


def pairs(agent: AgentFacts) -> Iterator[tuple[Duty, Duty]]:
    """Yield each shift with the next, where the roster has a part in it.

    Of shifts that overlap, the one that ends last is followed by the next.
    """
    before: Duty | None = None
    for after in agent.duties:
        if before is not None and not (before.past and after.past):
            yield before, after
        if before is None or after.end > before.end:
            before = after


def joined_windows(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join half-open ranges in order of their starts where they overlap or touch."""
    joined: list[tuple[int, int]] = []
    for first, after in windows:
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(after, joined[-1][1])
        else:
            joined.append((first, after))
    return joined


def law_words(law: Applied | str) -> str:
    """Return how a sentence cites a limit: pack and article, and why the pack holds."""
    if isinstance(law, str):
        return law
    cited = law_name(law.pack, law.limit)
    if law.pack.kind == "policy" or not all(REASON_WORDS[reason] for reason in law.reasons):
        return cited
    return f"{cited}, {REASON_WORDS[law.reasons[0]]}"


def findings_of(agent: AgentFacts, judged: Iterable[Judgement]) -> Iterator[Finding]:
    """Yield a finding for each place where limits are broken.

    Where several limits are broken at one place, the strictest is told and the others named.
    """
    places: dict[tuple[str, datetime, datetime, bool], list[Judgement]] = defaultdict(list)
    for row in judged:
        if row.broken:
            places[row.rule, row.span.start, row.span.end, row.pinned].append(row)
    for rows in places.values():
        strictest = max(rows, key=_rank)
        told = law_words(strictest.law)
        others = dict.fromkeys(law_words(row.law) for row in sorted(rows, key=_rank, reverse=True))
        also = "; ".join(words for words in others if words != told)
        reasons = (
            strictest.law if isinstance(strictest.law, str) else "; ".join(strictest.law.reasons)
        )
        yield Finding(
            strictest.rule,
            "hard",
            strictest.measured,
            strictest.limit,
            agent_id=agent.agent_id,
            start=strictest.span.start,
            end=strictest.span.end,
            pinned=strictest.pinned,
            params=(
                ("agent", agent.label),
                ("zone", strictest.span.zone),
                ("end_zone", strictest.span.end_zone),
                *strictest.params,
                ("law", told),
                ("reasons", reasons),
                *((("also", also),) if also else ()),
            ),
        )


def _rank(row: Judgement) -> tuple[int, bool]:
    """Rank the stricter limit higher, of equals one of law above one of the company."""
    by_law = isinstance(row.law, Applied) and row.law.pack.kind != "policy"
    return row.strictness, by_law

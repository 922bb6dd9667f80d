"""One thing a roster does not keep, as a record and as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from scheduler.audit.facts import AgentFacts, Duty
from scheduler.audit.wording import SENTENCES, moment_text, utc_text

__all__ = ["Finding", "shift_finding"]

_OF_PINS = frozenset(
    {
        "availability",
        "change_of_place",
        "closure",
        "employment",
        "off_grid",
        "shift_grid",
        "shift_length",
        "time_off",
        "waking_hours",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a roster does not keep.

    Parameters
    ----------
    rule : str
        Stable code, a key of ``wording.SENTENCES``; ``docs/audit.md`` explains each.
    severity : {"hard", "soft"}
        Hard findings forbid publishing; soft ones are worth a look.
    agent_id, queue_id : str, optional
        Whom and which queue it concerns.
    start, end : datetime.datetime, optional
        Aware UTC instants of the matter (of a rest: its start and end).
    measured, limit : str
        What was found and what is demanded, in words with units.
    pinned : bool
        Pins (and history) alone cause it: named, kept, reported.
    params : tuple of (str, str)
        Further words of the sentence: ``agent`` (name and key), ``zone`` and ``end_zone`` (clocks
        of `start` and `end`), what the rule's sentence asks for, and of limits ``law`` (pack and
        article), ``reasons`` (why the pack holds) and ``also`` (other laws broken there).
    """

    rule: str
    severity: Literal["hard", "soft"]
    measured: str
    limit: str
    agent_id: str | None = None
    queue_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    pinned: bool = False
    params: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.rule not in SENTENCES:
            raise ValueError(f"no such rule: {self.rule!r}")

    @property
    def sentence(self) -> str:
        """One sentence: agent, rule, instants in UTC and on the local clock, limit."""
        words = dict(self.params)
        zone = words.get("zone")
        body = SENTENCES[self.rule].format_map(
            words
            | {
                "measured": self.measured,
                "limit": self.limit,
                "queue": self.queue_id or "",
                "start": "" if self.start is None else moment_text(self.start, zone),
                "end": ""
                if self.end is None
                else moment_text(self.end, words.get("end_zone", zone)),
            }
        )
        if "law" in words:
            also = f"; also {words['also']}" if "also" in words else ""
            body = f"{body} ({words['law']}{also})"
        who = words.get("agent", self.agent_id)
        sentence = body if who is None else f"{who}: {body}"
        return f"{sentence} (pinned: kept as asked)" if self.pinned else sentence

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-able values; instants as ``...Z``."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "agent_id": self.agent_id,
            "queue_id": self.queue_id,
            "start_utc": None if self.start is None else utc_text(self.start),
            "end_utc": None if self.end is None else utc_text(self.end),
            "measured": self.measured,
            "limit": self.limit,
            "pinned": self.pinned,
            "params": dict(self.params),
            "sentence": self.sentence,
        }


def shift_finding(
    agent: AgentFacts,
    duty: Duty,
    rule: str,
    measured: str,
    limit: str,
    *,
    severity: Literal["hard", "soft"] = "hard",
    start: datetime | None = None,
    end: datetime | None = None,
    params: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """Return a finding about one shift, or a part of it, on the clock of its place of work.

    It is pinned when the shift is a pin and the rule is one that a pin by itself can break.
    """
    return Finding(
        rule,
        severity,
        measured,
        limit,
        agent_id=agent.agent_id,
        start=duty.start if start is None else start,
        end=duty.end if end is None else end,
        pinned=duty.fixed and start is None and rule in _OF_PINS,
        params=(("agent", agent.label), ("zone", duty.zone), *params),
    )

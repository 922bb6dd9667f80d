"""The example's queues, the shape of what arrives on them, and agents needed by decision.

A queue's contacts are the product of a daily curve on its own clock and a factor for the weekday;
`dutch_247_contacts` draws a history around it. ``demand.csv`` is the forecast of that history.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.domain import WallTime
from scheduler.timegrid.zones import Repeated, Skipped, local_of, start_of_day, utc_of

ZONE = "Europe/Amsterdam"
HORIZON_START, HORIZON_END = date(2027, 3, 22), date(2027, 4, 5)
INTERVAL = timedelta(minutes=30)

Curve = tuple[tuple[float, float], ...]

# Hour of the local day, share of the busiest half hour; linear in between.
_DUTCH_PHONE: Curve = (
    (0, 0.05), (3, 0.03), (6, 0.05), (7, 0.16), (8, 0.48), (9, 0.82), (10, 1.0), (11.5, 1.0),
    (12.5, 0.78), (13.5, 0.94), (16, 0.94), (17, 0.74), (18, 0.55), (19, 0.52), (20.5, 0.46),
    (22, 0.24), (23, 0.10), (24, 0.05),
)  # fmt: skip
_DUTCH_WRITTEN: Curve = (
    (0, 0.12), (2, 0.04), (5, 0.03), (7, 0.20), (9, 0.75), (10.5, 0.95), (12.5, 0.90), (14, 0.92),
    (16, 0.85), (18, 0.68), (20, 1.0), (21.5, 0.90), (23, 0.40), (24, 0.12),
)  # fmt: skip
_TRAVELLERS: Curve = (
    (0, 0.30), (3, 0.24), (6, 0.34), (9, 0.85), (11, 1.0), (13, 0.85), (15, 0.95), (18, 0.70),
    (21, 0.55), (24, 0.30),
)  # fmt: skip
_AUSTRALIAN: Curve = (
    (7, 0.35), (9, 0.85), (11, 1.0), (13, 0.80), (16, 0.90), (18, 0.65), (20, 0.55), (21, 0.30),
)  # fmt: skip

_OFFICE_WEEK = (1.12, 1.02, 0.98, 0.97, 0.93, 0.52, 0.42)
_TRAVEL_WEEK = (1.08, 1.0, 0.95, 0.97, 1.05, 0.85, 0.80)


@dataclass(frozen=True, slots=True)
class Stream:
    """One queue and the shape of its contacts.

    Parameters
    ----------
    target : tuple of int
        Percent of contacts answered within so many seconds; empty for deferrable work.
    opening : tuple of (str, float, float)
        Weekdays by their digits (0 is Monday) and local hours; empty is always open.
    busiest : float
        Contacts in the busiest half hour of an average weekday; 0 when the queue is staffed by
        ``requirements.csv`` alone.
    aht_s : int
        Average handling time in seconds by day; nights take a little longer.
    """

    queue_id: str
    client: str
    channel: str
    language: str
    min_level: str
    priority: int
    busiest: float
    aht_s: int
    curve: Curve
    week: tuple[float, ...]
    certificate: str = ""
    opening: tuple[tuple[str, float, float], ...] = ()
    zone: str = ZONE
    target: tuple[int, int] | tuple[()] = ()
    concurrency: int = 1
    patience_s: int = 0
    deadline_hours: int = 0
    shrinkage: str = ""
    country: str = "NL"


STREAMS = (
    Stream("LM-PHONE-NL", "lichtmolen", "phone", "nl", "B2", 1, 12, 310, _DUTCH_PHONE,
           _OFFICE_WEEK, certificate="KSF", target=(80, 20), patience_s=120),
    Stream("RV-PHONE-NL", "reisvink", "phone", "nl", "B2", 1, 4.6, 280, _TRAVELLERS,
           _TRAVEL_WEEK, target=(75, 20), patience_s=120),
    Stream("LM-WA-NL", "lichtmolen", "whatsapp", "nl", "B2", 2, 8.4, 420, _DUTCH_WRITTEN,
           _OFFICE_WEEK, target=(80, 15), concurrency=3),
    Stream("RV-PHONE-EN", "reisvink", "phone", "en", "B2", 2, 1.8, 300, _TRAVELLERS,
           _TRAVEL_WEEK, target=(70, 30), patience_s=150),
    Stream("RV-PHONE-DE", "reisvink", "phone", "de", "B2", 2, 1.6, 300, _DUTCH_PHONE,
           _TRAVEL_WEEK, opening=(("01234", 8, 20), ("5", 10, 16)), target=(70, 30),
           patience_s=120, country="DE"),
    Stream("LM-CHAT-NL", "lichtmolen", "chat", "nl", "B2", 3, 2.8, 480, _DUTCH_PHONE,
           _OFFICE_WEEK, certificate="KSF", opening=(("01234", 9, 21), ("5", 10, 16)),
           target=(80, 60), concurrency=2, shrinkage="0.05"),
    Stream("RV-CHAT-EN", "reisvink", "chat", "en", "B2", 3, 2.4, 540, _AUSTRALIAN,
           _TRAVEL_WEEK, opening=(("01234", 8, 18), ("56", 10, 16)), zone="Australia/Sydney",
           target=(80, 60), concurrency=2, country="AU"),
    Stream("LM-MAIL-NL", "lichtmolen", "email", "nl", "B2", 4, 5.8, 400, _DUTCH_WRITTEN,
           _OFFICE_WEEK, opening=(("0123456", 6, 24),), deadline_hours=24),
    Stream("RV-MAIL-NL", "reisvink", "email", "nl", "B2", 4, 3.2, 380, _TRAVELLERS,
           _TRAVEL_WEEK, opening=(("0123456", 8, 20),), deadline_hours=8),
    Stream("RV-SOCIAL-NL", "reisvink", "social", "nl", "B2", 4, 0, 0, (), (),
           opening=(("01234", 10, 20), ("56", 12, 18)), target=(80, 600)),
)  # fmt: skip


def queue_rows() -> Iterator[tuple[object, ...]]:
    """Yield the rows of ``queues.csv``."""
    for stream in STREAMS:
        percent, seconds = stream.target or ("", "")
        yield (
            stream.queue_id, stream.client, stream.channel, stream.language, stream.min_level,
            stream.certificate, stream.priority, _opening_text(stream), stream.zone,
            stream.country, percent, seconds, stream.concurrency if stream.concurrency > 1 else "",
            stream.patience_s or "", stream.deadline_hours or "", stream.shrinkage,
        )  # fmt: skip


def requirement_rows() -> Iterator[tuple[object, ...]]:
    """Yield the rows of ``requirements.csv``.

    Web care is staffed by decision, with a second head on two busy travel days; and three agents
    stand by on the energy line in the night of an announced power cut.
    """
    social = STREAMS[-1]
    busy = (date(2027, 3, 25), date(2027, 3, 30))
    for instant in intervals():
        wall = local_of(instant, ZONE).wall
        if is_open(social, wall):
            agents = 2 if wall.day in busy and 12 * 60 <= wall.minute < 16 * 60 else 1
            yield social.queue_id, instant_text(instant), agents
    cut = WallTime(date(2027, 3, 31), 60)
    start = utc_of(cut, ZONE, skipped=Skipped.REJECT, repeated=Repeated.REJECT)
    for half_hours in range(6):
        yield "LM-PHONE-NL", instant_text(start + half_hours * INTERVAL), 3


def intervals() -> Iterator[datetime]:
    """Yield the starts of all half hours of the horizon, in UTC."""
    instant, end = start_of_day(HORIZON_START, ZONE), start_of_day(HORIZON_END, ZONE)
    while instant < end:
        yield instant
        instant += INTERVAL


def level(curve: Curve, hour: float) -> float:
    right = min(bisect_right(curve, (hour, 2.0)), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[max(right - 1, 0)], curve[right]
    return y0 + (y1 - y0) * (min(hour, x1) - x0) / (x1 - x0)


def is_open(stream: Stream, wall: WallTime) -> bool:
    weekday, hour = str(wall.day.weekday()), wall.minute / 60
    return not stream.opening or any(
        weekday in days and start <= hour < end for days, start, end in stream.opening
    )


def _opening_text(stream: Stream) -> str:
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    parts = []
    for days, start, end in stream.opening:
        first, last = names[int(days[0])], names[int(days[-1])]
        span = first if first == last else f"{first}-{last}"
        parts.append(f"{span} {int(start):02d}:00-{int(end):02d}:00")
    return "; ".join(parts) or "Mo-Su 00:00-24:00"


def instant_text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"

"""Results of forecasts, requirements and simulations on the wire."""

from __future__ import annotations

from datetime import date, datetime

from api.schemas.base import Told
from api.schemas.work import HorizonTold

__all__ = ["ForecastResultTold", "OutcomeTold", "RequirementsResultTold", "SimulationResultTold"]


class IntervalNeedTold(Told):
    """One queue in one interval; `wall` is its start on the queue's clock."""

    start: datetime
    wall: str
    offered: float
    aht_s: float
    load_erlang: float
    net: int
    gross: int
    has_demand: bool
    is_fixed: bool


class DayNeedTold(Told):
    """Sums of one day on the queue's clock; least and most agents where there are contacts."""

    day: date
    contacts: float
    peak_load: float
    net: list[int]
    gross: list[int]
    net_hours: float
    hours: float


class QueueNeedTold(Told):
    """One queue: agents at work (net) and to roster (gross) in each interval."""

    queue_id: str
    channel: str
    language: str
    zone: str
    target: str
    shrinkage: float
    intervals: list[IntervalNeedTold]
    days: list[DayNeedTold]


class PoolNeedTold(Told):
    """Queues that are staffed together: most agents at once, and agent-hours."""

    name: str
    queue_ids: list[str]
    contacts: float
    most: int
    hours: float


class NeedTotalsTold(Told):
    """All queues of the result together; `hours` and `most` are of agents to roster."""

    contacts: float
    net_hours: float
    hours: float
    most: int


class ResultTold(Told):
    """What every result says first."""

    format: str
    period_id: str
    horizon: HorizonTold
    interval_minutes: int


class AccuracyTold(Told):
    """Absolute errors and errors by contacts; null where nothing came but some were expected."""

    wape: float | None
    bias: float | None


class CoverageTold(Told):
    """Share of intervals whose contacts lay within the bounds of a level in percent."""

    level: int
    share: float


class BacktestTold(Told):
    """How forecasts from past days fared, beside the same weekday of the week before (naive)."""

    queue_id: str
    origins: list[date]
    intervals: int
    contacts: float
    interval: AccuracyTold
    day: AccuracyTold
    naive_interval: AccuracyTold
    naive_day: AccuracyTold
    coverage: list[CoverageTold]


class QueueForecastTold(Told):
    """One queue over the horizon; no backtest where none was asked for or history is short."""

    queue_id: str
    contacts: float
    history_days: int
    missing_intervals: int
    backtest: BacktestTold | None


class LeftOutTold(Told):
    """A date of the history that was not learnt from: a `gap`, or `unusual`."""

    queue_id: str
    day: date
    reason: str
    offered: float | None
    expected: float | None


class ForecastDayTold(Told):
    """One queue on one date of its customers; `bounds` in order of levels."""

    queue_id: str
    day: date
    offered: float
    bounds: list[list[float]]


class ForecastRowTold(Told):
    """One queue in one interval; `bounds` are lowest and highest contacts, in order of levels."""

    queue_id: str
    start: datetime
    offered: float
    bounds: list[list[float]]
    aht_s: float | None


class ForecastResultTold(ResultTold):
    """Contacts to expect in every interval of a period."""

    history_sha256: str
    levels: list[int]
    queues: list[QueueForecastTold]
    left_out: list[LeftOutTold]
    days: list[ForecastDayTold]
    rows: list[ForecastRowTold]


class RequirementsResultTold(ResultTold):
    """What a period's contacts need; rows of requirements play no part in it."""

    name: str
    input_sha256: str
    queues: list[QueueNeedTold]
    pools: list[PoolNeedTold]
    totals: NeedTotalsTold


class EstimateTold(Told):
    """A figure with its confidence interval; null where there is nothing to divide by."""

    mean: float | None
    low: float | None
    high: float | None


class OutcomeTold(Told):
    """What customers and agents get to feel; counts are means per replication."""

    offered: EstimateTold
    answered: EstimateTold
    answered_in_time: EstimateTold
    abandoned: EstimateTold
    turned_away: EstimateTold
    pending: EstimateTold
    service_level: EstimateTold
    service_level_excl_short_abandons: EstimateTold
    abandon_share: EstimateTold
    mean_wait_s: EstimateTold
    longest_wait_s: EstimateTold
    occupancy: EstimateTold
    late_share: EstimateTold
    agent_hours: EstimateTold


class ChannelOutcomeTold(Told):
    """All queues of a channel over the horizon, each by its own target."""

    channel: str
    outcome: OutcomeTold


class QueueOutcomeTold(Told):
    """One queue over the horizon, what it promises, and the service level promised."""

    queue_id: str
    channel: str
    promise: str
    target: float | None
    outcome: OutcomeTold


class HourOutcomeTold(Told):
    """One queue in one hour of the horizon."""

    queue_id: str
    start: datetime
    outcome: OutcomeTold


class AssumptionsTold(Told):
    """What the simulation took for granted."""

    shrinkage: bool
    blend: bool
    ramp_up: bool
    handling_cv: float | None
    warm_up_hours: int


class SimulationResultTold(ResultTold):
    """What replications of one roster had in common; fewer than asked for when stopped."""

    roster_id: str
    input_sha256: str
    replications_asked: int
    start: datetime
    replications: int
    seed: int
    routing: str
    assumptions: AssumptionsTold
    confidence: float
    contacts: int
    total: OutcomeTold
    channels: list[ChannelOutcomeTold]
    queues: list[QueueOutcomeTold]
    hours: list[HourOutcomeTold]

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from scheduler.domain import Horizon
from scheduler.domain.period import Period
from scheduler.store import (
    DOCUMENT_TABLES,
    BadRowError,
    ConflictError,
    NotFoundError,
    Store,
    StoredRow,
    StoreError,
    Unit,
)
from tests.store.test_ledger import PERIOD, at_once, while_open

SITE = {"site_id": "ams", "name": "Amsterdam", "zone": "UTC", "country": "NL", "currency": "EUR"}
NASTY = (
    "'; DROP TABLE agent; --",
    'double " and back \\ slash',
    "two\nlines\tand a tab",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*2",
    "-2+3",
    "%s %(name)s :name ? $1 {} {{",
    "emoji 👩‍💻 and 𝒻𝑜𝓊𝓇 bytes 𠜎",
    "Zoë (o\u0308 ö) \u202eright to left\u202c",
    " blanks around ",
    "NULL",
    "x" * 5_000,
)


def make_wish(rng: random.Random) -> dict[str, Any]:
    wish: dict[str, Any] = {
        "agent_id": rng.choice("abc"),
        "wish": rng.choice(("want", "avoid")),
        "strength": rng.randint(1, 5),
    }
    if rng.random() < 0.5:
        wish["from"] = "09:00"
    if rng.random() < 0.5:
        wish["date"] = rng.choice(NASTY)
    return wish


def make_location(rng: random.Random) -> dict[str, Any]:
    return {
        "agent_id": rng.choice("ab"),
        "from_date": f"2027-03-0{rng.randint(1, 4)}",
        "zone": "UTC",
        "country": rng.choice(("NL", "SR")),
    }


class Model:
    """What a table should hold, in plain Python."""

    def __init__(self, table: str) -> None:
        self.table, self.key = table, DOCUMENT_TABLES[table].key
        self.rows: dict[int, StoredRow] = {}
        self.used: set[int] = set()

    def is_taken(self, values: dict[str, Any], but: int | None = None) -> bool:
        return bool(self.key) and any(
            row_id != but and all(row.values.get(name) == values.get(name) for name in self.key)
            for row_id, row in self.rows.items()
        )


@pytest.mark.parametrize(("table", "make"), [("wishes", make_wish), ("locations", make_location)])
@pytest.mark.parametrize("seed", [1, 2])
def test_rows_do_as_a_plain_model_does(store: Store, table: str, make: Any, seed: int) -> None:
    rng = random.Random(seed)
    model = Model(table)
    for _ in range(60):
        before, entries = dict(model.rows), 0
        is_kept = rng.random() < 0.8
        with suppress(InterruptedError), store.writing(by="me") as unit:
            start = len(unit.trail.list(limit=10_000))
            for _ in range(rng.randint(1, 4)):
                entries += step(rng, unit, model, make(rng))
            assert len(unit.trail.list(limit=10_000)) == start + entries
            interrupt(is_kept=is_kept)
        if not is_kept:
            model.rows = before
        with store.reading() as unit:
            assert unit.rows.list(table, limit=1_000) == tuple(
                model.rows[row_id] for row_id in sorted(model.rows)
            )
        model.used |= set(model.rows)


def interrupt(*, is_kept: bool) -> None:
    if not is_kept:
        raise InterruptedError


def step(rng: random.Random, unit: Any, model: Model, values: dict[str, Any]) -> int:
    """Do one thing to the database and to the model; return the changes made."""
    deed = rng.choice(("add", "add", "put", "delete"))
    row_id = rng.choice([*model.rows, 10_000]) if model.rows else 10_000
    held = model.rows.get(row_id)
    version = (held.version if held else 1) + (rng.random() < 0.2)
    if deed == "add":
        if model.is_taken(values):
            with pytest.raises(ConflictError):
                unit.rows.add(model.table, values)
            return 0
        added = unit.rows.add(model.table, values)
        assert added.row_id > max([0, *model.used, *model.rows])
        assert added == StoredRow(model.table, added.row_id, 1, values)
        model.rows[added.row_id] = added
        return 1
    if held is None or version != held.version:
        call, middle = (unit.rows.put, (values,)) if deed == "put" else (unit.rows.delete, ())
        with pytest.raises(NotFoundError if held is None else ConflictError) as caught:
            call(model.table, row_id, *middle, version)
        assert getattr(caught.value, "version", None) == (held.version if held else None)
        return 0
    if deed == "delete":
        unit.rows.delete(model.table, row_id, version)
        del model.rows[row_id]
        return 1
    if model.is_taken(values, row_id):
        return 0  # the database refuses it and ends the transaction: a test of its own
    model.rows[row_id] = unit.rows.put(model.table, row_id, values, version)
    assert model.rows[row_id] == StoredRow(model.table, row_id, version + 1, values)
    assert unit.rows.get(model.table, row_id) == model.rows[row_id]
    return 1


def test_a_row_id_is_never_used_again(store: Store) -> None:
    with store.writing() as unit:
        first = unit.rows.add("sites", SITE)
        unit.rows.delete("sites", first.row_id, 1)
    with store.writing() as unit:
        assert unit.rows.add("sites", SITE).row_id > first.row_id


def test_natural_keys(store: Store) -> None:
    place = {"agent_id": "a", "from_date": "2027-03-01", "zone": "UTC", "country": "NL"}
    with store.writing() as unit:
        site = unit.rows.add("sites", SITE)
        other = unit.rows.add("sites", {**SITE, "site_id": "par"})
        stay = unit.rows.add("locations", place)
        assert unit.rows.get("sites", "ams") == unit.rows.get("sites", site.row_id) == site
        assert unit.rows.get("locations", ("a", "2027-03-01")) == stay
        with pytest.raises(ConflictError) as caught:
            unit.rows.add("sites", SITE)
        assert caught.value.version == 1
        for table, key in (
            ("sites", "no"), ("sites", 99), ("sites", 2**63), ("sites", ("ams", "x")),
            ("wishes", "a"), ("staff", "a"),
        ):  # fmt: skip
            with pytest.raises(NotFoundError):
                unit.rows.get(table, key)
    with pytest.raises(ConflictError), store.writing() as unit:
        unit.rows.put("sites", other.row_id, SITE, other.version)
    with store.reading() as unit:
        assert unit.rows.list("sites") == (site, other)
        assert unit.rows.list("sites", after=site.row_id) == (other,)
        assert unit.rows.list("sites", limit=1) == (site,)
        assert unit.rows.list("sites", where={"site_id": "par", "zone": "UTC"}) == (other,)
        for where in ({"row_id": 1}, {"nothing": "x"}, {"zone": 1}):
            with pytest.raises(BadRowError):
                unit.rows.list("sites", where=where)


def test_text_comes_back_as_it_went(store: Store) -> None:
    for nasty in NASTY:
        values = {**SITE, "site_id": nasty[:100], "name": nasty}
        with store.writing(by=nasty) as unit:
            unit.rows.add("sites", values)
        with store.reading() as unit:
            assert unit.rows.get("sites", nasty[:100]).values == values
            assert unit.rows.list("sites", where={"name": nasty})[0].values == values
            entry = unit.trail.list()[0]
            assert (entry.who, entry.change.after) == (nasty, values)
            assert unit.rows.list("agents") == ()


@pytest.mark.parametrize("bad", ["nul \0", "half \ud83d a pair"])
def test_what_only_one_database_would_keep_is_refused_by_both(store: Store, bad: str) -> None:
    deeds: tuple[Callable[[Unit], object], ...] = (
        lambda unit: unit.rows.add("sites", {**SITE, "name": bad}),
        lambda unit: unit.rows.list("sites", where={"name": bad}),
        lambda unit: unit.rows.get("sites", bad),
        lambda unit: unit.principals.by_name(bad),
        lambda unit: unit.trail.list(before=10**30),
        lambda unit: unit.jobs.progress_after("j", 10**30),
    )
    for deed in deeds:
        with pytest.raises(BadRowError), store.writing() as unit:
            deed(unit)


def test_reading_does_not_write_and_sees_one_state(store: Store) -> None:
    with pytest.raises(StoreError, match="reading only"), store.reading() as unit:
        unit.rows.add("sites", SITE)
    with store.reading() as unit:
        assert unit.rows.list("sites") == ()
        with store.writing() as other:
            other.rows.add("sites", SITE)
        assert unit.rows.list("sites") == ()
    with store.reading() as unit:
        assert len(unit.rows.list("sites")) == 1
    with store.writing() as unit:
        unit.rows.add("sites", {**SITE, "site_id": "par"})


def test_of_two_who_change_a_row_one_wins(store: Store) -> None:
    with store.writing() as unit:
        row = unit.rows.add("sites", SITE)

    def change(name: str) -> Any:
        def run() -> StoredRow:
            with store.writing(by=name) as unit:
                return unit.rows.put("sites", row.row_id, {**SITE, "name": name}, 1)

        return run

    found = at_once(*[change(f"n{idx}") for idx in range(6)])
    winners = [one for one in found if isinstance(one, StoredRow)]
    losers = [one for one in found if isinstance(one, ConflictError)]
    assert (len(winners), len(losers)) == (1, 5)
    assert {one.version for one in losers} == {2}
    with store.reading() as unit:
        assert unit.rows.list("sites") == (winners[0],)
        assert len(unit.trail.list()) == 2


def test_who_comes_while_a_row_is_being_changed_waits_and_loses(store: Store) -> None:
    with store.writing() as unit:
        row = unit.rows.add("sites", SITE)

    @contextmanager
    def first() -> Iterator[None]:
        with store.writing() as unit:
            unit.rows.put("sites", row.row_id, {**SITE, "name": "first"}, 1)
            yield

    def second() -> int | None:
        with pytest.raises(ConflictError) as caught, store.writing() as unit:
            unit.rows.put("sites", row.row_id, {**SITE, "name": "second"}, 1)
        return caught.value.version

    assert while_open(first, second) == 2
    with store.reading() as unit:
        assert unit.rows.get("sites", "ams").values["name"] == "first"


def test_periods_are_versioned(store: Store) -> None:
    with store.writing(by="p1") as unit:
        unit.periods.add(PERIOD)
    changed = Period(
        "p", "Näme", Horizon(PERIOD.horizon.start, PERIOD.horizon.end, "Asia/Kathmandu"),
        '{"a":1}', (), ("q", "r"),
    )  # fmt: skip
    with store.writing(by="p2") as unit:
        after = unit.periods.put(changed)
    with store.reading() as unit:
        assert unit.periods.get("p") == after
        assert after.version == 2
        assert [entry.who for entry in unit.trail.list(subject="periods", key="p")] == ["p2", "p1"]
    deeds: tuple[Callable[[Unit], object], ...] = (
        lambda unit: unit.periods.add(PERIOD),
        lambda unit: unit.periods.put(PERIOD),
        lambda unit: unit.periods.delete("p", 1),
    )
    for deed in deeds:
        with pytest.raises(ConflictError) as caught, store.writing() as unit:
            deed(unit)
        assert caught.value.version == 2
    with store.writing() as unit:
        unit.periods.delete("p", 2)
        assert unit.periods.list() == ()
        with pytest.raises(NotFoundError):
            unit.periods.document("p", instants=(None, None))  # type: ignore[arg-type]


def test_writers_wait_for_each_other(store: Store) -> None:
    def add(idx: int) -> Any:
        def run() -> None:
            for turn in range(5):
                with store.writing() as unit:
                    unit.rows.add("sites", {**SITE, "site_id": f"{idx}-{turn}"})

        return run

    assert at_once(*[add(idx) for idx in range(6)]) == [None] * 6
    with store.reading() as unit:
        rows = unit.rows.list("sites")
        assert len({row.row_id for row in rows}) == len(rows) == 30


def test_a_batch_does_as_one_row_after_the_other(store: Store) -> None:
    """With ids and without; what is replaced is there once, before and after are in the trail."""
    rng = random.Random(3)
    stays = [
        {"agent_id": agent, "from_date": f"2027-03-0{day}", "zone": "UTC", "country": "NL"}
        for agent in ("a", "b 👩‍💻") for day in range(1, 9)
    ]  # fmt: skip
    with store.writing() as unit:
        for stay in stays[::3]:
            unit.rows.add("locations", stay)
    moved = [stay | {"country": rng.choice(("NL", "SR"))} for stay in stays]
    with store.writing() as unit:
        there = unit.rows.keyed("locations", [stays[0], stays[1], stays[6], stays[14]])
        assert sorted(row.values["from_date"] for row in there) == ["2027-03-01", "2027-03-07"]
        with pytest.raises(ConflictError):
            unit.rows.add_batch("locations", stays)
        with pytest.raises(BadRowError):
            unit.rows.add_batch("locations", [stays[0], stays[0]], replace=True)
    with store.writing() as unit:
        done = unit.rows.add_batch("locations", moved, replace=True)
        other = [row["country"] for row in moved[::3]].count("SR")
        assert (done.added, done.changed) == (len(stays) - len(stays[::3]), other)
        again = unit.rows.add_batch("locations", moved, replace=True)
        assert (again.added, again.changed) == (0, 0)
        found = [dict(row.values) for row in unit.rows.list("locations")]
        assert sorted(map(str, found)) == sorted(map(str, moved))
        change = unit.trail.list(subject="locations")[0].change
        assert change.verb == "batch"
        assert change.after is not None
        assert change.after["rows"] == done.added + done.changed
    wishes = [make_wish(rng) for _ in range(25)]
    with store.writing(by="me") as unit:
        assert unit.rows.add_batch("wishes", wishes).added == 25
        assert [row.values for row in unit.rows.list("wishes")] == wishes
        assert unit.rows.keyed("wishes", wishes) == ()
        named = unit.rows.among("wishes", "agent_id", ["a", "b", "nobody"])
        assert [row.values for row in named] == [w for w in wishes if w["agent_id"] in "ab"]
    with store.writing() as unit:
        gone = unit.rows.delete_owned("a")
        assert {change.table for change in gone} == {"locations", "wishes"}
        left = unit.rows.list("wishes")
        assert [row.values for row in left] == [w for w in wishes if w["agent_id"] != "a"]
        assert len(unit.rows.list("locations")) == 8
        assert unit.rows.delete_owned("a") == ()

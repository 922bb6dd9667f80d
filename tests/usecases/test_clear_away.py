"""Clearing away takes what is old and unneeded, and nothing that anybody can still ask for.

A model beside the store remembers by itself what is needed; the database's clock is the test's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scheduler.domain.access import Principal, Role, TokenKind
from scheduler.domain.job import JobState
from scheduler.domain.webhook import Webhook
from scheduler.jobs.memory import MemoryEngine
from scheduler.settings import Settings
from scheduler.store import Change, NotFoundError, RosterFigures, Store, open_store, statements
from scheduler.store.columns import METADATA, text_of
from scheduler.store.tables import BLOB, BLOB_USE, IDEMPOTENCY, INCUMBENT
from scheduler.usecases.clear_away import Cleared, clear_away
from tests.store.conftest import postgres_server, postgres_used, sqlite_template, store_url
from tests.store.test_ledger import PERIOD, make_job, while_open

__all__ = ["postgres_server", "postgres_used", "sqlite_template", "store_url"]

START = datetime(2031, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEEP, TRAIL = 30, 100
ENDS = (JobState.DONE, JobState.FAILED, JobState.STOPPED)


@dataclass
class Company:
    """A database, and what the test knows of it without asking."""

    store: Store
    patch: pytest.MonkeyPatch
    now: datetime = START
    submitted: dict[str, datetime] = field(default_factory=dict)
    open: dict[str, set[str]] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    lists: list[tuple[datetime, str]] = field(default_factory=list)
    put_at: dict[str, datetime] = field(default_factory=dict)
    progress: dict[str, int] = field(default_factory=dict)
    drafts: list[str] = field(default_factory=list)

    def go_on(self, days: float) -> None:
        """Let time pass, on the machine and in the database."""
        self.now += days * DAY
        for dialect in ("sqlite", "postgresql"):
            self.patch.setitem(statements._NOW, dialect, f"'{text_of(self.now)}'")

    def noted(self, data: bytes, ref: str) -> str:
        assert self.store.get_blob(ref) == data
        self.put_at[ref] = self.now
        return ref

    def put(self, text: str) -> str:
        return self.noted(text.encode(), self.store.put_blob(text.encode()))

    def submit(self, number: int) -> None:
        """Submit a solve; few different inputs, so that their bytes are shared."""
        job_id, document = f"j{len(self.submitted)}", f"document {number % 2}"
        with self.store.writing() as unit:
            used = unit.blobs.put(document.encode())
            asked = unit.blobs.put(f"request {number % 3}".encode())
            job = make_job(job_id, input_sha256=used, submitted_at=self.now)
            unit.jobs.add(job, idempotency_key=f"key {job_id}")
        self.noted(document.encode(), used)
        self.noted(f"request {number % 3}".encode(), asked)
        self.store.begin(job_id, "x")
        self.submitted[job_id] = self.now
        self.open[job_id] = {asked}
        self.kept.add(used)

    def work(self, number: int) -> None:
        """Hand a part to another worker, say how it goes, keep the best."""
        for job_id, needed in list(self.open.items())[number % 3 : number % 3 + 1]:
            needed.add(self.put(f"message {number % 4}"))
            needed.add(self.put(f"answer {number % 4}"))
            self.store.add_progress(job_id, 1, 1.0, 1, 1, "x")
            self.store.save_incumbent(job_id, 1, b"best")
            self.progress[job_id] = self.progress.get(job_id, 0) + 1

    def end(self, number: int) -> None:
        for job_id in list(self.open)[number % 3 : number % 3 + 1]:
            state, result = ENDS[number % 3], None
            with self.store.reading() as unit:
                input_sha256 = unit.jobs.get(job_id).input_sha256
            if state is not JobState.FAILED:
                document = f"roster {number % 2}"
                with self.store.writing() as unit:
                    figures = RosterFigures(input_sha256, 1, 1, 0)
                    roster = unit.rosters.add("p", document.encode(), (), figures, job_id=job_id)
                result = self.put(f"judgement {number % 4}")
                self.drafts.append(roster.roster_id)
                self.kept |= {result, self.put(document)}
            assert self.store.finish(job_id, 1, state, result, None)
            del self.open[job_id]
            self.ended[job_id] = self.now

    def publish(self, number: int) -> None:
        if self.drafts:
            roster_id = self.drafts.pop(number % len(self.drafts))
            with self.store.writing() as unit:
                unit.rosters.publish(roster_id, 1, "p1")

    def bring_in(self, number: int) -> None:
        """Change many rows at once: the trail names a list of them."""
        rows = json.dumps([{"agent_id": f"a{number % 5}"}])
        with self.store.writing() as unit:
            ref = unit.blobs.put(rows.encode())
            named = {"rows": 1, "sha256": ref}
            unit.trail.add(Change("replace", "agents", "", named if number % 2 else None, named))
        self.noted(rows.encode(), ref)
        self.lists.append((self.now, ref))

    def bring(self, number: int) -> None:
        """Keep a roster made by hand: no solve refers to its input."""
        document, made = f"document by hand {number % 2}", f"by hand {number % 2}"
        with self.store.writing() as unit:
            used = unit.blobs.put(document.encode())
            roster = unit.rosters.add("p", made.encode(), (), RosterFigures(used, 1, 1, 0))
        self.drafts.append(roster.roster_id)
        self.kept |= {self.noted(document.encode(), used), self.put(made)}

    def stray(self, number: int) -> None:
        self.put(f"stray {number % 6}")

    def needed(self) -> set[str]:
        listed = {ref for at, ref in self.lists if at >= self.now - TRAIL * DAY}
        return self.kept | listed | set().union(*self.open.values())

    def must_go(self) -> set[str]:
        """Return what is old, needed by nobody and from before every solve that goes on."""
        before = self.now - KEEP * DAY
        before = min([before, *(self.submitted[job_id] - 1.1 * DAY for job_id in self.open)])
        old = {ref for ref, at in self.put_at.items() if at < before}
        return old - self.needed()

    def there(self) -> set[str]:
        with self.store.reading() as unit:
            blobs = set(unit.connection.execute(select(BLOB.c.sha256)).scalars())
            uses = set(unit.connection.execute(select(BLOB_USE.c.sha256)).scalars())
        assert blobs == uses
        return blobs

    def answers(self) -> object:
        """Return what can be asked of solves and rosters, but for progress."""
        with self.store.reading() as unit:
            jobs, rosters = unit.jobs.list(limit=1000), unit.rosters.list(limit=1000)
            return (
                jobs,
                rosters,
                [unit.blobs.get(job.input_sha256) for job in jobs],
                [(r, unit.blobs.get(r)) for job in jobs if (r := unit.jobs.result(job.job_id))],
                [unit.rosters.document(roster.roster_id) for roster in rosters],
                [unit.blobs.get(roster.input_sha256) for roster in rosters],
            )

    def clear(self) -> Cleared:
        before, needed, gone, there = self.answers(), self.needed(), self.must_go(), self.there()
        kept = Settings(keep_days=KEEP, trail_days=TRAIL, _env_file=None)
        engine = MemoryEngine(self.store, {})
        cleared = clear_away(self.store, engine, kept, lambda: self.now)
        after = self.there()
        assert needed <= after
        assert not gone & after
        assert cleared.blobs == len(there - after)
        assert self.answers() == before
        self.put_at = {ref: at for ref, at in self.put_at.items() if ref in after}
        old = {job_id for job_id, at in self.ended.items() if at < self.now - KEEP * DAY}
        with self.store.reading() as unit:
            for job_id in self.submitted:
                lines = 0 if job_id in old else self.progress.get(job_id, 0)
                assert len(unit.jobs.progress_after(job_id)) == lines
            keys = set(unit.connection.execute(select(IDEMPOTENCY.c.job_id)).scalars())
            assert keys == self.submitted.keys() - old
            best = set(unit.connection.execute(select(INCUMBENT.c.job_id)).scalars())
            assert best == {job_id for job_id in self.progress if job_id not in old}
            oldest = [entry.at for entry in unit.trail.list(limit=1000)]
            assert all(at >= self.now - TRAIL * DAY for at in oldest)
        return cleared


STEPS: tuple[Callable[[Company, int], object], ...] = (
    Company.submit,
    Company.work,
    Company.end,
    Company.publish,
    Company.bring,
    Company.bring_in,
    Company.stray,
    lambda company, number: company.go_on((0.01, 2, 29, 45, 80)[number % 5]),
    lambda company, number: company.clear(),
)


def emptied(url: str) -> None:
    store = open_store(url, clock=lambda: START)
    with store.engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
    store.close()


@contextmanager
def company_on(url: str) -> Iterator[Company]:
    emptied(url)
    with pytest.MonkeyPatch.context() as patch:
        store = open_store(url, clock=lambda: company.now)
        company = Company(store, patch)
        company.go_on(0)
        with store.writing() as unit:
            unit.periods.add(PERIOD)
        try:
            yield company
        finally:
            store.close()


_step = st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 60))


@given(st.lists(_step, min_size=10, max_size=60))
@example([(0, 0), (1, 0), (7, 4), (8, 0), (7, 4), (6, 0), (8, 0), (2, 0), (4, 0), (7, 3), (8, 0)])
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_goes_that_anybody_can_ask_for(store_url: str, steps: list[tuple[int, int]]):
    with company_on(store_url) as company:
        for which, number in steps:
            STEPS[which](company, number)
        company.clear()
        for _ in list(company.open):
            company.end(0)
        company.go_on(200)
        company.clear()
        assert company.there() == company.needed()


def test_bytes_put_again_at_the_last_moment_stay(store_url: str) -> None:
    with company_on(store_url) as company:
        ref = company.put("stray")
        company.go_on(KEEP + 1)

        @contextmanager
        def again() -> Iterator[None]:
            with company.store.writing() as unit:
                assert unit.blobs.put(b"stray") == ref
                yield

        def clear() -> Cleared:
            kept = Settings(keep_days=KEEP, _env_file=None)
            engine = MemoryEngine(company.store, {})
            return clear_away(company.store, engine, kept, lambda: company.now)

        assert while_open(again, clear).blobs == 0
        assert company.store.get_blob(ref) == b"stray"


def test_bytes_put_while_they_are_cleared_are_there(store_url: str) -> None:
    from scheduler.store.clearing import clear_blobs

    with company_on(store_url) as company:
        ref = company.put("stray")
        company.go_on(KEEP + 1)

        @contextmanager
        def clearing() -> Iterator[None]:
            with company.store.writing() as unit:
                assert clear_blobs(unit.connection, [ref], company.now) == 1
                yield

        assert while_open(clearing, lambda: company.store.put_blob(b"stray")) == ref
        assert company.store.get_blob(ref) == b"stray"


def test_tokens_and_messages_go_when_they_ended_long_ago(store_url: str) -> None:
    with company_on(store_url) as company:
        store, day = company.store, company.now
        principal = Principal("p1", "Noor", Role.ADMIN)
        with store.writing() as unit:
            unit.principals.add(principal)
            for token_id, days in (("short", 5), ("long", 500), ("revoked", 500)):
                unit.tokens.add(
                    token_id, token_id, "p1", TokenKind.SESSION, expires_at=day + days * DAY
                )
            unit.tokens.add("for ever", "for ever", "p1", TokenKind.PERSONAL)
            unit.tokens.revoke("revoked")
            unit.webhooks.add(Webhook("w", "https://localhost/", "s", ()))
            for _ in range(3):
                unit.webhooks.post("ping", "{}")
            done, lost, _ = unit.webhooks.claim(limit=3, lease=DAY)
            unit.webhooks.delivered(done.delivery_id, status=200)
            unit.webhooks.failed(lost.delivery_id, "no", retry_at=None)
        company.go_on(KEEP - 1)
        first = company.clear()
        assert (first.tokens, first.messages) == (0, 0)
        company.go_on(7)
        second = company.clear()
        assert (second.tokens, second.messages) == (2, 2)
        with store.reading() as unit:
            assert [one.token_id for one in unit.tokens.list()] == ["for ever", "long"]
            assert unit.webhooks.pending() == 1
            with pytest.raises(NotFoundError):
                unit.tokens.get("revoked")


def test_zero_days_are_for_ever(store_url: str) -> None:
    with company_on(store_url) as company:
        company.submit(0)
        company.work(0)
        company.end(0)
        company.stray(1)
        company.go_on(30_000)
        there = company.there()
        forever = Settings(keep_days=0, trail_days=0, _env_file=None)
        engine = MemoryEngine(company.store, {})
        assert clear_away(company.store, engine, forever, lambda: company.now) == Cleared()
        assert company.there() == there


def test_more_than_a_portion_goes_and_a_stop_leaves_the_rest(store_url: str) -> None:
    with company_on(store_url) as company:
        company.patch.setattr("scheduler.usecases.clear_away._AT_ONCE", 50)
        with company.store.writing() as unit:
            for n in range(110):
                unit.blobs.put(b"%d" % n)
        company.go_on(KEEP + 1)
        kept = Settings(keep_days=KEEP, trail_days=TRAIL, _env_file=None)
        engine, asked = MemoryEngine(company.store, {}), iter(range(99))

        def should_stop() -> bool:
            return next(asked) >= 6

        part = clear_away(company.store, engine, kept, lambda: company.now, should_stop=should_stop)
        assert 0 < part.blobs < 110
        rest = clear_away(company.store, engine, kept, lambda: company.now)
        assert part.blobs + rest.blobs == 110

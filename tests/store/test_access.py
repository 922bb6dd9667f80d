from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.clock import fixed_clock
from scheduler.domain.access import Principal, Role, TokenKind
from scheduler.store import (
    ConflictError,
    NotFoundError,
    Store,
    Unit,
    Webhook,
    open_store,
)
from scheduler.store.principals import Identity, StoredPrincipal
from tests.store.conftest import NOW
from tests.store.test_ledger import PERIOD, at_once, while_open

PLANNER = Principal("p1", "Noor", Role.PLANNER, site_ids=("ams", "par"))
AGENT = Principal("p2", "Straße", Role.AGENT, agent_id="a1")
SECRETS = ("$argon2id$hash", "hash-of-token", "signing-secret")


def stored(principal: Principal, version: int = 1) -> StoredPrincipal:
    return StoredPrincipal(principal, version)


@pytest.fixture
def staffed(store: Store) -> Store:
    with store.writing(by="root") as unit:
        unit.principals.add(PLANNER, password_hash="$argon2id$hash")
        unit.principals.add(AGENT)
    return store


def test_names_are_unique_whatever_their_case(staffed: Store) -> None:
    with staffed.reading() as unit:
        assert unit.principals.list() == (stored(PLANNER), stored(AGENT))
        assert unit.principals.list(after="p1") == (stored(AGENT),)
        assert unit.principals.get("p2") == AGENT
        for name, wanted in (("NOOR", PLANNER), ("noor", PLANNER), ("STRASSE", AGENT)):
            assert unit.principals.by_name(name) == wanted
        for missing in ("", "no", "noor ", "p1"):
            with pytest.raises(NotFoundError):
                unit.principals.by_name(missing)
    for taken in (
        Principal("p3", "nOOR", Role.ADMIN),
        Principal("p3", "strasse", Role.ADMIN),
        replace(PLANNER, name="free"),
    ):
        with pytest.raises(ConflictError), staffed.writing() as unit:
            unit.principals.add(taken)
    with pytest.raises(ConflictError), staffed.writing() as unit:
        unit.principals.put(stored(replace(AGENT, name="NOOR")))
    with pytest.raises(NotFoundError), staffed.writing() as unit:
        unit.principals.put(stored(replace(AGENT, principal_id="p9")))

    def add(idx: int) -> object:
        with staffed.writing() as unit:
            return unit.principals.add(Principal(f"n{idx}", "Same", Role.ADMIN))

    found = at_once(*[lambda idx=idx: add(idx) for idx in range(4)])
    assert sum(isinstance(one, StoredPrincipal) for one in found) == 1
    assert sum(isinstance(one, ConflictError) for one in found) == 3


def test_a_change_needs_the_version_that_is_there(staffed: Store) -> None:
    wanted = stored(replace(AGENT, agent_id="a2"))

    def put() -> object:
        with staffed.writing() as unit:
            return unit.principals.put(wanted)

    found = at_once(put, put, put)
    assert found.count(replace(wanted, version=2)) == 1
    refused = [one for one in found if isinstance(one, ConflictError)]
    assert [one.version for one in refused] == [2, 2]
    with staffed.writing() as unit:
        unit.principals.set_password("p2", "x")
        assert unit.principals.stored("p2") == replace(wanted, version=2)


def test_a_provider_knows_nobody_twice(staffed: Store) -> None:
    one, other = Identity("https://a.example", "s"), Identity("https://b.example", "s")
    with staffed.writing() as unit:
        unit.principals.put(replace(stored(PLANNER), identity=one))
        unit.principals.add(Principal("p3", "Ann", Role.ADMIN), identity=other)
        assert unit.principals.known_as(one) == PLANNER
        assert unit.principals.known_as(other).principal_id == "p3"
        for nobody in (Identity("https://a.example", "S"), Identity("https://c.example", "s")):
            with pytest.raises(NotFoundError):
                unit.principals.known_as(nobody)
    with pytest.raises(ConflictError), staffed.writing() as unit:
        unit.principals.put(replace(stored(AGENT), identity=one))

    def add(idx: int) -> object:
        newcomer = Principal(f"n{idx}", f"new {idx}", Role.ADMIN)
        with staffed.writing() as unit:
            return unit.principals.add(newcomer, identity=Identity("https://a.example", "new"))

    found = at_once(*[lambda idx=idx: add(idx) for idx in range(4)])
    assert sum(isinstance(one, StoredPrincipal) for one in found) == 1
    assert sum(isinstance(one, ConflictError) for one in found) == 3


def test_an_administrator_is_left_whoever_else_goes(staffed: Store) -> None:
    admins = [Principal(f"r{n}", f"root {n}", Role.ADMIN) for n in range(3)]
    with staffed.writing() as unit:
        for admin in admins:
            unit.principals.add(admin)
        unit.principals.put(stored(replace(admins[2], is_active=False)))

    @contextmanager
    def first() -> Iterator[None]:
        with staffed.writing() as unit:
            unit.principals.put(stored(replace(admins[0], role=Role.PLANNER)))
            yield

    def second() -> object:
        with staffed.writing() as unit:
            return unit.principals.put(stored(replace(admins[1], is_active=False)))

    with pytest.raises(ConflictError, match="last administrator") as caught:
        while_open(first, second)
    assert caught.value.version is None
    with staffed.writing() as unit:
        (left,) = [
            one for one in unit.principals.list() if one.principal.role is Role.ADMIN
            and one.principal.is_active
        ]  # fmt: skip
        renamed = replace(left, principal=replace(left.principal, name="still root"))
        assert unit.principals.put(renamed).version == 2


def test_whose_calendar_an_agents_is(staffed: Store) -> None:
    with staffed.writing() as unit:
        unit.principals.add(Principal("p0", "lead", Role.PLANNER, agent_id="a1"))
        assert unit.principals.of_agent("a1") == AGENT
        unit.principals.put(stored(replace(AGENT, is_active=False)))
        assert unit.principals.of_agent("a1").principal_id == "p0"
        for nobody in ("a2", "", "A1"):
            with pytest.raises(NotFoundError):
                unit.principals.of_agent(nobody)


def test_log_ins(staffed: Store) -> None:
    moments = [NOW + timedelta(seconds=n) for n in range(250)]
    with staffed.writing() as unit:
        log_in = unit.principals.log_in("noor")
        assert (log_in.principal, log_in.password_hash) == (PLANNER, "$argon2id$hash")
        assert "argon2" not in repr(log_in)
        for at in moments[:3]:
            unit.principals.note_failure("p1", at)
        assert unit.principals.log_in("noor").failures == tuple(moments[:3])
        unit.principals.put(stored(replace(PLANNER, name="Noortje", is_active=False)))
        assert len(unit.principals.log_in("noortje").failures) == 3
        held = unit.principals.forget_failures("p1")
        assert (held.password_hash, held.failures) == ("$argon2id$hash", ())
        assert held.principal == replace(PLANNER, name="Noortje", is_active=False)
        unit.principals.rehash("p1", "$argon2id$fresh")
        fresh = unit.principals.log_in("noortje")
        assert fresh.failures == ()
        assert (fresh.password_hash, fresh.principal.is_active) == ("$argon2id$fresh", False)
        for at in moments:
            kept = unit.principals.note_failure("p1", at)
        assert kept == tuple(moments[-200:])
        unit.principals.set_password("p1", None)
        assert unit.principals.log_in("noortje").failures == ()
        with pytest.raises(NotFoundError):
            unit.principals.set_password("p9", "x")

    def fail() -> int:
        with staffed.writing() as unit:
            return len(unit.principals.note_failure("p2", NOW))

    assert sorted(at_once(*[fail] * 6)) == [1, 2, 3, 4, 5, 6]  # type: ignore[type-var]


def test_tokens_are_revoked_once(staffed: Store) -> None:
    expires = datetime(2028, 1, 1, tzinfo=UTC)
    with staffed.writing(by="p1") as unit:
        token = unit.tokens.add(
            "t1", "hash-of-token", "p1", TokenKind.PERSONAL, expires_at=expires, label="laptop"
        )
        unit.tokens.add("t2", "h2", "p1", TokenKind.SESSION)
        unit.tokens.add("t3", "h3", "p1", TokenKind.CALENDAR)
        unit.tokens.add("t4", "h4", "p2", TokenKind.CALENDAR)
    assert (token.created_at, token.expires_at, token.revoked_at) == (NOW, expires, None)
    with staffed.reading() as unit:
        assert unit.tokens.by_hash("hash-of-token") == unit.tokens.get("t1") == token
        assert unit.tokens.owner_of("hash-of-token") == (token, PLANNER)
        assert unit.tokens.owner_of("h4")[1] == AGENT
        with pytest.raises(NotFoundError):
            unit.tokens.owner_of("HASH-OF-TOKEN")
        assert token.began_at == NOW
        good = {
            at: [one.token_id for one in unit.tokens.list(principal_id="p1", good_at=at)]
            for at in (NOW, expires - timedelta(microseconds=1), expires)
        }
        assert list(good.values()) == [["t1", "t2", "t3"], ["t1", "t2", "t3"], ["t2", "t3"]]
        assert token.is_good(expires - timedelta(microseconds=1))
        assert not token.is_good(expires)
        with pytest.raises(NotFoundError):
            unit.tokens.by_hash("HASH-OF-TOKEN")
        assert [one.token_id for one in unit.tokens.list(kind=TokenKind.CALENDAR)] == ["t3", "t4"]
        assert [one.token_id for one in unit.tokens.list(principal_id="p1", after="t1")] == [
            "t2",
            "t3",
        ]
    for taken in (("t1", "new"), ("new", "hash-of-token")):
        with pytest.raises(ConflictError), staffed.writing() as unit:
            unit.tokens.add(*taken, "p1", TokenKind.SESSION)
    with pytest.raises(ConflictError), staffed.writing() as unit:
        unit.tokens.add("t9", "h9", "p9", TokenKind.SESSION)

    def revoke() -> bool:
        with staffed.writing() as unit:
            return unit.tokens.revoke("t2")

    assert sorted(at_once(*[revoke] * 4)) == [False, False, False, True]  # type: ignore[type-var]
    with staffed.writing() as unit:
        assert unit.tokens.get("t2").revoked_at == NOW
        assert not unit.tokens.get("t2").is_good(NOW)
        assert unit.tokens.owner_of("h2")[0].revoked_at == NOW, "the caller judges"
        listed = unit.tokens.list(principal_id="p1", good_at=NOW)
        assert [one.token_id for one in listed] == ["t1", "t3"]
        began = NOW - timedelta(days=2)
        assert (
            unit.tokens.add("t5", "h5", "p2", TokenKind.SESSION, began_at=began)
            == (unit.tokens.owner_of("h5")[0])
        )
        assert unit.tokens.get("t5").began_at == began
        assert unit.tokens.revoke_all("p1", kinds=(TokenKind.CALENDAR,)) == 1
        assert unit.tokens.get("t1").revoked_at is None
        assert unit.tokens.revoke_all("p1") == 1
        assert unit.tokens.revoke_all("p1") == 0
        assert unit.tokens.get("t4").revoked_at is None


def test_the_trail_names_who_did_what_and_no_secret(staffed: Store) -> None:
    hook = Webhook("w1", "https://example.com/hook", "signing-secret", ("roster.published",))
    assert "signing-secret" not in repr(hook)
    with staffed.writing(by="p1") as unit:
        unit.principals.put(stored(replace(AGENT, is_active=False)))
        unit.principals.set_password("p2", "$argon2id$hash")
        unit.tokens.add("t1", "hash-of-token", "p1", TokenKind.PERSONAL)
        unit.tokens.revoke("t1")
        unit.webhooks.add(hook)
        unit.webhooks.delete("w1")
    with staffed.reading() as unit:
        entries = unit.trail.list()
        assert [(one.who, one.change.subject, one.change.verb) for one in entries] == [
            ("p1", "webhooks", "delete"),
            ("p1", "webhooks", "add"),
            ("p1", "tokens", "revoke"),
            ("p1", "tokens", "add"),
            ("p1", "principals", "password"),
            ("p1", "principals", "put"),
            ("root", "principals", "add"),
            ("root", "principals", "add"),
        ]
        assert {one.at for one in entries} == {NOW}
        put = entries[5].change
        assert put.before == {**(put.after or {}), "is_active": True}
        assert not any(secret in str(entries) for secret in SECRETS)
        assert unit.trail.list(before=entries[2].entry_id, limit=2) == entries[3:5]
        assert unit.trail.list(who="root", key="p2") == entries[6:7]


def test_messages_are_in_the_outbox_with_what_happened(staffed: Store, store_url: str) -> None:
    with staffed.writing() as unit:
        unit.webhooks.add(Webhook("all", "https://a.example", "s", ()))
        unit.webhooks.add(Webhook("some", "https://b.example", "s", ("roster.published",)))
        unit.webhooks.add(Webhook("off", "https://c.example", "s", (), is_active=False))
    with suppress(InterruptedError), staffed.writing() as unit:
        unit.periods.add(PERIOD)
        assert unit.webhooks.post("roster.published", "{}") == 2
        raise InterruptedError
    with staffed.writing() as unit:
        assert unit.webhooks.pending() == 0
        assert unit.webhooks.post("roster.published", '{"n":1}') == 2
        assert unit.webhooks.post("job.ended", '{"n":2}') == 1

    lease = timedelta(minutes=1)

    found: list[int] = []

    def claim(unit: Unit) -> list[int]:
        return [one.delivery_id for one in unit.webhooks.claim(limit=2, lease=lease)]

    @contextmanager
    def first() -> Iterator[None]:
        with staffed.writing() as unit:
            found.extend(claim(unit))
            yield

    def second() -> list[int]:
        with staffed.writing() as unit:
            return claim(unit)

    late = while_open(first, second)
    found += late
    assert len(found) == len(set(found)) == 3
    with staffed.writing() as unit:
        assert unit.webhooks.claim(limit=9, lease=lease) == ()
        unit.webhooks.delivered(found[0])
        unit.webhooks.failed(found[1], "no \0 answer", retry_at=NOW + timedelta(hours=1))
        unit.webhooks.failed(found[2], "gone", retry_at=None)
        assert unit.webhooks.pending() == 1
    later = open_store(store_url, clock=fixed_clock(NOW + timedelta(hours=1)))
    with later.writing() as unit:
        (again,) = unit.webhooks.claim(limit=9, lease=lease)
        assert (again.delivery_id, again.attempts) == (found[1], 2)
        unit.webhooks.delete(again.webhook.webhook_id)
        assert unit.webhooks.pending() == 0
    later.close()

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from scheduler.clock import system_clock
from scheduler.domain.job import JobKind, JobParams
from scheduler.intake.columns import TABLES
from scheduler.store import DOCUMENT_TABLES, ConflictError, Store, StoreError, open_store
from scheduler.store.columns import METADATA
from scheduler.store.migrations import versions
from scheduler.store.principals import Identity
from scheduler.store.upgrade import _config

FIRST_ROWS = """
INSERT INTO principal (principal_id, name, name_key, role, agent_id, site_ids, is_active,
    password_hash, failures)
VALUES ('p1', 'Noor', 'noor', 'planner', NULL, '["ams"]', TRUE, '$argon2id$hash', '[]'),
    ('p2', 'root', 'root', 'admin', NULL, '[]', TRUE, NULL, '[]');
INSERT INTO token (token_id, token_hash, principal_id, kind, label, created_at)
VALUES ('t1', 'hash', 'p1', 'session', '', '2027-03-01T00:00:00.000000Z')
"""
THIRD_ROWS = """
INSERT INTO period (period_id, version, name, start_date, end_date, zone, settings, site_ids,
    queue_ids)
VALUES ('p', 1, 'P', '2027-03-01', '2027-03-08', 'UTC', '{}', '["s"]', '["q"]');
INSERT INTO job (job_id, period_id, state, params, input_sha256, submitted_by, submitted_at,
    attempt, stop_asked, last_seq)
VALUES ('j1', 'p', 'done',
    '{"gap_target":0.0,"parts":1,"seed":1,"time_limit_seconds":7.0,"workers":0}',
    'sha', 'p1', '2027-03-01T00:00:00.000000Z', 1, FALSE, 0);
INSERT INTO idempotency (principal, idempotency_key, body, job_id)
VALUES ('p1', 'k',
    '{"params":"{\\"gap_target\\":0.0,\\"parts\\":1,\\"seed\\":1,\\"time_limit_seconds\\":7.0,'
    || '\\"workers\\":0}","period_id":"p"}', 'j1')
"""
NEWEST = max(path.name[1:5] for path in Path(versions.__file__).parent.glob("r[0-9]*.py"))


def test_revisions_lead_from_nothing_to_exactly_the_tables_of_the_code(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        found = inspect(connection)
        assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}
        for name, table in METADATA.tables.items():
            uniques = {one["name"] for one in found.get_unique_constraints(name)}
            wanted = {c.name for c in table.constraints if str(c.name).startswith("uq_")}
            assert uniques == wanted
            indices = {one["name"]: one["column_names"] for one in found.get_indexes(name)}
            for index in table.indexes:
                assert indices[index.name] == [column.name for column in index.columns]


def test_text_has_one_order_on_both_databases(store: Store) -> None:
    with store.writing() as unit:
        for site_id in ("b", "A", "a", "Z", "é", "-", "_"):
            values = {"name": "x", "zone": "UTC", "country": "NL", "currency": "EUR"}
            unit.rows.add("sites", {"site_id": site_id, **values})
        if unit.connection.dialect.name == "postgresql":
            collations = text(
                "SELECT DISTINCT collation_name FROM information_schema.columns WHERE data_type ="
                " 'text' AND table_schema = 'public' AND table_name <> 'alembic_version'"
            )
            assert unit.connection.execute(collations).scalars().all() == ["C"]
        query = text("SELECT site_id FROM site ORDER BY site_id")
        assert list(unit.connection.execute(query).scalars()) == ["-", "A", "Z", "_", "a", "b", "é"]


def test_check_tells_an_empty_an_old_and_a_newer_database(database_url: str) -> None:
    store = open_store(database_url, clock=system_clock)
    before, newest = store.check()
    assert (before, newest) == ("", NEWEST)
    with pytest.raises(StoreError, match="upgraded"), store.reading() as unit:
        unit.rows.list("sites")
    store.migrate()
    store.migrate()
    assert store.check() == (newest, newest)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    for refused in (store.check, store.migrate):
        with pytest.raises(StoreError, match=r"f00d.*newer version"):
            refused()
    store.close()


def test_rows_of_the_first_revision_live_on(database_url: str) -> None:
    store = open_store(database_url, clock=system_clock)
    config = _config()
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in FIRST_ROWS.split(";"):
            connection.execute(text(statement))
    with pytest.raises(StoreError, match="upgraded"), store.reading() as unit:
        unit.principals.list()
    store.migrate()
    with store.writing() as unit:
        (noor, root) = unit.principals.list()
        assert (noor.principal.name, noor.version, noor.identity) == ("Noor", 1, None)
        assert noor.principal.site_ids == ("ams",)
        assert unit.principals.log_in("noor").password_hash == "$argon2id$hash"
        token, owner = unit.tokens.owner_of("hash")
        assert (owner, token.is_good(system_clock())) == (noor.principal, True)
        assert token.began_at == token.created_at
        known = replace(noor, identity=Identity("https://id.example", "s-1"))
        assert unit.principals.put(known).version == 2
        assert unit.principals.known_as(Identity("https://id.example", "s-1")) == noor.principal
        with pytest.raises(ConflictError):
            unit.principals.put(replace(root, identity=known.identity))
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    store.close()


def test_jobs_of_the_third_revision_are_solves(database_url: str) -> None:
    store = open_store(database_url, clock=system_clock)
    config = _config()
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for statement in THIRD_ROWS.split(";"):
            connection.exec_driver_sql(statement)
    store.migrate()
    with store.writing() as unit:
        (solve,) = unit.jobs.list(kind=JobKind.SOLVE)
        assert (solve.job_id, solve.kind, solve.params) == ("j1", JobKind.SOLVE, JobParams(7.0))
        asked = replace(solve, job_id="j2", params=JobParams(7.0))
        kept = unit.jobs.add(asked, idempotency_key="k", principal="p1")
        assert kept.job_id == "j1", "a key of before stands for the same job"
        with pytest.raises(ConflictError):
            unit.jobs.add(
                replace(asked, kind=JobKind.FORECAST), idempotency_key="k", principal="p1"
            )
        forecast = replace(solve, job_id="j3", kind=JobKind.FORECAST, options={"backtest": True})
        assert unit.jobs.get(unit.jobs.add(forecast).job_id).options == {"backtest": True}
        assert unit.jobs.list(kind=JobKind.SOLVE) == (solve,)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    store.close()


def test_many_processes_may_migrate_at_once(database_url: str) -> None:
    stores = [open_store(database_url, clock=system_clock) for _ in range(4)]
    failures: list[Exception] = []

    def migrate(store: Store) -> None:
        try:
            store.migrate()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stores[0].check() == (NEWEST, NEWEST)
    for store in stores:
        store.close()


def test_a_migration_that_fails_leaves_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduler.store.migrations.versions import r0001_first_tables as first

    store = open_store(database_url, clock=system_clock)
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE trail (mine TEXT)"))
    assert first.revision == "0001"
    with pytest.raises(StoreError):
        store.migrate()
    with store.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"trail"}
    store.close()


def test_columns_are_those_of_the_document() -> None:
    assert list(DOCUMENT_TABLES) == [table.stem for table in TABLES]
    for table in TABLES:
        entry = DOCUMENT_TABLES[table.stem]
        assert entry.columns == tuple(column.name for column in table.columns)
        for column in table.columns:
            assert entry.table.c[column.name].nullable == (not column.required)
            assert entry.is_number(column.name) == ("multipleOf" in column.kind.schema)
        if table.key:
            assert entry.key == (table.key,)


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://root:geheim@host/db",
        "oracle://u:geheim@h",
    ],
)  # fmt: skip
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url, clock=system_clock)
    assert caught.value.code == "database"
    assert "geheim" not in str(caught.value)


def test_a_database_out_of_reach_is_one_sentence_without_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://planner:geheim@127.0.0.1:1/heliotrope"
    store = open_store(url, clock=system_clock)
    with pytest.raises(StoreError) as caught:
        store.check()
    assert caught.value.code == "database"
    assert str(caught.value) == "The database cannot be reached."
    assert caught.value.__cause__ is None
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="folder"):
        open_store(f"sqlite:///{tmp_path}/file/x.db", clock=system_clock)
    (tmp_path / "no.db").write_text("this is no database" * 100)
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{tmp_path}/no.db", clock=system_clock).check()


def test_sqlite_is_set_up_to_last(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new/folder/h.db", clock=system_clock)
    store.migrate()
    with store.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        }
    assert found == {
        "journal_mode": "wal", "busy_timeout": 30_000, "foreign_keys": 1, "synchronous": 2
    }  # fmt: skip
    store.close()

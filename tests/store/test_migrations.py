from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from scheduler.clock import system_clock
from scheduler.intake.columns import TABLES
from scheduler.store import DOCUMENT_TABLES, Store, StoreError, open_store
from scheduler.store.columns import METADATA


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
    assert (before, newest) == ("", "0001")
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
    assert stores[0].check() == ("0001", "0001")
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

"""Real processes, really killed: nothing is lost and nothing is merged twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.jobs.fleet import ROOT, Fleet, fleet_on, wait_for
from tests.jobs.server import Link, Server

pytestmark = pytest.mark.slow


def test_the_killed_owner_is_replaced_and_finished_parts_are_not_done_again(fleet: Fleet) -> None:
    owner = fleet.spawn()
    fleet.submit("split", "a", parts=6, seconds=0.3)
    fleet.wait_events("END", 2)
    fleet.kill(owner)
    done = [line.name for line in fleet.events("END")][:-1]
    fleet.spawn()
    fleet.wait_final("a")
    fleet.check_split("a", 6)
    for name in done:
        assert len(fleet.events("START", name=name)) == 1
    assert fleet.ledger.job("a").attempt == 2
    assert fleet.ledger.lines("a")


def test_a_killed_search_goes_on_from_what_it_had(fleet: Fleet) -> None:
    owner = fleet.spawn()
    fleet.submit("search", "s", target=20, seconds=0.05)
    wait_for(lambda: int(fleet.ledger.load_incumbent("s") or 0) >= 8)
    fleet.kill(owner)
    kept = int(fleet.ledger.load_incumbent("s") or 0)
    began = time.monotonic()
    fleet.spawn()
    fleet.wait_events("START", 2, name="s")
    started = fleet.events("START", name="s")[-1].seconds
    fleet.wait_final("s")
    ended = fleet.events("MERGED", name="s")[-1].seconds
    assert fleet.result("s") == 20
    assert ended - started < (20 - kept) * 0.05 + 1.5
    assert began < started
    fleet.check_no_overlap("s")
    fleet.check_nothing_left()


def test_killed_helper_then_owner_then_all(pg_fleet: Fleet) -> None:
    pg_fleet.spawn(wait=False)
    pg_fleet.spawn()
    pg_fleet.submit("split", "a", parts=10, seconds=0.3)
    pg_fleet.wait_events("END", 2)
    owner = pg_fleet.owner("a")
    helper = next(each for each in pg_fleet.alive() if each is not owner)
    pg_fleet.kill(helper)
    pg_fleet.spawn()
    pg_fleet.kill(pg_fleet.owner("a"))
    pg_fleet.wait_events("START", 2, name="a")
    for process in pg_fleet.alive():
        pg_fleet.kill(process)
    pg_fleet.spawn()
    pg_fleet.wait_final("a")
    pg_fleet.check_split("a", 10)
    wait_for(lambda: len(pg_fleet.client.workers()) == 1, 10, "the dead are forgotten")


def test_a_frozen_owner_is_replaced_and_refused_when_it_wakes(pg_fleet: Fleet) -> None:
    pg_fleet.spawn(wait=False)
    pg_fleet.spawn()
    pg_fleet.submit("split", "a", parts=6, seconds=0.3)
    pg_fleet.wait_events("START", 1, name="a")
    owner = pg_fleet.owner("a")
    pg_fleet.freeze(owner)
    pg_fleet.wait_events("START", 2, name="a")
    pg_fleet.wake(owner)
    pg_fleet.wait_final("a")
    pg_fleet.check_split("a", 6)
    assert pg_fleet.events("MERGED", name="a")[-1].pid != owner.pid
    pg_fleet.submit("split", "b", parts=2, seconds=0.1)
    pg_fleet.wait_final("b")
    assert owner.poll() is None


def test_the_database_stops_and_starts(server: Server, pg_fleet: Fleet) -> None:
    pg_fleet.spawn(wait=False)
    pg_fleet.spawn()
    pg_fleet.submit("split", "a", parts=6, seconds=0.3)
    pg_fleet.wait_events("END", 1)
    server.stop()
    time.sleep(1.5)
    server.start()
    pg_fleet.wait_final("a")
    pg_fleet.check_split("a", 6)


def test_the_database_stops_while_a_job_is_being_taken_over(
    server: Server, pg_fleet: Fleet
) -> None:
    pg_fleet.spawn(wait=False)
    pg_fleet.spawn()
    pg_fleet.submit("split", "a", parts=6, seconds=0.3)
    pg_fleet.wait_events("END", 1)
    pg_fleet.kill(pg_fleet.owner("a"))
    for _ in range(2):  # about when the survivor finds the other dead, and again in the midst of it
        time.sleep(2.0)
        server.stop()
        time.sleep(0.5)
        server.start()
    pg_fleet.wait_final("a")
    pg_fleet.check_split("a", 6)
    wait_for(lambda: len(pg_fleet.client.workers()) == 1, 10, "the dead are forgotten")


def test_a_stalled_link_stops_the_work_before_others_begin_it(
    server: Server, pg_fleet: Fleet
) -> None:
    link = Link(server.port)
    cut = pg_fleet.spawn(pg_fleet.url.replace(f":{server.port}/", f":{link.port}/"))
    pg_fleet.submit("search", "s", target=60, seconds=0.05)
    pg_fleet.wait_events("START", 1, name="s")
    wait_for(lambda: pg_fleet.ledger.load_incumbent("s"))
    pg_fleet.spawn()
    link.stall()
    pg_fleet.wait_events("START", 2, name="s")
    assert pg_fleet.events("START", name="s")[-1].pid != cut.pid
    link.heal()
    pg_fleet.wait_final("s")
    link.close()
    assert pg_fleet.result("s") == 60
    assert pg_fleet.ledger.job("s").attempt == 2
    assert pg_fleet.events("LOST", name="s", pid=cut.pid) or cut.poll() == 75
    pg_fleet.check_no_overlap("s")
    pg_fleet.check_nothing_left()


def test_a_deaf_handler_ends_its_process_before_others_begin(
    server: Server, pg_fleet: Fleet
) -> None:
    link = Link(server.port)
    cut = pg_fleet.spawn(pg_fleet.url.replace(f":{server.port}/", f":{link.port}/"))
    pg_fleet.submit("deaf", "d")
    pg_fleet.wait_events("START", 1, name="d")
    link.stall()
    assert cut.wait(10) == 75
    link.close()
    pg_fleet.spawn()
    pg_fleet.wait_final("d")
    assert pg_fleet.state("d") == "done"
    pg_fleet.check_no_overlap("d")
    pg_fleet.check_nothing_left()


def test_a_job_that_kills_its_process_is_given_up(fleet: Fleet) -> None:
    fleet.submit("poison", "p")
    deaths = 0
    while fleet.state("p") != "failed":
        process = fleet.spawn(wait=False, attempts=2)
        wait_for(lambda process=process: process.poll() or fleet.state("p") == "failed")
        deaths += process.poll() is not None
        assert deaths <= 2
    assert deaths == 2
    assert fleet.ledger.job("p").fault == (
        "given up: the process ended 2 times while this was at work"
    )
    fleet.submit("split", "a", parts=2, seconds=0.0)
    fleet.wait_final("a")
    fleet.check_split("a", 2)


def test_a_part_that_kills_its_process_takes_its_job_with_it_and_no_other(fleet: Fleet) -> None:
    fleet.submit("split", "p", parts=1, seconds=0.0, poison=True)
    deaths = 0
    while fleet.state("p") != "failed":
        process = fleet.spawn(wait=False, attempts=2)
        wait_for(lambda process=process: process.poll() or fleet.state("p") == "failed")
        deaths += process.poll() is not None
        assert deaths <= 2
    assert fleet.ledger.job("p").fault.startswith("given up: the process ended 2 times")
    fleet.submit("split", "a", parts=2, seconds=0.0)
    fleet.wait_final("a")
    fleet.check_split("a", 2)


def test_a_process_that_was_alone_and_frozen_goes_on(tmp_path: Path) -> None:
    with fleet_on(f"sqlite:///{tmp_path / 'jobs.db'}", tmp_path) as fleet:
        process = fleet.spawn()
        fleet.submit("split", "a", parts=4, seconds=0.2)
        fleet.wait_events("END", 1)
        fleet.freeze(process)
        time.sleep(2.5)
        fleet.wake(process)
        fleet.wait_final("a")
        fleet.check_split("a", 4)
        assert fleet.ledger.job("a").attempt == 1


def test_processes_are_replaced_one_by_one(fleet: Fleet) -> None:
    """As in an upgrade: old and new at the same time, where there may be two."""
    count = 1 if fleet.is_sqlite else 2
    old = [fleet.spawn() for _ in range(count)]
    fleet.submit("split", "a", parts=8, seconds=0.2)
    fleet.submit("search", "s", target=30, seconds=0.05)
    fleet.wait_events("END", 1)
    for process in old:
        if not fleet.is_sqlite:
            fleet.spawn()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        if fleet.is_sqlite:
            fleet.spawn()
    fleet.wait_final("a", "s")
    fleet.check_split("a", 8)
    assert fleet.result("s") == 30
    fleet.check_no_overlap("s")
    assert len(fleet.client.workers()) == count


def test_old_and_new_steps_side_by_side_each_do_their_own(pg_fleet: Fleet) -> None:
    old = pg_fleet.spawn(version="heliotrope-jobs-0")
    pg_fleet.submit("split", "new", parts=2, seconds=0.0)
    time.sleep(1.0)
    assert pg_fleet.state("new") == "queued"
    new = pg_fleet.spawn()
    pg_fleet.wait_final("new")
    assert {line.pid for line in pg_fleet.events("START")} == {new.pid}
    assert old.poll() is None
    pg_fleet.check_split("new", 2)


def test_killed_while_submitting_both_or_neither(fleet: Fleet) -> None:
    code = (
        "import os, sys\n"
        "from scheduler.jobs.durable import DurableEngine\n"
        "from scheduler.jobs.engine import EngineRole\n"
        "from tests.jobs.ledger import SqlLedger\n"
        "ledger = SqlLedger(sys.argv[1])\n"
        "engine = DurableEngine(sys.argv[1], ledger, {})\n"
        "engine.start(EngineRole.CLIENT)\n"
        "for job_id in ('kept', 'dropped'):\n"
        "    with ledger.engine.begin() as connection:\n"
        "        ledger.add_job(connection, job_id)\n"
        "        engine.submit(connection, 'split', job_id, sys.argv[2])\n"
        "        if job_id == 'dropped':\n"
        "            os.kill(os.getpid(), 9)\n"
    )
    ref = fleet.ledger.put_blob(b'{"parts": 2, "seconds": 0.0}')
    done = subprocess.run(
        [sys.executable, "-c", code, fleet.url, ref], cwd=ROOT, timeout=30, check=False
    )
    assert done.returncode == -9
    assert fleet.state("kept") == "queued"
    assert fleet.ledger.job("dropped") is None
    with pytest.raises(KeyError):
        fleet.client.status("dropped")
    fleet.spawn()
    fleet.wait_final("kept")
    fleet.check_split("kept", 2)


def test_a_second_process_on_the_file_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("two")
    with fleet_on(f"sqlite:///{folder / 'jobs.db'}", folder) as fleet:
        first = fleet.spawn()
        second = fleet.spawn(wait=False)
        assert second.wait(20) == 1
        errors = (folder / "stderr").read_text()
        assert f"EngineError: process {first.pid} on " in errors
        fleet.submit("split", "a", parts=2, seconds=0.0)
        fleet.wait_final("a")
        fleet.kill(first)
        fleet.spawn()


def test_an_orderly_end_gives_the_job_back_at_once(pg_fleet: Fleet) -> None:
    first = pg_fleet.spawn()
    pg_fleet.submit("search", "s", target=60, seconds=0.05)
    wait_for(lambda: pg_fleet.ledger.load_incumbent("s"))
    pg_fleet.spawn()
    first.send_signal(signal.SIGTERM)
    assert first.wait(15) == 0
    pg_fleet.wait_events("START", 2, name="s")
    lost = pg_fleet.events("LOST", name="s")[0].seconds
    assert pg_fleet.events("START", name="s")[-1].seconds - lost < 1.5
    pg_fleet.wait_final("s")
    assert pg_fleet.result("s") == 60
    assert len(pg_fleet.client.workers()) == 1
    pg_fleet.check_no_overlap("s")


def test_cancelled_with_nobody_alive(fleet: Fleet) -> None:
    owner = fleet.spawn()
    fleet.submit("search", "s", target=500, seconds=0.05)
    wait_for(lambda: fleet.ledger.load_incumbent("s"))
    fleet.kill(owner)
    kept = int(fleet.ledger.load_incumbent("s") or 0)
    fleet.submit("split", "never", parts=2, seconds=0.0)
    fleet.client.cancel("never")
    fleet.client.cancel("s")
    assert fleet.state("never") == "stopped"
    assert fleet.client.status("never").state.value == "stopped"
    assert fleet.client.status("s").state.value == "stopping"
    fleet.spawn()
    fleet.wait_final("s")
    assert fleet.state("s") == "stopped"
    assert kept <= fleet.result("s") <= kept + 1
    assert not fleet.events("START", name="never")
    fleet.check_nothing_left()

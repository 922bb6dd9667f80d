"""Duties are done again and again, whatever happens to them, and end when they are told to."""

from __future__ import annotations

import itertools
import logging
import threading
import time

import pytest

from scheduler.tending import Duty, Tender


def test_a_duty_that_fails_is_tried_again_ever_later(caplog: pytest.LogCaptureFixture) -> None:
    began: list[float] = []
    enough = threading.Event()

    def fail(_stopping: threading.Event) -> None:
        began.append(time.monotonic())
        if len(began) == 5:
            enough.set()
        elif len(began) < 5:
            raise ValueError("password and names of people")

    tender = Tender([Duty("webhooks", 0.02, fail)])
    with caplog.at_level(logging.INFO, "heliotrope.tending"):
        tender.start()
        assert enough.wait(10)
        deadline = time.monotonic() + 5
        while "works again" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
        tender.stop()
    pauses = [later - sooner for sooner, later in itertools.pairwise(began[:5])]
    assert all(pause >= 0.02 * 2**n for n, pause in enumerate(pauses, start=1))
    assert "ValueError" in caplog.text
    assert "password" not in caplog.text
    assert "works again" in caplog.text


def test_duties_do_not_wait_for_each_other_and_a_stop_does_not_wait_for_ever() -> None:
    done = threading.Event()
    told: list[bool] = []

    def hang(stopping: threading.Event) -> None:
        told.append(stopping.wait(10))
        time.sleep(1.5)

    tender = Tender([Duty("slow", 0.01, hang), Duty("quick", 0.01, lambda _: done.set())])
    tender.start()
    assert done.wait(5)
    began = time.monotonic()
    tender.stop(0.2)
    assert time.monotonic() - began < 1.0
    assert told == [True]


def test_nothing_begins_before_its_time_nor_after_the_end() -> None:
    rounds: list[int] = []
    tender = Tender([Duty("later", 0.01, lambda _: rounds.append(1), first_after_seconds=60.0)])
    tender.start()
    time.sleep(0.1)
    tender.stop()
    assert rounds == []
    Tender([]).stop()

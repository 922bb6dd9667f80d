"""Passwords: the rules, the hash, and the time taken."""

from __future__ import annotations

import time
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters

from scheduler.access.passwords import (
    PasswordFault,
    WeakPasswordError,
    hash_password,
    needs_rehash,
    password_faults,
    verify_password,
)

GOOD = "vier koude haringen"


def test_a_password_is_found_again_and_no_other():
    kept = hash_password(GOOD, name="noor")
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert hash_password(GOOD, name="noor") != kept, "no salt"
    assert verify_password(kept, GOOD)
    assert not verify_password(kept, GOOD + " ")
    assert not verify_password(None, GOOD)
    assert not verify_password(kept, "")
    assert not verify_password("no hash", GOOD)


def test_the_same_letters_typed_in_two_ways_are_one_password():
    composed, apart = (
        "crème brûlée à la café",
        unicodedata.normalize("NFD", "crème brûlée à la café"),
    )
    assert composed != apart
    assert verify_password(hash_password(apart, name="noor"), composed)


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        (GOOD, ()),
        ("elf letters", (PasswordFault.TOO_SHORT,)),
        ("twaalf tekens", ()),
        ("x1" * 100, ()),
        ("x1" * 100 + "y", (PasswordFault.TOO_LONG,)),
        ("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 12, (PasswordFault.TOO_LONG,)),
        ("Noor.de.Vries", (PasswordFault.IS_THE_NAME,)),
        ("\N{FULLWIDTH LATIN SMALL LETTER N}oor.de.vries", (PasswordFault.IS_THE_NAME,)),
        ("Password1234", (PasswordFault.COMMON,)),
        ("zzzzzzzzzzzz", (PasswordFault.COMMON,)),
        ("", (PasswordFault.TOO_SHORT,)),
        ("a lone \ud800 surrogate", (PasswordFault.NOT_TEXT,)),
    ],
)
def test_rules(password: str, faults: tuple[PasswordFault, ...]):
    assert password_faults(password, name="noor.de.vries") == faults


def test_a_refused_password_is_not_in_the_error():
    with pytest.raises(WeakPasswordError) as caught:
        hash_password("zzzzzzzzzzzz", name="noor")
    assert "zzz" not in repr(caught.value) + str(caught.value)
    assert caught.value.faults == (PasswordFault.COMMON,)


def test_what_no_password_can_be_is_refused_quietly():
    kept = hash_password(GOOD, name="noor")
    assert not verify_password(kept, "a lone \ud800 surrogate")
    assert not verify_password(kept, GOOD * 100)


def test_an_unknown_name_takes_as_much_computing_as_a_wrong_password():
    kept = hash_password(GOOD, name="noor")

    def cpu_seconds(*arguments: str | None) -> float:
        best = 10.0
        for _ in range(2):
            began = time.process_time()
            assert not verify_password(*arguments)
            best = min(best, time.process_time() - began)
        return best

    wrong = cpu_seconds(kept, "another password")
    for arguments in ((None, "another password"), (kept, GOOD * 100), (None, "\ud800")):
        assert 0.5 < cpu_seconds(*arguments) / wrong < 2


def test_other_parameters_ask_for_a_new_hash():
    today = hash_password(GOOD, name="noor")
    parameters = extract_parameters(today)
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert not needs_rehash(today)
    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(GOOD)
    assert needs_rehash(weaker)
    assert verify_password(weaker, GOOD)
    assert needs_rehash("no hash")

"""Tokens: their form, what is kept, how long they last."""

from __future__ import annotations

import hashlib
import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.access.tokens import LIFETIMES, TokenError, TokenFault, new_token, parse_token
from scheduler.clock import fixed_clock
from scheduler.domain.access import TokenKind

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ALPHABET = string.ascii_letters + string.digits + "_-"


def made(kind: TokenKind = TokenKind.SESSION, **changes):
    return new_token(kind, principal_id="p1", clock=fixed_clock(NOW), **changes)


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_is_found_again_by_its_hash_only(kind: TokenKind):
    text, record = made(kind)
    assert re.fullmatch(rf"helio_{kind.value[0]}_[0-9a-f]{{16}}_[\w-]{{43}}[0-9A-Za-z]{{6}}", text)
    parsed = parse_token(text)
    assert parsed.kind is kind
    assert parsed.token_id == record.token_id
    assert parsed.secret_sha256 == record.secret_sha256 == hashlib.sha256(text.encode()).hexdigest()
    secret = text.split("_", 3)[3]
    assert secret not in repr(record) + repr(parsed)
    assert parsed.secret_sha256 not in repr(parsed) + repr(record)
    other, _ = made(kind)
    assert parse_token(other).secret_sha256 != record.secret_sha256


def test_letters_tell_the_kinds_apart():
    assert len({kind.value[0] for kind in TokenKind}) == len(TokenKind)


@given(st.data())
@settings(deadline=None)
def test_no_single_typing_error_passes(data):
    text, _ = made()
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(ALPHABET.replace(text[at], "")))
    with pytest.raises(TokenError) as caught:
        parse_token(text[:at] + letter + text[at + 1 :])
    in_secret = at >= len(text) - 49
    if in_secret and letter not in "_-":
        assert caught.value.fault is TokenFault.MISTYPED
    assert text not in str(caught.value)


@given(st.integers(25, 72))
@settings(deadline=None)
def test_no_two_neighbours_change_places(at: int):
    text, _ = made()
    if text[at] != text[at + 1]:
        with pytest.raises(TokenError):
            parse_token(text[:at] + text[at + 1] + text[at] + text[at + 2 :])


@given(st.text(max_size=90))
@settings(deadline=None)
def test_other_texts_are_malformed(text: str):
    with pytest.raises(TokenError) as caught:
        parse_token(text)
    assert caught.value.fault is TokenFault.MALFORMED


def test_nothing_may_stand_around_a_token():
    text, _ = made()
    for around in (text + "\n", text + "a", " " + text):
        with pytest.raises(TokenError) as caught:
            parse_token(around)
        assert caught.value.fault is TokenFault.MALFORMED


def test_only_sessions_end_by_themselves():
    assert {kind for kind in TokenKind if LIFETIMES[kind] is not None} == {TokenKind.SESSION}
    _, record = made(TokenKind.SESSION)
    assert record.expires_at == NOW + timedelta(hours=12)
    for kind in (TokenKind.PERSONAL, TokenKind.CALENDAR):
        assert made(kind)[1].expires_at is None


def test_a_lifetime_of_ones_own():
    _, record = made(TokenKind.PERSONAL, lifetime=timedelta(days=7))
    assert record.expires_at == NOW + timedelta(days=7)
    for kind, lifetime in ((TokenKind.PERSONAL, timedelta(0)), (TokenKind.CALENDAR, timedelta(1))):
        with pytest.raises(ValueError, match="lifetime"):
            made(kind, lifetime=lifetime)


def test_no_two_tokens_are_alike():
    tokens = [made() for _ in range(200)]
    assert len({text for text, _ in tokens}) == len({r.token_id for _, r in tokens}) == 200

"""Tokens: secrets that stand for a principal, of which only a hash is kept.

A token reads ``helio_<kind>_<id>_<secret><checksum>``. The fixed opening lets scanners find tokens
that leaked into a repository, the checksum tells a typing error from a token that was revoked, and
the id may be shown and logged where the secret may not. Nothing is written inside a token that
anybody would have to believe: what it stands for is looked up each time, so taking it away works at
once.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.clock import Clock
from scheduler.domain.access import TokenKind
from scheduler.errors import SchedulerError

__all__ = [
    "LIFETIMES",
    "LONGEST_SESSION",
    "ParsedToken",
    "TokenError",
    "TokenFault",
    "TokenRecord",
    "new_token",
    "parse_token",
    "secret_hash",
]

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_BYTES = 8
_SECRET_BYTES = 32
_CHECKSUM_CHARACTERS = 6
_PATTERN = re.compile(r"helio_([psc])_([0-9a-f]{16})_([A-Za-z0-9_-]{43})([0-9A-Za-z]{6})")


LIFETIMES: Mapping[TokenKind, timedelta | None] = {
    TokenKind.PERSONAL: None,
    TokenKind.SESSION: timedelta(hours=12),
    TokenKind.CALENDAR: None,
}
"""How long a token of each kind is good for unless said otherwise; None is for ever."""


LONGEST_SESSION = timedelta(days=30)
"""How long a session may go on by being renewed; then name and password are asked again."""


class TokenFault(StrEnum):
    """Why a text is no token: ``malformed`` was never one, ``mistyped`` looks like one."""

    MALFORMED = "malformed"
    MISTYPED = "mistyped"


class TokenError(SchedulerError):
    """A text that cannot be a token; the text itself is not kept."""

    code = "bad_token"

    def __init__(self, fault: TokenFault) -> None:
        self.fault = fault
        super().__init__(fault)


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is kept of a token.

    Parameters
    ----------
    token_id : str
        Sixteen hexadecimal digits, no secret.
    secret_sha256 : str
        SHA-256 of the token's text, hexadecimal. The secret has 256 random bits, so a slow hash
        would add nothing.
    expires_at : datetime.datetime, optional
        First instant at which it is no longer good; None is never.
    """

    token_id: str
    kind: TokenKind
    principal_id: str
    secret_sha256: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedToken:
    """A text that may be a token: well formed, its checksum right.

    Parameters
    ----------
    secret_sha256 : str
        SHA-256 of the text, hexadecimal: what to look up.
    """

    kind: TokenKind
    token_id: str
    secret_sha256: str = field(repr=False)


def new_token(
    kind: TokenKind,
    *,
    principal_id: str,
    clock: Clock,
    lifetime: timedelta | None = None,
) -> tuple[str, TokenRecord]:
    """Return a new token's text, which is shown once, and what to keep of it.

    Parameters
    ----------
    lifetime : datetime.timedelta, optional
        Positive; in place of the kind's own (see `LIFETIMES`). Calendar tokens have none.

    Raises
    ------
    ValueError
        If `lifetime` is not positive, or the kind has none.
    """
    if lifetime is not None and (lifetime <= timedelta(0) or kind is TokenKind.CALENDAR):
        raise ValueError("a lifetime is positive, and calendar tokens have none")
    token_id = secrets.token_hex(_ID_BYTES)
    body = f"helio_{_letter(kind)}_{token_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    text = body + _checksum(body)
    lasting = LIFETIMES[kind] if lifetime is None else lifetime
    now = clock()
    return text, TokenRecord(
        token_id=token_id,
        kind=kind,
        principal_id=principal_id,
        secret_sha256=secret_hash(text),
        created_at=now,
        expires_at=None if lasting is None else now + lasting,
    )


def parse_token(text: str) -> ParsedToken:
    """Read a token; what it stands for is yet to be looked up.

    Raises
    ------
    TokenError
        If the text cannot be a token of Heliotrope, or was mistyped.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise TokenError(TokenFault.MALFORMED)
    if _checksum(text[:-_CHECKSUM_CHARACTERS]) != match[4]:
        raise TokenError(TokenFault.MISTYPED)
    kind = next(kind for kind in TokenKind if _letter(kind) == match[1])
    return ParsedToken(kind, match[2], secret_hash(text))


def secret_hash(text: str) -> str:
    """Return what is kept of a token's text: its SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _letter(kind: TokenKind) -> str:
    """Return how a kind shows in a token."""
    return kind.value[0]


def _checksum(body: str) -> str:
    value, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(_CHECKSUM_CHARACTERS):
        value, digit = divmod(value, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits

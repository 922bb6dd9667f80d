"""What a browser keeps while its person is at the provider, and the secrets that follow from it."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.access.provider import OidcError, OidcFault
from scheduler.clock import Clock

__all__ = ["LOGIN_LIFETIME", "OidcLogin", "login_of", "new_keepsake"]

LOGIN_LIFETIME = timedelta(minutes=10)
"""How long somebody may take at the provider."""

_LEEWAY = timedelta(minutes=1)
_KEEPSAKE = re.compile(r"([0-9]{10,11})\.[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OidcLogin:
    """The secrets of a log-in that was begun.

    Parameters
    ----------
    state, nonce, verifier : str
        256 bits each: bind the answer to this browser, the id token to this log-in, and the code to
        whoever asked for it.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def new_keepsake(clock: Clock) -> str:
    """Return what a browser keeps while its person is at the provider: a moment and 256 bits.

    All secrets of the log-in follow from it (see `login_of`), so no server has to remember
    anything, and there is nothing in it that a change could make believed: another moment or other
    bits belong to another log-in.
    """
    return f"{int(clock().timestamp()):010d}.{secrets.token_urlsafe(32)}"


def login_of(keepsake: str, *, clock: Clock) -> OidcLogin:
    """Return the log-in that a browser keeps.

    Raises
    ------
    OidcError
        If it is none, or was begun more than ten minutes ago.
    """
    found = _KEEPSAKE.fullmatch(keepsake)
    if found is None:
        raise OidcError(OidcFault.STATE, "no log-in was begun here")
    age = timedelta(seconds=int(clock().timestamp()) - int(found[1]))
    if not -_LEEWAY <= age < LOGIN_LIFETIME:
        raise OidcError(OidcFault.STATE, "the log-in was begun too long ago")
    return OidcLogin(*(_derived(keepsake, use) for use in ("state", "nonce", "verifier")))


def _derived(keepsake: str, use: str) -> str:
    digest = hmac.digest(keepsake.encode("ascii"), use.encode("ascii"), "sha256")
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")

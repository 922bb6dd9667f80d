"""Passwords: what is accepted, how it is kept, how it is compared.

Argon2id with the parameters of RFC 9106 for machines with little memory (64 MiB, three passes).
Passwords are brought to one Unicode form (NFKC) first, so that the same keys on two keyboards
make the same password.

References
----------
RFC 9106 (Argon2), section 4; NIST SP 800-63B, section 5.1.1.2 (length, common passwords, NFKC).
"""

from __future__ import annotations

import base64
import unicodedata
from enum import StrEnum
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scheduler.errors import SchedulerError

__all__ = [
    "LONGEST",
    "SHORTEST",
    "PasswordFault",
    "WeakPasswordError",
    "hash_password",
    "needs_rehash",
    "password_faults",
    "verify_password",
]

SHORTEST = 12
"""Fewest characters of a password, after NFKC."""

LONGEST = 200
"""Most characters of a password, before and after NFKC."""

_COMMON_TEXT = """
    000000000000 012345678910 111111111111 112233445566 123123123123 123412341234 123454321234
    123456123456 1234567890123 123456789012 12345678901234567890 1234567891011 123456789101112
    123456789123 12345678987654321 1234567890qwerty 12345qwert12345 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i
    1qaz2wsx3edc 1qaz2wsx3edc4rfv abc123456789 abcd12345678 abcdefghijkl abcdefghijklmnop
    administrator admin1234567 adminadminadmin changemechangeme changeme1234 computer1234
    correcthorsebatterystaple football1234 heliotrope123 heliotrope1234 heliotropeheliotrope
    iloveyou1234 iloveyouforever letmein12345 letmeinletmein liverpool123 manchester123
    p@ssw0rd1234 p@ssword1234 passw0rd1234 password0000 password1234 password12345 password123456
    passwordpassword qazwsxedcrfv qwerty123456 qwerty1234567 qwertyqwerty qwertyuiop12
    qwertyuiop123 qwertyuiop1234567890 qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm
    sunshine1234 superman1234 trustno1trustno1 unknownunknown wachtwoord12 wachtwoord123
    wachtwoord1234 welcome12345 welcomewelcome welkom123456 welkomwelkom zxcvbnm12345
"""
_COMMON = frozenset(_COMMON_TEXT.split())

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(4)
"""Each takes 64 MiB: forty requests at a moment must not take all the memory there is."""


class PasswordFault(StrEnum):
    """Why a password is not accepted."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    IS_THE_NAME = "is_the_name"
    COMMON = "common"
    NOT_TEXT = "not_text"


class WeakPasswordError(SchedulerError):
    """A password that is not accepted.

    Parameters
    ----------
    faults : tuple of PasswordFault
        Everything wrong with it; the password itself is not kept.
    """

    code = "weak_password"

    def __init__(self, faults: tuple[PasswordFault, ...]) -> None:
        self.faults = faults
        super().__init__(", ".join(faults))


def password_faults(password: str, *, name: str) -> tuple[PasswordFault, ...]:
    """Return everything wrong with a password somebody wants to have; empty when it is fine.

    Parameters
    ----------
    name : str
        The name it belongs to, which it must not be.
    """
    plain = _normal(password)
    if isinstance(plain, PasswordFault):
        return (plain,)
    faults = []
    if len(plain) < SHORTEST:
        faults.append(PasswordFault.TOO_SHORT)
    folded = plain.casefold()
    if folded == unicodedata.normalize("NFKC", name).casefold():
        faults.append(PasswordFault.IS_THE_NAME)
    if folded in _COMMON or len(set(folded)) == 1:
        faults.append(PasswordFault.COMMON)
    return tuple(faults)


def hash_password(password: str, *, name: str) -> str:
    """Return what to keep of a new password: parameters, salt and hash as one text.

    Raises
    ------
    WeakPasswordError
        If the password is not accepted for this name.
    """
    faults = password_faults(password, name=name)
    if faults:
        raise WeakPasswordError(faults)
    with _AT_ONCE:
        return _HASHER.hash(unicodedata.normalize("NFKC", password))


def verify_password(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept.

    Takes as long for an unknown name (None) and for a text that cannot be a password as for a wrong
    password, so that the time taken tells nobody which names exist.

    Parameters
    ----------
    kept : str, optional
        What `hash_password` returned; None for an unknown name or one without a password.
    """
    plain = _normal(password)
    if kept is None or isinstance(plain, PasswordFault):
        kept, plain = _NOBODY, ""
    try:
        with _AT_ONCE:
            return _HASHER.verify(kept, plain)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """Whether a password was kept with other parameters than today's; ask after a log-in."""
    try:
        return _HASHER.check_needs_rehash(kept)
    except InvalidHashError:
        return True


def _normal(password: str) -> str | PasswordFault:
    # Long input is refused before it is normalised: one character may become eighteen.
    if len(password) > LONGEST:
        return PasswordFault.TOO_LONG
    plain = unicodedata.normalize("NFKC", password)
    try:
        plain.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can carry
        return PasswordFault.NOT_TEXT
    return plain if len(plain) <= LONGEST else PasswordFault.TOO_LONG


def _impossible_hash() -> str:
    """Return a hash with today's parameters that was made of no password, without computing one."""
    salt = base64.b64encode(bytes(_HASHER.salt_len)).decode().rstrip("=")
    digest = base64.b64encode(bytes(_HASHER.hash_len)).decode().rstrip("=")
    costs = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


_NOBODY = _impossible_hash()

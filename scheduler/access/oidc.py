"""Log in through an OpenID provider: authorization code with PKCE.

The provider says who somebody is; what that somebody may do is decided here. An id token is
believed when its signature fits a key of the provider, and issuer, audience, nonce and times are
right; only RS256 and ES256 count as signatures.

References
----------
OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Any

from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from scheduler.access.keepsake import OidcLogin
from scheduler.access.provider import OidcError, OidcFault, call, checked_url
from scheduler.clock import Clock
from scheduler.domain.access import Role

__all__ = ["OidcIdentity", "OidcProvider", "OidcSettings"]

ALGORITHMS = ("RS256", "ES256")
"""Signatures that count: asymmetric ones, so that no secret of ours can sign an id token."""

_LEEWAY_SECONDS = 60
_LONGEST_NAME = 100
_LONGEST_SUBJECT = 255
_REMEMBERED = timedelta(hours=1)
_SILENT = timedelta(seconds=15)
_CALLS_AT_ONCE = 8
_PATIENCE_SECONDS = 2.0
_RANKED = (Role.ADMIN, Role.PLANNER, Role.AGENT)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """What must be known of a provider, and of us there.

    Parameters
    ----------
    issuer : str
        Address of the provider, exactly as its id tokens name it.
    client_secret : str
        Empty for a public client.
    redirect_uri : str
        Our address to which the provider sends people back, exactly as registered there.
    name_claim : str
        Claim that holds the name of the principal. Where it is ``email`` the provider must say that
        the address was verified.
    role_claim : str, optional
        Claim that holds roles, one or a list; None leaves roles to Heliotrope.
    agent_claim : str, optional
        Claim that holds the id of the agent that somebody is.
    roles : tuple of (str, Role)
        What the provider calls our roles; empty: as we do.
    allow_loopback : bool
        Whether plain http will do for a provider on this machine.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str = field(default="", repr=False)
    name_claim: str = "preferred_username"
    role_claim: str | None = None
    agent_claim: str | None = None
    roles: tuple[tuple[str, Role], ...] = ()
    scopes: tuple[str, ...] = ("openid", "profile")
    allow_loopback: bool = False


@dataclass(frozen=True, slots=True)
class OidcIdentity:
    """Who somebody is, on the word of a provider.

    Parameters
    ----------
    issuer, subject : str
        Together they never mean anybody else; a name may be given to another person later.
    name : str, optional
        None when the provider tells none that can be believed and kept.
    role : Role, optional
        The highest that the provider names; None when it names none that we know.
    agent_id : str, optional
        The agent that somebody is, where settings name a claim for it.
    """

    issuer: str
    subject: str
    name: str | None
    role: Role | None
    agent_id: str | None = None


class OidcProvider:
    """One provider; its addresses and keys are read when needed and remembered for an hour.

    Keys are read anew, too, when no known one fits an id token: providers change them. At most
    eight requests talk to the provider at a time, and after it could not be reached nobody tries
    for 15 seconds: a provider that is down must not hold up everybody else's requests.
    """

    def __init__(self, settings: OidcSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._calls = BoundedSemaphore(_CALLS_AT_ONCE)
        self._metadata: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._silent_since: datetime | None = None

    @property
    def issuer(self) -> str:
        """Address of the provider."""
        return self._settings.issuer

    def authorize_url(self, login: OidcLogin) -> str:
        """Return the address to send somebody to who wants to log in.

        Raises
        ------
        OidcError
            If the provider cannot be reached, or is not who the settings say.
        """
        return str(
            prepare_grant_uri(
                self._endpoint("authorization_endpoint"),
                client_id=self._settings.client_id,
                response_type="code",
                redirect_uri=self._settings.redirect_uri,
                scope=" ".join(self._settings.scopes),
                state=login.state,
                nonce=login.nonce,
                code_challenge=create_s256_code_challenge(login.verifier),
                code_challenge_method="S256",
            )
        )

    def exchange(
        self, login: OidcLogin, *, code: str, state: str, issuer: str | None = None
    ) -> OidcIdentity:
        """Return who came back from the provider.

        Parameters
        ----------
        login : OidcLogin
            As it was kept for this browser.
        code, state : str
            From the query with which the person came back; empty where it has none.
        issuer : str, optional
            ``iss`` of that query, where there is one.

        Raises
        ------
        OidcError
            If the answer belongs to another log-in, the provider refuses the code, or the id token
            is not to be believed.
        """
        if not hmac.compare_digest(state.encode("utf-8", "replace"), login.state.encode()):
            raise OidcError(OidcFault.STATE, "the answer belongs to another log-in")
        says_who = self._known().get("authorization_response_iss_parameter_supported") is True
        if issuer != self._settings.issuer and (issuer is not None or says_who):
            raise OidcError(OidcFault.STATE, "the answer comes from another provider")
        if not code:
            raise OidcError(OidcFault.REFUSED, "the person comes back without a code")
        answer = self._answer_to(code, login.verifier)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise OidcError(OidcFault.BAD_ANSWER, "there is no id token")
        token = self._decoded(id_token)
        self._check_claims(token, login.nonce, answer.get("access_token"))
        return self._identity(token.claims)

    def _answer_to(self, code: str, verifier: str) -> dict[str, Any]:
        settings = self._settings
        url = self._endpoint("token_endpoint")
        auth = ClientAuth(settings.client_id, settings.client_secret, self._auth_method())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            body = prepare_token_request(
                "authorization_code",
                code=code,
                redirect_uri=settings.redirect_uri,
                code_verifier=verifier,
            )
            url, headers, body = auth.prepare("POST", url, headers, body)
        except UnicodeEncodeError:
            raise OidcError(OidcFault.REFUSED, "code or client secret cannot be sent") from None
        status, answer = self._call(url, body=body, headers=headers)
        if status == 401 or answer.get("error") in ("invalid_client", "unauthorized_client"):
            raise OidcError(OidcFault.SETTINGS, "the provider does not take our client secret")
        if status != 200:
            raise OidcError(OidcFault.REFUSED, f"the provider answered with status {status}")
        return answer

    def _auth_method(self) -> str:
        if not self._settings.client_secret:
            return "none"
        offered = self._known().get("token_endpoint_auth_methods_supported")
        if isinstance(offered, list) and "client_secret_basic" not in offered:
            return "client_secret_post"
        return "client_secret_basic"

    def _decoded(self, id_token: str) -> jwt.Token:
        try:
            try:
                return jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
            except (InvalidKeyIdError, BadSignatureError):
                return jwt.decode(id_token, self._key_set(anew=True), algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise OidcError(OidcFault.SIGNATURE, type(error).__name__) from None

    def _check_claims(self, token: jwt.Token, nonce: str, access_token: object) -> None:
        settings = self._settings
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": settings.client_id,
                "access_token": access_token if isinstance(access_token, str) else None,
            },
        )
        try:
            claims.validate(now=int(self._clock().timestamp()), leeway=_LEEWAY_SECONDS)
        except ExpiredTokenError:
            raise OidcError(OidcFault.EXPIRED, "the id token has expired") from None
        except (JoseError, ValueError, TypeError) as error:
            raise OidcError(OidcFault.CLAIMS, str(error)) from None

    def _identity(self, claims: dict[str, Any]) -> OidcIdentity:
        settings = self._settings
        subject = claims["sub"]
        if not _is_plain(subject, _LONGEST_SUBJECT):
            raise OidcError(OidcFault.CLAIMS, "the subject is none")
        name = claims.get(settings.name_claim)
        name = name.strip() if isinstance(name, str) else ""
        verified = settings.name_claim != "email" or claims.get("email_verified") is True
        agent_id = claims.get(settings.agent_claim) if settings.agent_claim else None
        return OidcIdentity(
            settings.issuer,
            subject,
            name if verified and _is_plain(name, _LONGEST_NAME) else None,
            self._role(claims),
            agent_id if _is_plain(agent_id, _LONGEST_NAME) else None,
        )

    def _role(self, claims: dict[str, Any]) -> Role | None:
        settings = self._settings
        if settings.role_claim is None:
            return None
        found = claims.get(settings.role_claim)
        named = found if isinstance(found, list) else [found]
        known = dict(settings.roles) or {role.value: role for role in Role}
        held = {known[word] for word in named if isinstance(word, str) and word in known}
        return next((role for role in _RANKED if role in held), None)

    def _endpoint(self, name: str) -> str:
        return checked_url(
            self._known().get(name), name, allow_loopback=self._settings.allow_loopback
        )

    def _known(self) -> dict[str, Any]:
        with self._lock:
            kept = self._metadata
        if kept is not None and self._is_fresh(kept[0]):
            return kept[1]
        issuer = checked_url(
            self._settings.issuer, "issuer", allow_loopback=self._settings.allow_loopback
        )
        status, found = self._call(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if status != 200 or found.get("issuer") != issuer:
            raise OidcError(OidcFault.SETTINGS, "that is not the issuer of the settings")
        with self._lock:
            self._metadata = self._clock(), found
        return found

    def _key_set(self, *, anew: bool = False) -> KeySet:
        url = self._endpoint("jwks_uri")
        with self._lock:
            kept = self._keys
        if kept is not None and not anew and self._is_fresh(kept[0]):
            return kept[1]
        keys = _imported(*self._call(url))
        with self._lock:
            self._keys = self._clock(), keys
        return keys

    def _is_fresh(self, read_at: datetime) -> bool:
        return self._clock() - read_at < _REMEMBERED

    def _call(
        self, url: str, *, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        with self._one_of_few():
            with self._lock:
                since = self._silent_since
            if since is not None and self._clock() - since < _SILENT:
                raise OidcError(OidcFault.UNREACHABLE, "the provider was silent a moment ago")
            try:
                answer = call(url, body=body, headers=headers)
            except OidcError as error:
                if error.fault is OidcFault.UNREACHABLE:
                    with self._lock:
                        self._silent_since = self._clock()
                raise
        with self._lock:
            self._silent_since = None
        if answer[0] >= 500 or answer[0] == 429:
            raise OidcError(OidcFault.UNREACHABLE, f"the provider answers with status {answer[0]}")
        return answer

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        if not self._calls.acquire(timeout=_PATIENCE_SECONDS):
            raise OidcError(OidcFault.UNREACHABLE, "too many log-ins at the same moment")
        try:
            yield
        finally:
            self._calls.release()


def _is_plain(text: object, longest: int) -> bool:
    """Whether something is a text that can be kept and shown."""
    return isinstance(text, str) and 0 < len(text) <= longest and text.isprintable()


def _imported(status: int, found: dict[str, Any]) -> KeySet:
    keys = found.get("keys")
    if status != 200 or not isinstance(keys, list):
        raise OidcError(OidcFault.BAD_ANSWER, "the provider shows no keys")
    usable = [key for key in keys if isinstance(key, dict) and key.get("kty") in ("RSA", "EC")]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OidcError(OidcFault.BAD_ANSWER, f"unusable keys: {type(error).__name__}") from None

"""Log-in through a provider: a real one on loopback, honest first, then lying in every way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from scheduler.access.keepsake import OidcLogin, login_of, new_keepsake
from scheduler.access.oidc import OidcIdentity, OidcProvider, OidcSettings
from scheduler.access.provider import OidcError, OidcFault, _connection, call
from scheduler.clock import fixed_clock
from scheduler.domain.access import Role
from tests.access.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    LocalProvider,
    new_key,
    running,
    seconds,
    unsigned,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def provider() -> Iterator[LocalProvider]:
    with running(NOW) as local:
        yield local


def new_login() -> OidcLogin:
    clock = fixed_clock(NOW)
    return login_of(new_keepsake(clock), clock=clock)


def settings_for(local: LocalProvider, **changes) -> OidcSettings:
    settings = OidcSettings(
        local.issuer,
        CLIENT_ID,
        REDIRECT_URI,
        CLIENT_SECRET,
        role_claim="roles",
        allow_loopback=True,
    )
    return replace(settings, **changes)


def log_in(local: LocalProvider, client: OidcProvider | None = None, **changes) -> OidcIdentity:
    client = client or OidcProvider(settings_for(local, **changes), clock=fixed_clock(NOW))
    login = new_login()
    return client.exchange(login, **local.authorize(client.authorize_url(login)))


def refused(local: LocalProvider, client: OidcProvider | None = None, **changes) -> OidcFault:
    with pytest.raises(OidcError) as caught:
        log_in(local, client, **changes)
    assert CLIENT_SECRET not in str(caught.value)
    return caught.value.fault


def test_somebody_logs_in(provider: LocalProvider):
    assert log_in(provider) == OidcIdentity(provider.issuer, "248289761001", "noor", Role.PLANNER)
    provider.key = new_key("two", "EC")
    provider.shown_keys, provider.alg = [provider.key], "ES256"
    assert log_in(provider).name == "noor"


def test_the_address_to_log_in_carries_no_secret(provider: LocalProvider):
    client = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))
    login, other = new_login(), new_login()
    url = client.authorize_url(login)
    assert url.startswith(f"{provider.issuer}/authorize?tenant=1&")
    query = parse_qs(urlsplit(url).query)
    assert query["state"] == [login.state]
    assert query["nonce"] == [login.nonce]
    assert CLIENT_SECRET not in url
    assert login.verifier not in url
    assert len({login.state, login.nonce, login.verifier, other.state, other.verifier}) == 5
    shown = repr(login) + repr(settings_for(provider))
    assert not [word for word in (login.state, login.verifier, CLIENT_SECRET) if word in shown]


@pytest.mark.parametrize("secret", [CLIENT_SECRET, None])
@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic"]])
def test_every_way_to_say_who_we_are(provider: LocalProvider, secret, methods):
    provider.secret, provider.auth_methods = secret, methods
    assert log_in(provider, client_secret=secret or "").name == "noor"


def test_the_wrong_client_secret_is_refused(provider: LocalProvider):
    assert refused(provider, client_secret="wrong") is OidcFault.SETTINGS


LIES = [
    ({"iss": "https://elsewhere.example"}, OidcFault.CLAIMS),
    ({"iss": None}, OidcFault.CLAIMS),
    ({"aud": "another"}, OidcFault.CLAIMS),
    ({"aud": "another", "azp": CLIENT_ID}, OidcFault.CLAIMS),
    ({"aud": None}, OidcFault.CLAIMS),
    ({"aud": [CLIENT_ID, "another"]}, OidcFault.CLAIMS),
    ({"aud": [CLIENT_ID, "another"], "azp": "another"}, OidcFault.CLAIMS),
    ({"nonce": "another"}, OidcFault.CLAIMS),
    ({"nonce": None}, OidcFault.CLAIMS),
    ({"exp": seconds(NOW, timedelta(seconds=-60))}, OidcFault.EXPIRED),
    ({"exp": None}, OidcFault.CLAIMS),
    ({"exp": float("nan")}, OidcFault.CLAIMS),
    ({"iat": seconds(NOW, timedelta(minutes=2))}, OidcFault.CLAIMS),
    ({"nbf": seconds(NOW, timedelta(minutes=2))}, OidcFault.CLAIMS),
    ({"sub": None}, OidcFault.CLAIMS),
    ({"sub": ""}, OidcFault.CLAIMS),
    ({"sub": 7}, OidcFault.CLAIMS),
    ({"at_hash": "another"}, OidcFault.CLAIMS),
    ({"at_hash": [1]}, OidcFault.CLAIMS),
    ({"sub": "s" * 256}, OidcFault.CLAIMS),
    ({"sub": "a\0b"}, OidcFault.CLAIMS),
]


@pytest.mark.parametrize(("claims", "fault"), LIES, ids=lambda value: str(value)[:40])
def test_an_id_token_that_lies(provider: LocalProvider, claims, fault):
    provider.claims |= claims
    assert refused(provider) is fault


def test_what_is_just_right_is_believed(provider: LocalProvider):
    provider.claims |= {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
    provider.claims |= {"exp": seconds(NOW, timedelta(seconds=-59))}
    assert log_in(provider).name == "noor"


def test_signatures_that_do_not_count(provider: LocalProvider):
    stranger = new_key("one")
    public = provider.key.as_dict(private=False)["n"]

    def by_stranger(header, claims):
        return jwt.encode(header, claims, stranger, algorithms=["RS256"])

    def with_our_secret(header, claims):
        key = OctKey.import_key(CLIENT_SECRET * 5)
        return jwt.encode(header | {"alg": "HS256"}, claims, key, algorithms=["HS256"])

    def with_the_public_key(header, claims):
        key = OctKey.import_key(public)
        return jwt.encode(header | {"alg": "HS256"}, claims, key, algorithms=["HS256"])

    def changed_after(header, claims):
        good = jwt.encode(header, claims, provider.key, algorithms=["RS256"]).split(".")
        other = jwt.encode(
            header, claims | {"preferred_username": "root"}, stranger, algorithms=["RS256"]
        ).split(".")
        return ".".join((good[0], other[1], good[2]))

    def longer_hash(header, claims):
        return jwt.encode(header | {"alg": "RS512"}, claims, provider.key, algorithms=["RS512"])

    forgers = (
        unsigned,
        by_stranger,
        with_our_secret,
        with_the_public_key,
        changed_after,
        longer_hash,
        lambda *_: "no token",
        lambda *_: "",
        lambda *_: "a.b.c",
    )
    for forge in forgers:
        provider.forge = forge
        assert refused(provider) is OidcFault.SIGNATURE, forge
    provider.forge = None
    assert log_in(provider).name == "noor"


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b"[]", OidcFault.SIGNATURE),
        (b"7", OidcFault.SIGNATURE),
        (b"\xff", OidcFault.SIGNATURE),
        (b"[" * 20_000, OidcFault.SIGNATURE),
        (b'"sub": "\\ud800"', OidcFault.CLAIMS),
        (b'"sub": "s", "sub": ["s"]', OidcFault.CLAIMS),
        (b'"exp": 1' + b"0" * 5000, OidcFault.SIGNATURE),
    ],
)
def test_signed_by_the_right_key_and_yet_no_id_token(provider: LocalProvider, payload, fault):
    def forge(header, claims):
        good = json.dumps(claims).encode()
        text = good[:-1] + b", " + payload + b"}" if payload.startswith(b'"') else payload
        return jws.serialize_compact(header, text, provider.key, algorithms=["RS256"])

    provider.forge = forge
    assert refused(provider) is fault


@pytest.mark.parametrize("named", [True, False])
def test_a_provider_changes_its_keys(provider: LocalProvider, named: bool):
    client = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))

    def nameless(header, claims):
        return jwt.encode({"alg": "RS256"}, claims, provider.key, algorithms=["RS256"])

    provider.forge = None if named else nameless
    log_in(provider, client)
    log_in(provider, client)
    assert provider.asked.count("/keys") == provider.asked.count(
        "/.well-known/openid-configuration"
    ), "keys and addresses are remembered"
    gone = provider.key
    provider.key = new_key("two")
    provider.shown_keys = [provider.key] if not named else [gone, provider.key]
    assert log_in(provider, client).name == "noor"
    assert provider.asked.count("/keys") == 2
    provider.shown_keys = [provider.key]
    provider.key = gone
    fresh = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))
    assert refused(provider, fresh) is OidcFault.SIGNATURE, "a key withdrawn counts no more"


def test_an_answer_to_another_log_in(provider: LocalProvider):
    client = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))
    mine, theirs = new_login(), new_login()
    back = provider.authorize(client.authorize_url(theirs))
    for kept, answer, fault in (
        (mine, back, OidcFault.STATE),
        (theirs, back | {"state": ""}, OidcFault.STATE),
        (theirs, back | {"state": "\ud800é"}, OidcFault.STATE),
        (theirs, back | {"issuer": "https://elsewhere.example"}, OidcFault.STATE),
        (theirs, back | {"code": ""}, OidcFault.REFUSED),
        (replace(mine, state=theirs.state), back, OidcFault.REFUSED),  # code of another verifier
        (theirs, back | {"code": "\ud800"}, OidcFault.REFUSED),
        (theirs, back, OidcFault.REFUSED),  # the code was used up by the try before
    ):
        with pytest.raises(OidcError) as caught:
            client.exchange(kept, **answer)
        assert caught.value.fault is fault
    back = provider.authorize(client.authorize_url(theirs))
    assert client.exchange(theirs, **back, issuer=provider.issuer).name == "noor"


def test_an_id_token_of_another_log_in(provider: LocalProvider):
    client = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))
    login = new_login()
    back = provider.authorize(client.authorize_url(login))
    with pytest.raises(OidcError) as caught:
        client.exchange(replace(login, nonce="another"), **back)
    assert caught.value.fault is OidcFault.CLAIMS


@pytest.mark.parametrize(
    ("held", "role"),
    [
        ("agent", Role.AGENT),
        (["agent", "planner", "admin"], Role.ADMIN),
        (["cook", 7, None, {}], None),
        (None, None),
        ({"admin": True}, None),
    ],
)
def test_the_highest_role_that_we_know(provider: LocalProvider, held, role):
    provider.claims["roles"] = held
    assert log_in(provider).role is role


def test_roles_by_other_names_or_none_at_all(provider: LocalProvider):
    provider.claims["roles"] = ["admin", "WFM"]
    assert log_in(provider, roles=(("WFM", Role.PLANNER),)).role is Role.PLANNER
    assert log_in(provider, role_claim=None).role is None


@pytest.mark.parametrize("name", [None, "  ", ["noor"], "n" * 101, "a\0b", 7])
def test_a_name_that_cannot_be_one_is_none(provider: LocalProvider, name):
    provider.claims |= {"preferred_username": name, "agent": name}
    found = log_in(provider, agent_claim="agent")
    assert (found.subject, found.name) == ("248289761001", None)
    assert found.agent_id in (None, "  ")
    provider.claims |= {"preferred_username": " noor ", "agent": "ams-01"}
    found = log_in(provider, agent_claim="agent")
    assert (found.name, found.agent_id) == ("noor", "ams-01")
    assert log_in(provider).agent_id is None


def test_an_address_as_name_must_be_verified(provider: LocalProvider):
    provider.claims |= {"email": "noor@example.com"}
    for verified in (None, False, "true"):
        provider.claims["email_verified"] = verified
        assert log_in(provider, name_claim="email").name is None
    provider.claims["email_verified"] = True
    assert log_in(provider, name_claim="email").name == "noor@example.com"


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"[" * 100_000),
        (200, b'{"a": "' + b"x" * 300_000 + b'"}'),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"id_token": 7}'),
        (200, b"\xff\xfe"),
    ],
    ids=lambda answer: repr(answer[1][:12]),
)
def test_answers_that_are_none(provider: LocalProvider, answer):
    provider.token_answer = answer
    assert refused(provider) is OidcFault.BAD_ANSWER


def test_a_redirect_is_not_followed(provider: LocalProvider):
    provider.token_answer = (302, b"{}")
    assert refused(provider) is OidcFault.REFUSED
    assert "/elsewhere" not in provider.asked


def test_only_encrypted_addresses_of_the_right_provider(provider: LocalProvider):
    assert refused(provider, allow_loopback=False) is OidcFault.BAD_ANSWER
    assert refused(provider, issuer=provider.issuer + "/") is OidcFault.SETTINGS
    assert refused(provider, issuer="http://192.0.2.1") is OidcFault.BAD_ANSWER
    assert refused(provider, issuer="http://localhost.example.com") is OidcFault.BAD_ANSWER
    assert refused(provider, issuer="https://a@example.com") is OidcFault.BAD_ANSWER
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        for url in (
            "http://192.0.2.1/x", None, "ftp://127.0.0.1/", "https://[", "https://h:x/",
            "https://h/\r\nSet-Cookie: a=b", "https://h/a b", "https://h/é",
        ):  # fmt: skip
            provider.metadata = {name: url}
            assert refused(provider) is OidcFault.BAD_ANSWER, (name, url)


@pytest.mark.parametrize(
    "keys", [[], [7], [{"kty": "oct", "k": "c2VjcmV0"}], [{"kty": "RSA", "n": "!", "e": 3}], None]
)
def test_keys_that_are_none(provider: LocalProvider, keys):
    honest = provider.answer
    provider.answer = lambda path, *rest: (
        (200, json.loads(json.dumps({"keys": keys}))) if path == "/keys" else honest(path, *rest)
    )
    assert refused(provider) in (OidcFault.BAD_ANSWER, OidcFault.SIGNATURE)


def test_a_provider_that_is_not_there():
    settings = OidcSettings("http://127.0.0.1:9", CLIENT_ID, REDIRECT_URI, allow_loopback=True)
    with pytest.raises(OidcError) as caught:
        OidcProvider(settings, clock=fixed_clock(NOW)).authorize_url(new_login())
    assert caught.value.fault is OidcFault.UNREACHABLE


def test_a_provider_that_was_silent_is_left_alone_for_a_moment(provider: LocalProvider):
    now = [NOW]
    client = OidcProvider(settings_for(provider), clock=lambda: now[0])
    real, provider.issuer = provider.issuer, "http://127.0.0.1:9"
    dead = OidcProvider(settings_for(provider), clock=lambda: now[0])
    provider.issuer = real
    for _ in range(2):
        assert refused(provider, dead) is OidcFault.UNREACHABLE
    dead._settings = settings_for(provider)
    assert refused(provider, dead) is OidcFault.UNREACHABLE, "nobody tries yet"
    assert provider.asked == []
    now[0] += timedelta(seconds=15)
    assert log_in(provider, dead).name == "noor"
    provider.token_answer = (503, b"<html>")
    assert refused(provider, client) is OidcFault.UNREACHABLE
    provider.token_answer = (429, b"{}")
    assert refused(provider, client) is OidcFault.UNREACHABLE
    provider.token_answer = None
    assert log_in(provider, client).name == "noor", "an answer is no silence"


def test_only_a_few_wait_for_the_provider(provider: LocalProvider):
    going_on, release = Barrier(9), Event()
    honest = provider.answer

    def slow(path, *rest):
        if path == "/.well-known/openid-configuration":
            going_on.wait(5)
            release.wait(5)
        return honest(path, *rest)

    provider.answer = slow
    client = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(client.authorize_url, new_login()) for _ in range(8)]
        going_on.wait(5)
        with pytest.raises(OidcError, match="same moment") as caught:
            client.authorize_url(new_login())
        assert caught.value.fault is OidcFault.UNREACHABLE
        release.set()
        assert all(one.result().startswith(provider.issuer) for one in waiting)


def test_keys_and_addresses_are_forgotten_after_an_hour(provider: LocalProvider):
    now = [NOW]
    client = OidcProvider(settings_for(provider), clock=lambda: now[0])
    gone = provider.key
    log_in(provider, client)
    provider.shown_keys = [new_key("two")]
    now[0] += timedelta(minutes=4)
    assert log_in(provider, client).name == "noor"
    now[0] = provider.now = NOW + timedelta(hours=1)
    provider.key = gone
    login = login_of(new_keepsake(lambda: now[0]), clock=lambda: now[0])
    with pytest.raises(OidcError) as caught:
        client.exchange(login, **provider.authorize(client.authorize_url(login)))
    assert caught.value.fault is OidcFault.SIGNATURE
    assert provider.asked.count("/.well-known/openid-configuration") == 2


def test_a_provider_that_says_who_it_is_must_do_so(provider: LocalProvider):
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    client = OidcProvider(settings_for(provider), clock=fixed_clock(NOW))
    login = new_login()
    back = provider.authorize(client.authorize_url(login))
    with pytest.raises(OidcError) as caught:
        client.exchange(login, **back)
    assert caught.value.fault is OidcFault.STATE
    assert client.exchange(login, **back, issuer=provider.issuer).name == "noor"


def test_no_address_is_a_defect():
    for host in ("h" * 300, "xn--\x80", "127.0.0.1:1"):
        with pytest.raises(OidcError):
            call(f"https://{host}/")
    for url, port in (("https://[2001:db8::beef]/x", 443), ("http://[::1]:81", 81)):
        made = _connection(urlsplit(url))
        assert (made.host, made.port) == (urlsplit(url).hostname, port)


def test_what_a_browser_keeps():
    clock = fixed_clock(NOW)
    keepsake = new_keepsake(clock)
    login = login_of(keepsake, clock=clock)
    assert login == login_of(keepsake, clock=fixed_clock(NOW + timedelta(seconds=599)))
    parts = (login.state, login.nonce, login.verifier)
    assert len({*parts, keepsake[11:]}) == 4
    assert all(len(part) == 43 for part in parts)
    moment, _, bits = keepsake.partition(".")
    later = login_of(f"{int(moment) + 1}.{bits}", clock=clock)
    other = login_of(f"{moment}.{'A' * 43}", clock=clock)
    assert not set(parts) & {later.state, later.nonce, later.verifier, other.state, other.verifier}
    for bad, at in (
        (keepsake, NOW + timedelta(minutes=10)),
        (keepsake, NOW - timedelta(seconds=62)),
        ("", NOW),
        (keepsake + "A", NOW),
        (f"{moment}.", NOW),
        (f"{moment}.{'é' * 43}", NOW),
        ("٠" * 10 + keepsake[10:], NOW),
        (keepsake + "\n", NOW),
    ):
        with pytest.raises(OidcError) as caught:
            login_of(bad, clock=fixed_clock(at))
        assert caught.value.fault is OidcFault.STATE
        assert not bad or bad not in str(caught.value)

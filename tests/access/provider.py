"""A small OpenID provider on loopback: real HTTP, real signatures, and ways to misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID = "heliotrope"
CLIENT_SECRET = "s:e/c+r%et"
REDIRECT_URI = "http://127.0.0.1:8000/v1/oidc/callback"


@cache
def first_key() -> RSAKey | ECKey:
    """Return the key that every provider begins with: making one takes a while."""
    return new_key("one")


def new_key(kid: str, kind: str = "RSA") -> RSAKey | ECKey:
    if kind == "RSA":
        return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig"})
    return ECKey.generate_key("P-256", parameters={"kid": kid, "use": "sig"})


class LocalProvider:
    """Gives codes to whoever asks and id tokens to whoever shows code and verifier."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.key: RSAKey | ECKey = first_key()
        self.shown_keys = [self.key]
        self.alg = "RS256"
        self.claims: dict[str, Any] = {"preferred_username": "noor", "roles": ["planner"]}
        self.secret: str | None = CLIENT_SECRET
        self.auth_methods = ["client_secret_basic", "client_secret_post"]
        self.forge: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
        self.metadata: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.token_answer: tuple[int, bytes] | None = None
        self.issuer = ""
        self.redirect_uri = REDIRECT_URI

    def authorize(self, url: str) -> dict[str, str]:
        """Do what the provider's page does when somebody logs in; return the query sent back."""
        query = {key: value for key, (value,) in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] == self.redirect_uri
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = f"code {len(self.codes)} +&="
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(self.now.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.alg, "kid": self.key.kid}
        if self.forge is not None:
            return self.forge(header, claims)
        return jwt.encode(header, claims, self.key, algorithms=[self.alg])

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": self.auth_methods,
            } | self.metadata
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.shown_keys]}
        if path == "/token":
            return self._token(form, authorization)
        return 404, {"error": "not_found"}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        if self.token_answer is not None:
            return self.token_answer
        client = (form.get("client_id"), form.get("client_secret"))
        if authorization.startswith("Basic "):
            name, _, word = base64.b64decode(authorization[6:]).decode().partition(":")
            client = (name, word)
        if client != (CLIENT_ID, self.secret):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if (
            form.get("grant_type") != "authorization_code"
            or form["redirect_uri"] != self.redirect_uri
        ):
            return 400, {"error": "invalid_request"}
        return 200, {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": self.id_token(asked),
        }


@contextmanager
def running(now: datetime) -> Iterator[LocalProvider]:
    provider = LocalProvider(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode(), strict_parsing=True)
            self._reply({key: value for key, (value,) in form.items()})

        def _reply(self, form: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            status, body = provider.answer(path, form, self.headers.get("Authorization", ""))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{provider.issuer}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token that says it needs no signature."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part(header | {'alg': 'none'})}.{part(claims)}."


def seconds(now: datetime, delta: timedelta) -> int:
    return int((now + delta).timestamp())

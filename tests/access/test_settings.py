"""What the environment says of providers and proxies."""

from __future__ import annotations

import pytest

from scheduler.app import compose
from scheduler.domain.access import Role
from scheduler.errors import InputError

PROVIDER = {
    "OIDC_ISSUER": "https://id.example",
    "OIDC_CLIENT_ID": "heliotrope",
    "OIDC_CLIENT_SECRET": "well-kept",
    "PUBLIC_URL": "https://helio.example",
}


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"HELIOTROPE_{name}", value)


def test_what_is_set(monkeypatch: pytest.MonkeyPatch):
    more = {
        "TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
        "OIDC_SCOPES": "profile,email",
        "OIDC_ROLES": '{"WFM planners": "planner"}',
    }
    given(monkeypatch, **PROVIDER, **more)
    settings = compose().settings
    assert settings.trusted_proxies == ("10.0.0.1", "fd00::/8")
    assert settings.oidc_scopes == ("openid", "profile", "email")
    assert settings.oidc_roles == {"WFM planners": Role.PLANNER}
    assert "well-kept" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"TRUSTED_PROXIES": "proxy.example"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "10.0.0.0/33"}, "TRUSTED_PROXIES"),
        ({"OIDC_ROLES": "WFM"}, "OIDC_ROLES"),
        ({"OIDC_ROLES": "[" * 100_000}, "OIDC_ROLES"),
        ({"OIDC_ROLES": '{"WFM": "king"}'}, "OIDC_ROLES"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"PUBLIC_URL": None}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_ISSUER": None}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_CLIENT_SECRET": None}, "OIDC_CLIENT_SECRET"),
    ],
)
def test_what_cannot_be_is_told(monkeypatch: pytest.MonkeyPatch, changed, named):
    whole = PROVIDER | changed
    given(monkeypatch, **{name: value for name, value in whole.items() if value is not None})
    with pytest.raises(InputError) as caught:
        compose()
    assert f"HELIOTROPE_{named}" in str(caught.value)
    assert "well-kept" not in str(caught.value)

"""What the environment may set: one class, names with the prefix ``HELIOTROPE_``."""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from scheduler.domain.access import Role

__all__ = ["Settings"]

_SECONDS_A_DAY = 86_400.0


class Settings(BaseSettings):
    """Settings of the machine, not of a planning; from the environment or a file ``.env``.

    Parameters
    ----------
    debug : bool
        ``HELIOTROPE_DEBUG``: show the traceback of a defect instead of one sentence.
    workers : int, optional
        ``HELIOTROPE_WORKERS``: threads of a solve; without it as many as the machine offers.
    data_dir : Path
        ``HELIOTROPE_DATA_DIR``: folder of the SQLite file and its lock.
    database_url : SecretStr, optional
        ``HELIOTROPE_DATABASE_URL``: ``postgresql+psycopg://...`` or ``sqlite:///...``; without it
        ``heliotrope.db`` in the data folder. It may hold a password and is never shown.
    host, port : str, int
        Where the server listens: this machine alone unless told otherwise.
    public_url : str, optional
        Address under which people reach the server, for links in calendars and messages.
    body_limit_mb : int
        Largest request body, and largest archive once unpacked ten times that.
    solve_slots : int
        Solves that one process runs at a time.
    longest_solve_seconds : float
        Longest time limit that a solve may ask for.
    beat_seconds, fence_seconds, dead_seconds : float
        How often a process gives a sign of life, after how long without one confirmed it stops
        itself, and after how long others take its work over; ``fence <= dead / 2``.
    webhook_hosts : tuple of str
        Hosts that webhooks may go to, with commas between them; none by default.
    webhook_private : bool
        Whether these hosts may lie at addresses of private networks.
    keep_days : int
        How long what is left of ended solves, tokens and messages is kept; 0 is for ever.
    trail_days : int
        How long it is known who changed what; 0 is for ever.
    oidc_issuer, oidc_client_id, oidc_client_secret : str, str, SecretStr, optional
        Log-in by an OpenID Connect provider; all three or none, and then `public_url` too: people
        come back to ``<public_url>/v1/oidc/callback``.
    oidc_name_claim, oidc_role_claim, oidc_agent_claim : str, optional
        Claims with name, roles and agent of somebody who comes for the first time; without a claim
        for roles nobody comes in whom no administrator has prepared.
    oidc_roles : mapping of str to Role
        What the provider calls our roles, as a JSON object; without it as we do.
    oidc_scopes : tuple of str
        What the provider is asked for, with commas between them.
    trusted_proxies : tuple of str
        Addresses and networks of proxies whose ``X-Forwarded-For`` is believed, with commas between
        them.
    log_json : bool
        Structured logs, one JSON object a line.
    development : bool
        Loosens what only a developer needs: demo data, webhooks to this machine.
    """

    model_config = SettingsConfigDict(
        env_prefix="HELIOTROPE_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    debug: bool = False
    workers: int | None = Field(default=None, ge=1, le=256)
    data_dir: Path = Path()
    database_url: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65_535)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+(/[^\s]*)?$")
    body_limit_mb: int = Field(default=32, ge=1, le=1024)
    solve_slots: int = Field(default=1, ge=1, le=64)
    longest_solve_seconds: float = Field(default=4 * 3600.0, gt=0, le=_SECONDS_A_DAY)
    beat_seconds: float = Field(default=2.0, gt=0, le=60)
    fence_seconds: float = Field(default=10.0, gt=0, le=600)
    dead_seconds: float = Field(default=30.0, gt=0, le=3600)
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    webhook_private: bool = False
    keep_days: int = Field(default=90, ge=0, le=36_500)
    trail_days: int = Field(default=730, ge=0, le=36_500)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name_claim: str = "preferred_username"
    oidc_role_claim: str | None = None
    oidc_agent_claim: str | None = None
    oidc_roles: Annotated[dict[str, Role], NoDecode] = Field(default={})
    oidc_scopes: Annotated[tuple[str, ...], NoDecode] = ("openid", "profile")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    log_json: bool = True
    development: bool = False

    @field_validator("dead_seconds")
    @classmethod
    def _dead_long_after_fence(cls, value: float, info: ValidationInfo) -> float:
        if value < 2 * info.data.get("fence_seconds", 0.0):
            raise ValueError("at least twice HELIOTROPE_FENCE_SECONDS")
        return value

    @field_validator("webhook_hosts", mode="before")
    @classmethod
    def _hosts_by_name(cls, value: object) -> object:
        from scheduler.publish.target import host_name

        if isinstance(value, str):
            value = tuple(part.strip(" \"'") for part in value.strip(" []").split(","))
        if not isinstance(value, list | tuple):
            return value  # refused by its type
        try:
            return tuple(host_name(str(name)) for name in value if name)
        except ValueError:
            raise ValueError("with names of hosts, without https:// and ports") from None

    @field_validator("oidc_client_secret")
    @classmethod
    def _provider_whole_or_not(cls, value: SecretStr | None, info: ValidationInfo) -> object:
        given = (info.data.get("oidc_issuer"), info.data.get("oidc_client_id"), value)
        if any(part is not None for part in given) and None in given:
            raise ValueError("together with HELIOTROPE_OIDC_ISSUER and _CLIENT_ID, or none of them")
        if value is not None and info.data.get("public_url") is None:
            raise ValueError("together with HELIOTROPE_PUBLIC_URL, to which people come back")
        return value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _roles_by_name(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                value = None
        if not isinstance(value, dict):
            raise ValueError('like {"WFM planners": "planner"}')  # noqa: TRY004 - for pydantic
        return value

    @field_validator("oidc_scopes", "trusted_proxies", mode="before")
    @classmethod
    def _parts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _asks_for_an_id_token(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return value if "openid" in value else ("openid", *value)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one, strict=False)
            except ValueError:
                raise ValueError("with addresses or networks such as 10.0.0.0/8") from None
        return value

    @property
    def store_url(self) -> str:
        """Address of the database; not to be shown, it may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.absolute() / 'heliotrope.db'}"

    @property
    def is_embedded(self) -> bool:
        """Whether the server runs the solves itself, on a file of its own."""
        return self.store_url.startswith("sqlite")

    @property
    def dead_after(self) -> timedelta:
        """Silence after which a process counts as dead."""
        return timedelta(seconds=self.dead_seconds)

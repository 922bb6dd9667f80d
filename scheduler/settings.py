"""What the environment may set: one class, names with the prefix ``HELIOTROPE_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Settings of the machine, not of a planning.

    Parameters
    ----------
    debug : bool
        ``HELIOTROPE_DEBUG``: show the traceback of a defect instead of one sentence.
    workers : int, optional
        ``HELIOTROPE_WORKERS``: threads of a solve; without it as many as the machine offers.
    """

    model_config = SettingsConfigDict(env_prefix="HELIOTROPE_", frozen=True)

    debug: bool = False
    workers: int | None = Field(default=None, ge=1, le=256)

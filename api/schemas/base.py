"""What all bodies share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Given", "Told"]


class Given(BaseModel):
    """A body that callers send: unknown keys and other types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Told(BaseModel):
    """A body that callers get."""

    model_config = ConfigDict(frozen=True)

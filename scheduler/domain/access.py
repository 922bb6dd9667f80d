"""Who may do what: principals, their roles and their scope."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Principal", "Role", "TokenKind"]


class Role(StrEnum):
    """What a principal may do.

    ``admin``: everything. ``planner``: plan, repair and publish for the sites in scope. ``agent``:
    see and ask for what is the agent's own.
    """

    ADMIN = "admin"
    PLANNER = "planner"
    AGENT = "agent"


class TokenKind(StrEnum):
    """What a token is for.

    ``personal``: programs of a person. ``session``: a browser after log-in. ``calendar``: reads one
    agent's feed, nothing else.
    """

    PERSONAL = "personal"
    SESSION = "session"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who may log in, or whose token does.

    Parameters
    ----------
    principal_id : str
        Unique, never reused.
    name : str
        Unique name to log in with.
    agent_id : str, optional
        The agent whose own data a principal of role `agent` sees; not None for that role.
    site_ids : tuple of str
        Sites in a planner's scope; empty is every site.
    is_active : bool
        False once access was taken away: log-in and tokens are refused.
    """

    principal_id: str
    name: str
    role: Role
    agent_id: str | None = None
    site_ids: tuple[str, ...] = ()
    is_active: bool = True

    def __post_init__(self) -> None:
        if self.role is Role.AGENT and not self.agent_id:
            raise ValueError("a principal of role agent names an agent")
        if self.site_ids and self.role is not Role.PLANNER:
            raise ValueError("only planners have a scope of sites")

    def sees_site(self, site_id: str) -> bool:
        """Whether a site lies in the principal's scope."""
        if self.role is Role.AGENT:
            return False
        return not self.site_ids or site_id in self.site_ids

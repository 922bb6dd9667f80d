"""Commands about those who may log in to the server."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from cli.screen import Screen

__all__ = ["register"]

_users = typer.Typer(no_args_is_help=True, help="Who may log in: add, token.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    _users.command("add", epilog="Example: helio user add noor --role admin --token")(add)
    _users.command("token", epilog="Example: helio user token noor --days 90")(token)
    app.add_typer(_users, name="user")


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name to log in with.")],
    role: Annotated[str, typer.Option(help="admin, planner or agent.")],
    agent: Annotated[
        str | None, typer.Option(metavar="ID", help="The agent, for role agent.")
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="A site in a planner's scope; may be given again."),
    ] = None,
    with_password: Annotated[
        bool, typer.Option("--password", help="Ask for a password to log in with.")
    ] = False,
    with_token: Annotated[bool, typer.Option("--token", help="Make a token, too.")] = False,
) -> None:
    """Let somebody in."""
    from scheduler.app import compose, open_ready
    from scheduler.domain.access import Role
    from scheduler.usecases.manage_access import first_principal, make_token

    try:
        wanted = Role(role)
    except ValueError:
        raise typer.BadParameter("must be admin, planner or agent", param_hint="--role") from None
    if wanted is Role.AGENT and not agent:
        raise typer.BadParameter("is needed for role agent", param_hint="--agent")
    if site and wanted is not Role.PLANNER:
        raise typer.BadParameter("is for role planner only", param_hint="--site")
    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if with_password
        else None
    )
    app, screen = compose(), Screen()
    with open_ready(app) as store:
        principal = first_principal(
            store, name, wanted, agent_id=agent, site_ids=tuple(site or ()), password=password
        )
        screen.note(f"{principal.name} may log in as {principal.role.value}.")
        if with_token:
            text, _ = make_token(store, app.clock, principal.principal_id, by="command line")
            screen.note("The token, shown this once:")
            screen.lines([text])


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose token.")],
    days: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=3650, help="Good for N days (default: for ever)."),
    ] = None,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Make a token for programs; it is printed this once."""
    from cli.commands.database import existing
    from scheduler.app import open_ready
    from scheduler.usecases.manage_access import make_token

    app = existing()
    lifetime = None if days is None else timedelta(days=days)
    with open_ready(app) as store:
        with store.reading() as unit:
            principal = unit.principals.by_name(name)
        text, _ = make_token(
            store, app.clock, principal.principal_id, by="command line", label=label,
            lifetime=lifetime,
        )  # fmt: skip
    Screen().lines([text])

"""The commands that stay: the server and its workers."""

from __future__ import annotations

import errno
import ipaddress
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli.errors import Exit
from cli.screen import Screen

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Server

    from scheduler.service import Service
    from scheduler.settings import Settings

__all__ = ["register", "serve", "worker"]

_ANSWERS_SECONDS = 2
_JOBS_SECONDS = 2.0
_BACKLOG = 2048
_log = logging.getLogger("heliotrope.process")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio serve or helio serve --port 9000\n\n"
            "Ctrl-C or a polite kill ends it in order; unfinished solves go on at the next start."
        )
    )(serve)
    app.command(
        epilog=(
            "Example: helio worker\n\n"
            "HELIOTROPE_DATABASE_URL names the database, as for the server; any number of workers "
            "may share it."
        )
    )(worker)


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Listen here (default: 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65_535, help="Default: 8700.")
    ] = None,
) -> None:
    """Serve the REST API; on SQLite run the solves, too.

    Without any setting it keeps everything in heliotrope.db in this folder.
    """
    from api.app import create_app, guarded
    from cli.access_log import AccessLog
    from cli.stopping import Stopping, leave
    from scheduler.app import compose, serving
    from scheduler.jobs.engine import EngineRole
    from scheduler.usecases.back_up import database_file

    app, screen = compose(), Screen()
    settings = app.settings
    as_json = _begin_logs(settings, screen)
    stopping = Stopping()
    role = EngineRole.EMBEDDED if settings.is_embedded else EngineRole.CLIENT
    file = database_file(settings)
    is_new = file is not None and not file.exists()
    address = host or settings.host
    with _listening(address, settings.port if port is None else port) as sockets:
        with serving(app, role) as service:
            api = create_app(service)
            api.openapi()  # half a second that the first request would wait for
            server = _server(AccessLog(guarded(api, service)))
            stopping.on_stop = lambda: setattr(server, "should_exit", True)
            told = _welcome(service, sockets, made=str(file) if is_new else None)
            for sentence in told:
                _tell(screen, sentence, as_json=as_json)
            if not stopping.is_asked:
                server.run(sockets=sockets)
            service.engine.stop(_JOBS_SECONDS)
        _tell(screen, "Stopped.", as_json=as_json)
    leave(Exit.FINE)


def worker() -> None:
    """Run solves that were submitted to a server on PostgreSQL, until stopped."""
    from cli.stopping import Stopping, leave
    from scheduler.app import compose, serving
    from scheduler.errors import StateError
    from scheduler.jobs.engine import EngineRole

    app, screen = compose(), Screen()
    if app.settings.is_embedded:
        raise StateError(
            "There is nothing for a worker here: on SQLite `helio serve` runs the solves itself. "
            "For workers set HELIOTROPE_DATABASE_URL to a PostgreSQL database."
        )
    as_json = _begin_logs(app.settings, screen)
    stopping = Stopping()
    with serving(app, EngineRole.WORKER) as service:
        _tell(screen, "Working; stop with Ctrl-C.", as_json=as_json)
        while not stopping.is_asked:
            time.sleep(0.2)
        service.engine.stop(_JOBS_SECONDS)
    _tell(screen, "Stopped.", as_json=as_json)
    leave(Exit.FINE)


def _begin_logs(settings: Settings, screen: Screen) -> bool:
    """Begin to log; return whether as JSON: as set, else unless somebody looks at a terminal."""
    from scheduler.logs import set_up_logs

    chosen = "log_json" in settings.model_fields_set
    as_json = settings.log_json and (chosen or not screen.err.is_terminal)
    set_up_logs(as_json=as_json, debug=settings.debug)
    return as_json


def _tell(screen: Screen, sentence: str, *, as_json: bool) -> None:
    """Say something about the process, in the form of the logs."""
    if as_json:
        _log.info("%s", sentence)
    else:
        screen.note(sentence)


def _server(app: ASGIApp) -> Server:
    """Return a server that leaves signals to this command.

    Its own handlers raise a signal once more at the end, which would skip the orderly end of jobs.
    """
    import uvicorn

    class Quiet(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Quiet(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_ANSWERS_SECONDS,
        )
    )


@contextmanager
def _listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Listen on every address of a host for the block.

    Raises
    ------
    StateError
        If that cannot be: the port is taken, or the host is not this machine.
    """
    with ExitStack() as stack:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            _refuse(f"{host} is no name or address that can be listened on.")
        sockets: list[socket.socket] = []
        for family, _, _, _, address in dict.fromkeys(found):
            taken = sockets[0].getsockname()[1] if sockets else port
            try:
                made = socket.create_server(
                    (address[0], taken), family=family, backlog=_BACKLOG
                )  # port 0: the same spare one for all
            except OSError as error:
                _refuse(_why(error, str(address[0]), taken))
            # asyncio does it for its own sockets only; without it answers wait 40 ms for an echo
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets.append(stack.enter_context(made))
        yield sockets


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program, perhaps another `helio serve`; "
            "stop that, or choose another port with --port."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}; choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another with --host."
    return f"Nothing can listen on {host}, port {port}: {error.strerror}."


def _refuse(sentence: str) -> NoReturn:
    from scheduler.errors import StateError

    raise StateError(sentence) from None


def _welcome(service: Service, sockets: list[socket.socket], *, made: str | None) -> Iterator[str]:
    """Yield what whoever started the server should know."""
    if made is not None:
        yield f"Made a new database: {made}"
    with service.store.reading() as unit:
        nobody = not unit.principals.list(limit=1)
    if nobody:
        yield "Nobody may log in yet. In another window, make the first administrator:"
        yield "  helio user add NAME --role admin --token"
    names = [sock.getsockname()[:2] for sock in sockets]
    secured = (service.settings.public_url or "").startswith("https://")
    if not secured and not all(ipaddress.ip_address(name).is_loopback for name, _ in names):
        yield (
            "Warning: other machines can reach this, and without TLS whoever is on the way reads "
            "passwords and tokens. Put a proxy with TLS in front and set HELIOTROPE_PUBLIC_URL to "
            "its https address."
        )
    for name, port in names:
        shown = f"[{name}]" if ":" in name else name
        yield f"Serving on http://{shown}:{port}; stop with Ctrl-C."

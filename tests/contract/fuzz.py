"""Ask the running service everything that its description allows, and much that it does not.

``python -m tests.contract.fuzz --cases 5000 --seed 1 [--database URL]``: with the credentials of an
administrator, a planner and an agent, and without any. Exit code 1 on any failure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import sys
import tempfile
import uuid
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import strategies
from hypothesis.errors import HypothesisDeprecationWarning
from schemathesis import Case
from schemathesis.config import (
    ChecksConfig,
    ExamplesPhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
)
from schemathesis.engine import events, from_schema
from schemathesis.specs.openapi.schemas import OpenApiSchema

from api.openapi import operations
from scheduler.domain.access import Principal, Role
from tests.api.server import Running, running_server
from tests.contract.excused import keep
from tests.contract.world import SECONDS, World, fill

__all__ = ["Outcome", "fuzz", "main"]

CALLERS = ("administrator", "planner", "agent", "nobody")
_SLOWEST_SECONDS = 30.0
_ZONES = ("Europe/Amsterdam", "America/Paramaribo", "Australia/Sydney", "Asia/Kathmandu")


@dataclass
class Outcome:
    """What one sort of caller met."""

    caller: str
    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[str, int]] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    excused: int = 0

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        told = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        yield (
            f"{self.caller}: {self.cases} cases of {len(self.by_operation)} operations; {told}; "
            f"{self.excused} excused; {len(self.failures)} failures"
        )
        for where, what in self.failures.items():
            yield f"  {where}\n    " + what.replace("\n", "\n    ")


class _Credentials:
    """Good credentials of one sort, made anew when a case has spoilt them."""

    def __init__(self, running: Running, world: World, caller: str) -> None:
        self._running, self._world, self._caller = running, world, caller
        self._principal: Principal | None = None
        self._token = ""

    def token(self) -> str:
        """Return a token that is good now."""
        if not self._is_good():
            role = {"administrator": Role.ADMIN, "planner": Role.PLANNER, "agent": Role.AGENT}
            self._principal, client = self._running.person(
                f"{self._caller} {uuid.uuid4().hex}",
                role[self._caller],
                agent_id=self._world.ams.agent_ids[0] if self._caller == "agent" else None,
                site_ids=("ams",) if self._caller == "planner" else (),
            )
            self._token = client.headers["authorization"].removeprefix("Bearer ")
            client.close()
        return self._token

    def _is_good(self) -> bool:
        if self._principal is None:
            return False
        from scheduler.errors import SchedulerError
        from scheduler.usecases.log_in import principal_of_token

        try:
            return principal_of_token(self._running.service, self._token) == self._principal
        except SchedulerError:
            return False


def fuzz(
    running: Running, world: World, caller: str, *, seed: int, most_examples: int,
    phases: tuple[str, ...], chosen: frozenset[str] | None = None,
) -> Outcome:  # fmt: skip
    """Run the phases of schemathesis as one sort of caller.

    Parameters
    ----------
    most_examples : int
        Drawn for each operation in the phases that draw.
    phases : tuple of str
        Of ``examples``, ``coverage``, ``fuzzing``, ``stateful``.
    chosen : frozenset of str, optional
        Ids of the only operations to ask; all by default.
    """
    schema = _schema(running, world, caller, seed, most_examples, phases)
    if chosen is not None:
        schema = schema.include(operation_id=sorted(chosen))
    outcome = Outcome(caller)
    # the server's threads use `random` in this process, which Hypothesis takes for the strategies
    warnings.filterwarnings("ignore", category=HypothesisDeprecationWarning)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(outcome, event)
        elif isinstance(event, events.NonFatalError):
            outcome.failures[f"{event.label}: {event.info.title}"] = event.info.format()
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.EngineFinished):
            for failure in event.failures:
                outcome.failures[failure.title] = failure.message
    return outcome


def _schema(
    running: Running, world: World, caller: str, seed: int, most_examples: int,
    phases: tuple[str, ...],
) -> OpenApiSchema:  # fmt: skip
    document = httpx.get(f"{running.url}/v1/openapi.json").json()
    chosen = PhasesConfig(examples=ExamplesPhaseConfig(fill_missing=True))
    chosen.update(phases=list(phases))
    project = ProjectConfig(
        base_url=running.url,
        request_timeout=_SLOWEST_SECONDS,
        continue_on_failure=True,
        phases=chosen,
        checks=_checks(),
        generation=GenerationConfig(
            max_examples=most_examples, no_shrink=True, database="none",
            with_security_parameters=False,
        ),
    )  # fmt: skip
    config = schemathesis.Config(seed=seed, projects=ProjectsConfig(default=project))
    schemathesis.openapi.format("iana-time-zone", strategies.sampled_from(_ZONES))
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.hook("filter_failure")(keep)
    if caller != "nobody":
        credentials = _Credentials(running, world, caller)
        rng = random.Random(seed)

        class Bearer:
            def get(self, _case: Case[Any], _context: object) -> str:
                return credentials.token()

            def set(self, case: Case[Any], data: str, _context: object) -> None:
                case.headers["Authorization"] = f"Bearer {data}"
                _aim(case, world, rng)

        schema.auth(refresh_interval=None)(Bearer)
    return schema


def _checks() -> ChecksConfig:
    """Return all checks, with the answers that are right here beside their usual ones."""
    checks = ChecksConfig()
    checks.max_response_time.enabled = True
    checks.max_response_time.limit = _SLOWEST_SECONDS
    # RFC 6585 has 428 for a missing precondition: it names what is missing, 400 would not.
    required = checks.missing_required_header
    required.expected_statuses = [*required.expected_statuses, "428"]
    # An `If-Match` that names no version is one that does not match (RFC 9110): 412, as for others.
    negative = checks.negative_data_rejection
    negative.expected_statuses = [*negative.expected_statuses, "412"]
    return checks


def _aim(case: Case[Any], world: World, rng: random.Random) -> None:
    """Have half of the right cases name what is there: ids that are drawn never do."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or meta.phase.name.value == "stateful":
        return
    if rng.random() < 0.5:
        return
    known = _known(case.path.split("/")[2] if case.path.startswith("/v1/") else "", world)
    for part in (case.path_parameters, case.query):
        for name in part or ():
            if known.get(name):
                part[name] = rng.choice(known[name])
    if isinstance(case.body, dict):
        given: dict[str, Any] = {
            name: rng.choice(known[name]) for name in case.body if known.get(name)
        }
        if "time_limit_seconds" in case.body:
            given["time_limit_seconds"] = 1.0
        case.body = {**case.body, **given}
    for name in case.headers or ():
        if name.lower() == "if-match":
            case.headers[name] = f'"{rng.randint(1, 2)}"'


def _known(stem: str, world: World) -> dict[str, tuple[str, ...]]:
    """Return the ids that there are by the name that they have in addresses and bodies."""
    sites = (world.ams, world.pbm)
    rosters = tuple(each for site in sites for each in site.roster_ids)
    known = {
        "agent_id": tuple(each for site in sites for each in site.agent_ids),
        "site_id": tuple(site.site_id for site in sites),
        "queue_id": tuple(site.queue_id for site in sites),
        "contract_id": ("full",),
        "period_id": tuple(site.period_id for site in sites),
        "solve_id": tuple(site.solve_id for site in sites),
        "roster_id": rosters,
        "against": rosters,
        "queue": tuple(site.queue_id for site in sites),
    }
    key = {"sites": "site_id", "agents": "agent_id", "queues": "queue_id"}.get(stem)
    key = "contract_id" if stem == "contracts" else key
    return {**known, "key": known[key] if key is not None else ("1", "2", "3", "4")}


def _note(outcome: Outcome, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, checks in recorder.checks.items():
        interaction = recorder.interactions.get(case_id)
        if interaction is None or interaction.response is None:
            continue
        case = recorder.cases[case_id].value
        status = interaction.response.status_code
        outcome.cases += 1
        outcome.statuses[status] += 1
        outcome.by_operation[case.operation.label] += 1
        outcome.seen.add((case.operation.label, status))
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            where = f"{case.operation.label}: {check.name}: {failure.title}"
            told = f"{failure.message}\n{check.failure_info.code_sample}\n{status} "
            told += interaction.response.content[:400].decode(errors="replace")
            codes = set(re.findall(rb'"code": "(\w+)"', interaction.response.content))
            told += f" codes: {b', '.join(sorted(codes)).decode()}"
            outcome.failures.setdefault(where, told)
    outcome.excused += sum(recorder.filtered_failures.values())


@contextlib.contextmanager
def served(folder: Path, database_url: str | None = None) -> Iterator[tuple[Running, World]]:
    """Serve a filled world for the block, with short solves; stop them at its end."""
    name = "HELIOTROPE_LONGEST_SOLVE_SECONDS"
    before = os.environ.get(name)
    os.environ[name] = str(SECONDS)
    try:
        with running_server(folder, database_url=database_url) as running:
            _, admin = running.person("root", Role.ADMIN)
            world = fill(running, admin)
            try:
                yield running, world
            finally:
                _stop(running)
    finally:
        os.environ.pop(name) if before is None else os.environ.update({name: before})


def _stop(running: Running) -> None:
    _, admin = running.person("last", Role.ADMIN)
    for state in ("queued", "running"):
        solves = admin.get("/v1/solves", params={"state": state, "limit": 500}).json()["solves"]
        for solve in solves:
            admin.delete(f"/v1/solves/{solve['solve_id']}")


def main(arguments: list[str] | None = None) -> int:
    """Run as every sort of caller until there were enough cases; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="at least so many in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="postgresql+psycopg://... of an empty database")
    parser.add_argument("--caller", choices=CALLERS, action="append", help="only these")
    parser.add_argument("--examples", type=int, default=3, help="drawn for each operation")
    parser.add_argument(
        "--all", action="store_true", help="try every boundary with all credentials, not some"
    )
    asked = parser.parse_args(arguments)
    callers = asked.caller or CALLERS
    failures = cases = 0
    seen: set[tuple[str, int]] = set()
    with (
        tempfile.TemporaryDirectory(prefix="heliotrope-fuzz-") as folder,
        served(Path(folder), asked.database) as (running, world),
    ):
        turn = 0
        while cases < asked.cases:
            for caller in callers:
                for outcome in _turn(running, world, caller, turn, asked):
                    cases += outcome.cases
                    failures += len(outcome.failures)
                    seen |= outcome.seen
                    print(*outcome.lines(), sep="\n", flush=True)
            turn += 1
        _print_unseen(running, seen)
    print(f"{cases} cases, {failures} failures")
    return 1 if failures else 0


def _turn(
    running: Running, world: World, caller: str, turn: int, asked: argparse.Namespace
) -> Iterator[Outcome]:
    """Yield what one sort of caller met in one turn.

    Examples and boundaries (``coverage``) are the same in every turn, so they are tried in the
    first: of every operation with an administrator's credentials, of every third with the others,
    which are mostly refused the same way; with ``--all`` of every one.
    """
    seed, most = asked.seed + turn, asked.examples
    if turn == 0:
        names = sorted(operation["operationId"] for _, _, operation in _described(running))
        third = CALLERS.index(caller) + seed
        some = frozenset(name for idx, name in enumerate(names) if (idx + third) % 3 == 0)
        chosen = None if asked.all or caller == "administrator" else some
        yield fuzz(
            running, world, caller, seed=seed, most_examples=most, chosen=chosen,
            phases=("examples", "coverage"),
        )  # fmt: skip
    phases = ("fuzzing", "stateful")
    yield fuzz(running, world, caller, seed=seed, most_examples=most, phases=phases)


def _described(running: Running) -> list[tuple[str, str, dict[str, Any]]]:
    return list(operations(httpx.get(f"{running.url}/v1/openapi.json").json()))


def _print_unseen(running: Running, seen: set[tuple[str, int]]) -> None:
    """Tell which answers are described and were never given: 413 and 503 need other means."""
    unseen: dict[str, list[str]] = {}
    for method, path, operation in _described(running):
        for status in operation["responses"]:
            if status in ("413", "503"):
                continue
            if (f"{method.upper()} {path}", int(status)) not in seen:
                unseen.setdefault(status, []).append(operation["operationId"])
    for status, names in sorted(unseen.items()):
        print(f"never answered with {status}: {', '.join(sorted(names))}")


if __name__ == "__main__":
    sys.exit(main())

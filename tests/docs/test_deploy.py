"""The files of `deploy/`: they can be read, and what they name is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from cli.stopping import _AT_MOST_SECONDS
from scheduler.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
DEPLOY = PROJECT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
OF_THE_COMMAND_LINE = {"TOKEN"}


def unit(path: Path) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_hardened_and_start_again(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["Restart"] == "always", "exit code 75 means: start me again"
    assert float(service["TimeoutStopSec"]) > _AT_MOST_SECONDS
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["User"] == "heliotrope"
    assert "MemoryDenyWriteExecute" not in service, "kernels are compiled while it runs"
    program, command = service["ExecStart"].split(maxsplit=1)
    assert Path(program).name == "helio"
    assert command in ("serve", "worker")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(
            re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_compose_has_a_database_a_server_and_workers() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    assert services["worker"]["command"] == ["worker"]
    assert services["worker"]["deploy"]["replicas"] >= 2
    assert services["server"]["ports"] == ["127.0.0.1:8700:8700"], "TLS stands in front of it"
    assert "healthcheck" in services["database"]
    assert services["database"]["volumes"]
    for name, service in services.items():
        secrets = [key for key in service.get("environment", {}) if "PASS" in key or "URL" in key]
        assert not secrets, name
        if name != "database":
            assert service["read_only"] is True
            assert int(service["stop_grace_period"].rstrip("s")) > _AT_MOST_SECONDS
    made = yaml.safe_load(text)["x-heliotrope"]["build"]
    assert (DEPLOY / made["context"] / made["dockerfile"]).is_file()


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert all((PROJECT / name).exists() for name in line.split()[1:-1]), line
    assert [line for line in lines if line.startswith("USER ")] == ["USER heliotrope"]
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    copied = {line.split()[1] for line in lines if line.startswith("COPY ")}
    assert packages - copied <= {"benchmarks", "tests", "examples"}


def test_every_setting_that_is_named_is_one() -> None:
    known = {f"HELIOTROPE_{name.upper()}" for name in Settings.model_fields}
    known |= {f"HELIOTROPE_{name}" for name in OF_THE_COMMAND_LINE}
    pages = [PROJECT / "docs" / name for name in ("server.md", "operations.md", "cli.md")]
    for path in [*DEPLOY.iterdir(), *pages, PROJECT / "README.md"]:
        named = set(re.findall(r"HELIOTROPE_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
        assert named <= known, (path.name, named - known)
    told = (PROJECT / "docs" / "server.md").read_text(encoding="utf-8")
    table = set(re.findall(r"HELIOTROPE_[A-Z_]*[A-Z]", told))
    assert known - table <= {"HELIOTROPE_DEBUG", "HELIOTROPE_TOKEN"}, known - table


def test_examples_of_settings_can_be_read() -> None:
    for name in ("heliotrope.env.example", "compose.env.example"):
        for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"|# .*|[A-Z_]+=\S*", line), line
            assert not re.search(r"(SECRET|_PASSWORD)=\S", line), "an example holds no secret"


def test_events_are_not_held_back() -> None:
    assert "flush_interval -1" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert re.search(r"/events\$ \{[^}]*proxy_buffering off;", nginx)
    assert nginx.count("{") == nginx.count("}")


def test_the_server_page_lists_every_command_and_address() -> None:
    from cli.application import app

    page = (PROJECT / "docs" / "server.md").read_text(encoding="utf-8")
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for info in group.typer_instance.registered_commands:
            assert f"`helio {group.name} {info.name}" in page

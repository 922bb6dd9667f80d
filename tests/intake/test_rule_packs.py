"""The company's own rule packs: files and mappings become the same plain data."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from scheduler.intake.document import to_document
from scheduler.intake.planning_folder import read_planning
from scheduler.usecases.read_input import read_input

from .folders import GOOD, write
from .spoilt import RULES, YAML

NAMED = "  - my-rules.yaml\n"


def stripped(data: Any) -> Any:
    """The oracle: what PyYAML's plain loader reads, without blanks at the ends of texts."""
    if isinstance(data, dict):
        return {key: stripped(value) for key, value in data.items() if value != ""}
    return [stripped(item) for item in data] if isinstance(data, list) else data.strip()


def indented(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    return "  - " + "\n    ".join(lines) + "\n"


def test_a_file_reads_as_plain_text_and_like_the_same_pack_inline(tmp_path: Path) -> None:
    inline = {YAML: GOOD[YAML].replace(NAMED, indented(GOOD[RULES])), RULES: None}
    one = read_planning(write(tmp_path / "file")).planning
    two = read_planning(write(tmp_path / "inline", inline)).planning
    assert one is not None
    assert one == two
    first, second = map(json.loads, one.rule_packs)
    assert first == stripped(yaml.load(GOOD[RULES], Loader=yaml.BaseLoader))
    assert first["premiums"][0]["from"] == "18:00"
    assert second["limits"] == [{"min": "12 h", "until": "02:00"}]
    assert "note" not in second
    assert to_document(one)["rule_packs"] == [first, second]


def test_every_shipped_pack_can_be_brought_along(tmp_path: Path) -> None:
    shipped = [
        part
        for part in files("scheduler.labour").joinpath("packs").iterdir()
        if part.name.endswith(".yaml")
    ]
    assert shipped
    paths = []
    for part in sorted(shipped, key=lambda part: part.name):
        paths.append(tmp_path / part.name)
        paths[-1].write_text(part.read_text(encoding="utf-8"), encoding="utf-8")
    intake = read_planning(write(tmp_path / "plan"), rule_packs=paths)
    assert [str(fault) for fault in intake.faults] == []
    assert intake.planning is not None
    for path, text in zip(paths, intake.planning.rule_packs[2:], strict=True):
        plain = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        assert json.loads(text) == stripped(plain), path.name


def test_further_files_come_last_and_count_in_the_digest(tmp_path: Path) -> None:
    folder = write(tmp_path / "plan")
    more, other = tmp_path / "more.yaml", tmp_path / "other.yaml"
    more.write_text("format: heliotrope-rules/1\npack: more\n")
    other.write_text("pack: other\nformat: heliotrope-rules/1\n")
    plain = read_planning(folder).planning
    both = read_planning(folder, rule_packs=(more, other)).planning
    turned = read_planning(folder, rule_packs=(other, more)).planning
    assert plain is not None
    assert both is not None
    assert turned is not None
    assert both.rule_packs[:2] == plain.rule_packs
    assert [json.loads(pack)["pack"] for pack in both.rule_packs[2:]] == ["more", "other"]
    assert len({p.input_sha256 for p in (plain, both, turned)}) == 3
    # The canonical document holds them all, and further files go with a document as well.
    document = tmp_path / "plan.json"
    document.write_text(json.dumps(to_document(both)))
    assert read_planning(document).planning == both
    document.write_text(json.dumps(to_document(plain)))
    assert read_planning(document, rule_packs=(more, other)).planning == both


def test_the_file_of_each_pack_is_told_beside_the_planning(tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    more.write_text("format: heliotrope-rules/1\npack: more\n")
    intake = read_planning(write(tmp_path / "plan"), rule_packs=(more,))
    assert intake.rule_pack_files == (RULES, "", str(more))
    assert intake.planning is not None
    assert [json.loads(pack)["pack"] for pack in intake.planning.rule_packs] == [
        *("NL-FCC", "own", "more")
    ]
    # Where a pack was read does not count: the digest is that of what it says.
    copy = tmp_path / "copy.yaml"
    copy.write_text(more.read_text())
    again = read_planning(tmp_path / "plan", rule_packs=(copy,))
    assert again.planning == intake.planning


def test_what_is_wrong_inside_a_pack_is_told_with_its_file(tmp_path: Path) -> None:
    head = "format: heliotrope-rules/1\nname: Ours\nkind: agreement\n"
    folder = write(tmp_path / "plan", {RULES: f"{head}pack: one\nlimits: [{{rule: day_hour}}]\n"})
    bad, same = tmp_path / "bad.yaml", tmp_path / "same.yaml"
    bad.write_text(f"{head}pack: two\nstacking: most\n")
    # The same pack as one of the planning's is dropped; the files of the others do not shift.
    same.write_text((folder / RULES).read_text())
    faults = read_input(folder, rule_packs=(same, bad)).faults
    assert [(fault.file, fault.column) for fault in faults] == [
        (RULES, "limits[0].rule"),
        ("rule pack own", "name"),
        ("rule pack own", "limits[0].rule"),
        (str(bad), "stacking"),
    ]


def test_faults_of_further_files_come_with_all_others(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("pack: bad\nformat: heliotrope-rule/1\n")
    texts = {YAML: GOOD[YAML].replace("my-rules", "no-rules"), "agents.csv": "agent_id\n"}
    folder = write(tmp_path / "plan", texts)
    faults = read_planning(folder, rule_packs=(bad, tmp_path / "none.yaml", tmp_path)).faults
    assert {f.file for f in faults} >= {YAML, "agents.csv"}
    found = [(f.code, f.file, f.line) for f in faults[-3:]]
    assert found == [
        ("unknown_format", str(bad), 2),
        ("missing_file", str(tmp_path / "none.yaml"), None),
        ("not_a_file", str(tmp_path), None),
    ]
    nowhere = read_planning(tmp_path / "nowhere", rule_packs=(bad,)).faults
    assert {f.code for f in nowhere} == {"missing_file", "unknown_format"}


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("format: heliotrope-rules/1\n")
    folder = write(tmp_path / "plan", {RULES: None})
    (folder / RULES).symlink_to(secret)
    faults = read_planning(folder).faults
    assert [(f.code, f.line) for f in faults] == [("bad_rule_pack", 29)]


def test_a_pack_nested_without_end_is_a_fault(tmp_path: Path) -> None:
    planning = read_planning(write(tmp_path / "plan")).planning
    assert planning is not None
    document: Any = to_document(planning)
    deep: Any = []
    for _ in range(20):
        deep = [deep]
    document["rule_packs"][1]["limits"] = deep
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document))
    assert [(f.code, f.column) for f in read_planning(path).faults] == [
        ("bad_rule_pack", "/rule_packs/1")
    ]
    # Numbers and flags of a document become the text that a YAML file would hold.
    document["rule_packs"][1]["limits"] = [{"times": 2, "rolling": True, "note": None}]
    path.write_text(json.dumps(document))
    again = read_planning(path).planning
    assert again is not None
    assert json.loads(again.rule_packs[1])["limits"] == [{"times": "2", "rolling": "yes"}]

"""The pages of the packs are those that the packs make, and say what each limit says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from scheduler.labour import Limit, Pack, pack_from_yaml
from scheduler.labour.manual import main, pages
from scheduler.labour.pack_file import RULES
from scheduler.labour.registry import shipped_packs
from scheduler.labour.wording import condition_text, limit_text, premium_text
from tests.labour.packs import limits

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_pages_are_up_to_date(tmp_path: Path) -> None:
    main(tmp_path)
    made = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.iterdir()}
    there = {page.name: page.read_text(encoding="utf-8") for page in (DOCS / "labour").iterdir()}
    assert there == made, "run python -m scheduler.labour.manual docs/labour"


@pytest.mark.parametrize("pack", shipped_packs().values(), ids=lambda pack: pack.pack_id)
def test_a_page_tells_all_that_its_pack_says(pack: Pack) -> None:
    page = pages()[f"{pack.pack_id.lower()}.md"]
    assert "not legal advice" in page
    for provision in (*pack.limits, *pack.premiums):
        rows = [line for line in page.splitlines() if line.startswith(f"| `{provision.name}` |")]
        assert any(
            provision.article in row
            and provision.confidence in row
            and ", ".join(provision.sources) in row
            and provision.note in row
            for row in rows
        )
    for text in (*pack.notes, *(source.url for source in pack.sources)):
        assert text in page
    for row in pack.unknown:
        assert f"| {row.matter} | {row.instead} |" in page


def test_what_limits_say() -> None:
    packs = shipped_packs()
    said = {
        (pack_id, limit.name): limit_text(limit)
        for pack_id, pack in packs.items()
        for limit in pack.limits
    }
    assert said["NL", "night_shift_hours"] == (
        "A night shift has at most 10 h of work; up to 12 h at most 5 times in 14 days and "
        "22 times in 364 days, each with 12 h of rest after it"
    )
    assert said["NL", "night_rest"] == (
        "14 h of rest after a night shift that ends after 02:00; 8 h once in 7 x 24 h"
    )
    assert said["NL", "weekly_rest"] == (
        "36 h of rest in 7 x 24 h, or 72 h in 14 x 24 h in parts of at least 32 h"
    )
    assert said["ZA", "weekly_rest"].endswith("or 60 h in 14 x 24 h in one piece")
    assert said["SR", "no_work"] == "No work on Su and public holidays"
    assert said["SR", "break_time"] == (
        "A break of 30 min in more than 6 h of work, begun within 5 h"
    )
    limit = packs["AW"].limits[0]
    assert condition_text(packs["AW"], limit) == (
        "contracts of more than 5 days a week; not with permit `AW.overtime`"
    )
    assert [premium_text(row) for row in packs["MA000023"].premiums][1:4] == [
        "Mo, Tu, We, Th and Fr, 19:00-24:00",
        "Sa",
        "Su, 00:00-07:00",
    ]


@given(limits())
@settings(max_examples=100, deadline=None)
def test_every_limit_has_words(limit: Limit) -> None:
    assert limit_text(limit)[0] != " "
    assert "None" not in limit_text(limit)


def test_the_recipe_names_every_rule_and_its_example_is_a_pack() -> None:
    text = (DOCS / "add_a_country.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(RULES)
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    found = [pack_from_yaml(block, file="add_a_country.md") for block in blocks]
    assert [pack.pack_id for pack in found] == ["XA", "NL-FCC"]
    assert all(yaml.safe_load(block) for block in blocks)

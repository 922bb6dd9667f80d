"""The papers: links lead somewhere, lists are whole, names are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from solver import TERMS, Rule

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
PAPERS = sorted(
    [
        *PROJECT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *(PROJECT / "examples").glob("*.md"),
    ]
)
OWN_PAPERS = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(DOCS / name for name in ("index.md", "concepts.md", "glossary.md", "solver.md")),
    *(DOCS / name for name in ("server.md", "operations.md")),
    *sorted((DOCS / "decisions").glob("*.md")),
]


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def prose_of(path: Path) -> str:
    """A paper without its blocks of code."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors_of(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", prose_of(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links_of(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose_of(path))


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_links_lead_somewhere(paper: Path) -> None:
    for link in links_of(paper):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        found = (paper.parent / target).resolve() if target else paper
        assert found.exists(), link
        assert PROJECT in found.parents, link
        if anchor:
            assert anchor in anchors_of(found), link


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_files_named_in_the_papers_exist(paper: Path) -> None:
    named = re.findall(
        r"`((?:solver|scheduler|cli|docs|tests|examples)/[\w/.\-]*\.\w+)`", prose_of(paper)
    )
    for name in named:
        assert (PROJECT / name).exists() or name in PLANNED, name


# What a paper says does not exist yet, or shows how to add.
PLANNED = {
    "scheduler/jobs/engine.py",
    "solver/constraints/nights_limit.py",
    "docs/rules/nights_limit.md",
    "tests/solver/constraints/test_nights_limit.py",
}


def test_every_page_stands_in_the_index() -> None:
    linked = {(DOCS / link).resolve() for link in links_of(DOCS / "index.md")}
    missing = [name_of(page) for page in DOCS.rglob("*.md") if page.resolve() not in linked]
    assert missing == ["docs/index.md"]


def test_every_rule_kind_has_its_page() -> None:
    kinds = {kind.__name__ for kind in get_args(Rule)}
    stems = {re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower() for kind in kinds}
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (DOCS / "rules").glob("*.md")}
    assert set(pages) == stems
    titles = {re.search(r"^# .*\(`(\w+)`\)$", text, re.MULTILINE)[1] for text in pages.values()}
    assert titles == kinds


def test_cost_terms_are_those_of_the_solver() -> None:
    text = (DOCS / "costs.md").read_text(encoding="utf-8")
    table = text.split("| term | cents |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == TERMS


def test_glossary_is_sorted_and_each_term_is_one_line() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    entries = text[text.index("\n- ") :].strip().splitlines()
    terms = []
    for entry in entries:
        match = re.fullmatch(r"- \*\*([^*]+)\*\*: (.+[^.])", entry)
        assert match, entry
        terms.append(match[1])
    assert terms == sorted(set(terms), key=str.lower)


def test_decisions_are_numbered_without_holes_and_have_their_parts() -> None:
    pages = sorted((DOCS / "decisions").iterdir())
    for number, page in enumerate(pages, start=1):
        assert re.fullmatch(rf"{number:04d}-[a-z0-9-]+\.md", page.name)
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. ")
        assert len(text.splitlines()) <= 60, "a decision is one page"
        parts = [text.index(f"**{part}.**") for part in ("Decision", "Why", "Rejected")]
        assert parts == sorted(parts)


@pytest.mark.parametrize("paper", OWN_PAPERS, ids=name_of)
def test_lines_are_short(paper: Path) -> None:
    for line in prose_of(paper).splitlines():
        assert len(line) <= 100 or line.startswith("|"), line


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_blocks_of_code_are_well_formed(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    fences = re.findall(r"^ *```(\w*)", text, flags=re.MULTILINE)
    assert len(fences) % 2 == 0, "a block is not closed"
    assert not any(fences[1::2])
    blocks = re.findall(r"^( *)```python\n(.*?)^ *```$", text, flags=re.MULTILINE | re.DOTALL)
    for indent, block in blocks:
        ast.parse("\n".join(line.removeprefix(indent) for line in block.splitlines()))


def test_papers_name_no_machine() -> None:
    for paper in [*PAPERS, *DOCS.glob("*.svg")]:
        text = paper.read_text(encoding="utf-8")
        assert not re.search(r"/(work|tmp|home|opt|usr)/|index-url ?=", text), paper


def test_the_picture_fetches_nothing() -> None:
    text = (DOCS / "demo.svg").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"')]*", text)) == {"http://www.w3.org/2000/svg"}
    assert "helio" in text

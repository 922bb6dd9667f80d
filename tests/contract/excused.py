"""What a description cannot say: the only failures that are let pass, each with its reason.

Every check of schemathesis is on. A failure of one check is let pass where its answer is the right
one and no schema could have told so; any other answer to the same request still fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

__all__ = ["keep", "why_excused"]

_STATE: Mapping[int, str] = {
    412: "which version is the present one is known to the database alone",
}
"""Answers to a request that is right by itself, but not now."""

_BARE = ("text/csv", "application/zip")

_MEANING: Mapping[str, str] = {
    "unknown_id": "an id must be that of a row that is there",
    "wrong_id": "the id in a body must be the one in the address",
    "wrong_order": "an end must lie behind its start",
    "bad_order": "an end must lie behind its start",
    "bad_date": "a day must be in the calendar, in the years that a planning may hold",
    "bad_clock": "a clock shows hours to 24 and minutes to 59",
    "bad_local_time": "a day must be in the calendar and a clock show the time",
    "bad_instant": "a day must be in the calendar and a clock show the time",
    "bad_opening": "opening hours are a small language of their own",
    "bad_rule_pack": "a rule pack must be one that is known",
    "unknown_zone": "a zone must be in the data that this version comes with",
    "bad_number": "a number may come as text, which a schema bounds by its letters only",
    "out_of_range": "a number may come as text, and settings lower the longest solve",
    "bad_principal": "role, agent and sites must go together",
    "weak_password": "a password must not be a common one, nor hold the name",
    "bad_language": "the value of a skill is a language tag where its kind is language",
    "bad_level": "a level must be of the sort that the kind of skill has",
    "bad_subdivision": "a subdivision must be one of the country beside it",
    "int_type": "a whole number must be written as one; for a schema 3.0 is one too",
    "needless_fold": "which of two readings is meant may be said only where there are two",
    "outside_horizon": "a moment must lie in the roster's horizon",
    "overlapping_shifts": "shifts of one agent must not overlap",
    "unknown_name": "the queue must be one of the roster's",
    "bad_time": "a moment is written in more ways than one, with an offset or without",
    "unclear_time": "a moment without offset must be one that the clock shows once",
    "duplicate_id": "an id must not be that of another row",
    "one_of_two": "of two values one must be there, and not both",
    "unknown_value": "a skill must be one of those that its kind has",
    "webhook_host": "messages go only to hosts that settings allow",
    "bad_permit": "a permit must be one of a rule pack that is known",
    "bad_text": "which characters can be printed stands in the tables of Unicode",
    "more_faults": "the faults beyond those that are told are only counted",
    "ambiguous_time": "a time that the clock shows twice needs a fold",
    "bad_settings": "settings must not contradict one another",
    "closed_queue": "agents are needed only while the queue is open",
    "duplicate_interval": "an interval of a queue must stand there once",
    "history_contradicts": "a past shift must lie in the employment",
    "history_in_horizon": "a past shift must begin before the horizon",
    "horizon_too_long": "a horizon must not be longer than a year and a week",
    "missing_exchange_rate": "currencies in use must have a rate",
    "off_grid": "a time must lie on the grid of intervals",
    "overlapping_locations": "an agent must not be in two places at once",
    "skipped_time": "a time must be one that the clock of its zone shows",
    "unknown_subdivision": "a subdivision must be one whose holidays are known",
    "webhook_url": "an address must be https, of a host, without name and password",
    "empty_table": "some tables must hold a row",
    "no_demand": "something must be needed",
    "missing_value": "of two columns one must be there, or two only together",
    "history_too_short": "a history must hold four weeks before the period",
    "binary_file": "a history as text must be a table",
    "bad_csv": "a history as text must be a table",
    "bad_encoding": "a history as text must be a table",
    "missing_offset": "a moment in UTC is written with its offset",
    "missing_column": "a history as text must have certain columns",
    "unknown_column": "a history as text must have certain columns",
    "duplicate_column": "a history as text must have certain columns",
    "unnamed_column": "a history as text must have certain columns",
    "too_many_cells": "a history as text must be a table",
}
"""Codes of faults about meaning; a body whose faults are all of these was well formed."""


def keep(_context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether a failure counts: the hook ``filter_failure``."""
    return why_excused(failure, response) is None


def why_excused(failure: Failure, response: Response) -> str | None:
    """Return why a failure is none, or None if it is one."""
    if not isinstance(failure, RejectedPositiveData):
        return None
    if response.status_code in _STATE:
        return _STATE[response.status_code]
    if response.status_code != 422:
        return None
    if response.request.headers.get("Content-Type") in _BARE:
        return "of a file's content a schema says only that it is text, or bytes"
    problem: dict[str, Any] = json.loads(response.content)
    codes = {fault["code"] for fault in problem.get("faults", ())} or {problem["code"]}
    if not codes <= _MEANING.keys():
        return None
    return "; ".join(_MEANING[code] for code in sorted(codes))

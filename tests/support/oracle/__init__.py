"""A slow and obvious implementation of sections 4 and 5 of the contract, to judge the program by.

It shares nothing with the program but the form in which a `Reading` is given: no parser and no
constants. Every rule quotes its section of the contract. The code is plain, even where it could be
shorter or faster.
"""

from __future__ import annotations

from tests.support.oracle.expect import expect, expect_report, expect_reports
from tests.support.oracle.expected import (
    Expected,
    ExpectedEvidence,
    ExpectedReport,
    ExpectedSeen,
    ExpectedUnderstanding,
)
from tests.support.oracle.files import DEFAULT_LEGACY_REGEX, Rules
from tests.support.oracle.json_text import Number, opens_too_deep, parse_json
from tests.support.oracle.lines import is_utf8, judge_line, text_so_far
from tests.support.oracle.properties import DEFAULT_READING, property_of, time_of
from tests.support.oracle.text import matches_glob, small, words
from tests.support.oracle.times import read_time

__all__ = [
    "DEFAULT_LEGACY_REGEX",
    "DEFAULT_READING",
    "Expected",
    "ExpectedEvidence",
    "ExpectedReport",
    "ExpectedSeen",
    "ExpectedUnderstanding",
    "Number",
    "Rules",
    "expect",
    "expect_report",
    "expect_reports",
    "is_utf8",
    "judge_line",
    "matches_glob",
    "opens_too_deep",
    "parse_json",
    "property_of",
    "read_time",
    "small",
    "text_so_far",
    "time_of",
    "words",
]

"""A diagnosis as text: a line for each finding, and a last one with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from peaktrade_ops.stage1.faults import plural
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from peaktrade_ops.diagnosis.findings import Diagnosis, Finding

_COLOURS: Final = {"ok": "green", "warning": "yellow", "error": "red"}


def as_text(diagnosis: Diagnosis, *, colours: bool = False) -> str:
    """Return a diagnosis as lines: result, check, place, what is there, and what to do."""
    lines = [_line(each, colours=colours) for each in diagnosis.findings]
    counts = [sum(each.result == name for each in diagnosis.findings) for name in _COLOURS]
    in_order, warnings, errors = counts
    last = f"{plural(errors, 'error')}, {plural(warnings, 'warning')}, {in_order} in order"
    return "\n".join([*lines, last])


def _line(finding: Finding, *, colours: bool) -> str:
    advice = f"; {finding.advice}" if finding.advice else ""
    text = printable(f": {finding.check}: {finding.where}: {finding.what}{advice}")
    result = finding.result
    return (click.style(result, fg=_COLOURS[result]) if colours else result) + text

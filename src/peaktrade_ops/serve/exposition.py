"""Families of gauges as text, in the exposition formats of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPEN_METRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN: Final = "text/plain; version=0.0.4; charset=utf-8"

_MOST_CHARACTERS: Final = 200
_BACKSLASH: Final = str.maketrans({"\\": "\\\\", "\n": "\\n"})
_QUOTED: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


class Family(NamedTuple):
    """One gauge with all its series.

    Attributes:
        name: Its name.
        help: What it tells, one sentence.
        labels: The names of its labels.
        values: The value of each series, by the values of the labels.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]


def expose(
    families: Iterable[Family], common: Mapping[str, str], *, open_metrics: bool = False
) -> tuple[bytes, str]:
    """Return families as text, and the content type of the text.

    Args:
        families: The families.
        common: The labels that every series has before its own.
        open_metrics: Whether the format is OpenMetrics; else it is that of Prometheus.
    """
    lines = []
    for name, meaning, labels, values in families:
        # Only OpenMetrics escapes quotes in a help text.
        told = meaning.translate(_QUOTED if open_metrics else _BACKSLASH)
        lines += [f"# HELP {name} {told}", f"# TYPE {name} gauge"]
        for key, value in values.items():
            pairs = {**common, **dict(zip(labels, key, strict=True))}
            inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in pairs.items())
            lines.append(f"{name}{{{inside}}} {float(value)!r}")
    if open_metrics:
        lines.append("# EOF")
    text = "".join(f"{line}\n" for line in lines)
    return text.encode(), OPEN_METRICS if open_metrics else PLAIN


def _escaped(text: str) -> str:
    """Return the value of a label: on one line, quoted, and not longer than others can keep."""
    short = text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
    # Half of a surrogate pair has no UTF-8.
    return short.encode("utf-8", "replace").decode("utf-8").translate(_QUOTED)

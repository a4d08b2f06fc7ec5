"""The figures of a campaign: how much was tried, and what was lost, as a table and as JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, Final

_SHOWN: Final = 20


@dataclass(slots=True)
class Row:
    """One kind of attack or accident.

    Attributes:
        name: What was done, in a few words.
        tried: How often it was done.
        losses: What was lost, each with all that is needed to do it again.
        measured: Other numbers, by name and unit: `{"slowest s": 1.5}`.
    """

    name: str
    tried: int = 0
    losses: list[str] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Figures:
    """The results of one campaign.

    Attributes:
        title: What was attacked.
        rows: The kinds, by name, in the order of their start.
    """

    title: str
    rows: dict[str, Row] = field(default_factory=dict)

    def row(self, name: str) -> Row:
        """Return the row of a kind; make it if it is not there.

        The one before is then shown on standard error: a campaign takes hours, and what it has done
        is not lost if it is interrupted.
        """
        if self.rows and name not in self.rows:
            print(_line(next(reversed(self.rows.values()))), file=sys.stderr, flush=True)
        return self.rows.setdefault(name, Row(name))

    @property
    def tried(self) -> int:
        """How much was tried in all rows."""
        return sum(row.tried for row in self.rows.values())

    @property
    def losses(self) -> list[str]:
        """What was lost in all rows, each with the name of its row."""
        return [f"{row.name}: {loss}" for row in self.rows.values() for loss in row.losses]

    def text(self) -> str:
        """Return the figures as a table for people, and the first losses."""
        lines = [f"# {self.title}", f"{'':<60}{'tried':>12}{'lost':>8}"]
        lines += map(_line, self.rows.values())
        lines.append(f"{'all':<60}{self.tried:12,}{len(self.losses):8,}")
        lines += [f"lost: {loss}" for loss in self.losses[:_SHOWN]]
        if len(self.losses) > _SHOWN:
            lines.append(f"lost: {len(self.losses) - _SHOWN:,} more (the JSON has all)")
        return "\n".join(lines) + "\n"

    def data(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return {
            "title": self.title,
            "tried": self.tried,
            "lost": len(self.losses),
            "rows": [
                {
                    "name": row.name,
                    "tried": row.tried,
                    "losses": row.losses,
                    "measured": row.measured,
                }
                for row in self.rows.values()
            ],
        }


def _line(row: Row) -> str:
    measured = ", ".join(f"{name} {value:.4g}" for name, value in row.measured.items())
    return f"{row.name:<60}{row.tried:12,}{len(row.losses):8,}  {measured}".rstrip()

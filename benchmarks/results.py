"""The results of benchmarks: costs, ratios and peaks, as a table and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.runner import Cost


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much one command costs as another.

    Attributes:
        name: The two commands.
        wall: The ratio of the wall times.
        cpu: The ratio of the CPU times.
        target: What it should be; empty if nothing is demanded.
    """

    name: str
    wall: float
    cpu: float
    target: str


@dataclass(frozen=True, slots=True)
class Peak:
    """The peak of the memory of a command and all its processes.

    Attributes:
        name: What was scanned.
        mebibytes: The memory, MiB.
        target: What it should be; empty if nothing is demanded.
    """

    name: str
    mebibytes: float
    target: str


@dataclass(slots=True)
class Section:
    """The results of one benchmark.

    Attributes:
        title: What was measured.
        costs: What each command costs, by its name.
        ratios: Comparisons of the costs.
        peaks: The memory of commands.
    """

    title: str
    costs: dict[str, Cost] = field(default_factory=dict)
    ratios: list[Ratio] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)

    def compare(self, name: str, to: str, target: str = "") -> None:
        """Add the ratio of two costs.

        Args:
            name: The command whose cost is divided.
            to: The command by whose cost it is divided.
            target: What the ratio should be.
        """
        this, other = self.costs[name], self.costs[to]
        ratio = Ratio(f"{name} / {to}", this.wall / other.wall, this.cpu / other.cpu, target)
        self.ratios.append(ratio)

    def text(self) -> str:
        """Return the results as a table for people."""
        lines = [f"# {self.title}"]
        if self.costs:
            lines.append(f"{'':<52}{'wall s':>9}{'CPU s':>9}")
        lines += [f"{name:<52}{one.wall:9.2f}{one.cpu:9.2f}" for name, one in self.costs.items()]
        if self.ratios:
            lines.append(f"{'':<52}{'by wall':>9}{'by CPU':>9}  target")
        lines += [
            f"{each.name:<52}{_shown(each.wall):>9}{_shown(each.cpu):>9}  {each.target}".rstrip()
            for each in self.ratios
        ]
        if self.peaks:
            lines.append(f"{'':<52}{'MiB':>9}{'':>9}  target")
        lines += [
            f"{each.name:<52}{each.mebibytes:9.0f}{'':>9}  {each.target}".rstrip()
            for each in self.peaks
        ]
        return "\n".join(lines) + "\n"

    def data(self) -> dict[str, Any]:
        """Return the results for JSON."""
        return {
            "title": self.title,
            "seconds": {name: {"wall": c.wall, "cpu": c.cpu} for name, c in self.costs.items()},
            "ratios": {
                each.name: {"wall": each.wall, "cpu": each.cpu, "target": each.target}
                for each in self.ratios
            },
            "peaks": {
                each.name: {"mebibytes": each.mebibytes, "target": each.target}
                for each in self.peaks
            },
        }


def _shown(ratio: float) -> str:
    """Return a ratio with three digits, for people."""
    return f"{ratio:.3g}" if ratio < 100 else f"{ratio:.0f}"  # noqa: PLR2004 (three digits)

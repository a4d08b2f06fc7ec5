"""The results of the comparison between container and host, for the table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Cell(NamedTuple):
    """One way to run one job, with the digests of its reports folders.

    Attributes:
        job: The job.
        way: The way to start the container.
        user: The user of the container.
        setting: What else differs from the host.
        host: The digest of the host's folder.
        container: The digest of the container's folder.
    """

    job: str
    way: str
    user: str
    setting: str
    host: str
    container: str


CELLS: Final[list[Cell]] = []
ORIGINS: Final[dict[str, str]] = {}

_HEAD: Final = ("job", "way", "user", "setting", "digest", "")


def table(origins: Mapping[str, str], cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the lines of the table of comparisons.

    Args:
        origins: The origin of each base, by its name.
        cells: The comparisons.
    """
    for tag, origin in origins.items():
        yield f"base {tag}: {origin}"
    if not cells:
        return
    rows = [_HEAD]
    for cell in cells:
        same = "same as the host" if cell.host == cell.container else f"HOST {cell.host[:16]}"
        rows.append((*cell[:4], cell.container[:16], same))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            field.ljust(width) for field, width in zip(row, widths, strict=True)
        ).rstrip()

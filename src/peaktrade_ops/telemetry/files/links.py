"""What symbolic links below a telemetry root mean for its coverage."""

from __future__ import annotations

import errno
import functools
import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.patterns import NOT_ENTERED
from peaktrade_ops.telemetry.files.source import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from peaktrade_ops.telemetry.files.search import Discovery, Search


# As many as Linux follows, see path_resolution(7).
_MOST_LINKS: Final = 40


def judge_links(links: Iterable[str], root: Path, search: Search, found: Discovery) -> None:
    """Decide about links: what they point to inside the root counts under its own name.

    A link out of the root is left out whatever it points to, because what is there cannot be told
    from inside a container that mounts the root alone, and under another name.
    """
    known = {source.location for source in found.sources}
    known |= {os.path.join(root, entry.path) for entry in found.left_out}  # noqa: PTH118 (text)
    met = known | {os.path.join(root, path) for path in links}  # noqa: PTH118 (text)
    contents = functools.cache(_contents)
    for path in links:
        target = _target(path, root)
        if search.ignore.match(shown(path)):
            found.leave_out(path, "ignored", candidate=search.is_candidate(shown(path)))
        elif target is None:
            found.leave_out(path, "link leaves the root")
        # A link that leads to itself has been met, but leads to nothing that is known.
        elif any(
            place not in (known if place == target else met)
            for place in _targets(path, target, search, contents)
        ):
            found.leave_out(path, "link to a file that is not scanned")


def _target(path: str, root: Path) -> str | None:
    """Follow a link step by step.

    Args:
        path: The link, relative to the root.
        root: The folder that must not be left, not even to come back: what lies outside of it, and
            what it is called there, depends on where it is mounted.

    Returns:
        The absolute place that the link leads to, which need not exist; that of the link itself
        where links lead in a circle; none where it leaves the root.
    """
    trail: list[str] = []
    ahead = path.split("/")[::-1]
    followed = 0
    while ahead:
        step = ahead.pop()
        if step == "..":
            if not trail:
                return None
            trail.pop()
        elif step not in {"", "."}:
            trail.append(step)
            try:
                target = os.readlink(os.path.join(root, *trail))  # noqa: PTH115, PTH118 (text)
            except OSError:
                # No link, or nothing at all.
                continue
            followed += 1
            if target.startswith("/"):
                return None
            if followed > _MOST_LINKS:
                return os.path.join(root, path)  # noqa: PTH118 (text)
            trail.pop()
            ahead += target.split("/")[::-1]
    return os.path.join(root, *trail)  # noqa: PTH118 (text)


def _targets(
    path: str, target: str, search: Search, contents: Callable[[str], tuple[_Content, ...]]
) -> Iterator[str]:
    """Give the places that would be scanned if the link `path` were what it points to."""
    try:
        leads_to_folder = is_folder(target)
    except OSError:
        # Whatever it is, it cannot have been scanned by who may not look at it.
        yield target
        return
    if not leads_to_folder:
        if search.is_candidate(shown(path)):
            yield target
        return
    for content in contents(target):
        if content.is_hidden or search.is_candidate(shown(path + content.path)):
            yield target + content.path


class _Content(NamedTuple):
    """What lies below a folder.

    Attributes:
        path: Where, from the folder on, with a leading slash; empty for the folder itself.
        is_hidden: Whether it may hide telemetry whatever its name is: a folder that cannot be
            listed, or a link.
    """

    path: str
    is_hidden: bool


def _contents(folder: str) -> tuple[_Content, ...]:
    """List the files and links below a folder, and the folders that cannot be listed."""
    found: list[_Content] = []

    def add(place: str, *, is_hidden: bool) -> None:
        found.append(_Content(place[len(folder) :], is_hidden))

    def closed(error: OSError) -> None:
        add(os.fspath(error.filename), is_hidden=True)

    for inside, folders, names in os.walk(folder, onerror=closed):
        folders[:] = [name for name in folders if name not in NOT_ENTERED]
        for name in (*names, *folders):
            place = os.path.join(inside, name)  # noqa: PTH118 (text)
            is_link = os.path.islink(place)  # noqa: PTH114 (text)
            if is_link or name in names:
                add(place, is_hidden=is_link)
    return tuple(found)


def is_folder(path: str) -> bool:
    """Say whether a path leads to a folder.

    Raises:
        OSError: It may not be looked at.
    """
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 (text)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return False
        raise

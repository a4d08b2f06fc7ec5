"""Report the symbolic links below a telemetry root that may hide telemetry.

Links exist on the local file system only, so this module accesses it directly. A store without
links lists none, so this module has nothing to do there.
"""

from __future__ import annotations

import errno
import functools
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.local import LOCAL, leads_to_folder
from peaktrade_ops.telemetry.files.names import Claim, is_json_lines_name, is_scanned_path
from peaktrade_ops.telemetry.files.reasons import (
    IGNORED,
    LINK_LEAVES_ROOT,
    LINK_NOT_SCANNED,
    NOT_READABLE,
)
from peaktrade_ops.telemetry.files.search import NOT_ENTERED
from peaktrade_ops.telemetry.files.source import shown
from peaktrade_ops.telemetry.files.store import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from peaktrade_ops.telemetry.files.search import Discovery, Search


# The limit of Linux, see path_resolution(7).
_MOST_LINKS: Final = 40

# The errors of `readlink` for a path that is not a link, does not exist, or is below a file. A path
# below a folder without permission cannot be examined either; the check of the target notices this.
_IS_NO_LINK: Final = frozenset({errno.EINVAL, errno.ENOENT, errno.ENOTDIR, errno.EACCES})

# A file with one of these claims is scanned or listed under its own name, whatever its path is.
_SCANNED_OR_LISTED: Final = frozenset({Claim.SCAN, Claim.ARCHIVE, Claim.NOT_SUPPORTED})


def judge_links(links: Iterable[str], root: str, search: Search, found: Discovery) -> None:
    """Leave out each link that may hide telemetry which is not scanned under its own name.

    A link that leaves the root is always left out, for any target. Inside a container that mounts
    only the root, under another name, the target cannot be examined, and the result must be the
    same there.

    Args:
        links: The links that the walk met, relative to the root.
        root: The telemetry root, absolute and without links.
        search: The rules of the search.
        found: The result of the walk, to which the links are added.
    """
    known = {source.location for source in found.sources}
    known |= {os.path.join(root, entry.path) for entry in found.left_out}  # noqa: PTH118 (text)
    met = known | {os.path.join(root, path) for path in links}  # noqa: PTH118 (text)
    contents = functools.cache(_contents)
    for path in links:
        if search.ignore.match(shown(path)):
            found.leave_out(path, IGNORED, candidate=_asks(path, search))
            continue
        try:
            target = _target(path, root)
        except OSError:
            found.leave_out(path, NOT_READABLE)
            continue
        if target is None:
            found.leave_out(path, LINK_LEAVES_ROOT)
        # A link that leads to itself is among the links met, but it leads to no known file.
        elif any(
            location not in (known if location == target else met)
            for location in _targets(path, target, search, contents)
        ):
            found.leave_out(path, LINK_NOT_SCANNED)


def _asks(path: str, search: Search) -> bool:
    """Return whether the name of a link to a file, or only its path, claims telemetry."""
    name = shown(path)
    is_named = is_json_lines_name(name) or is_scanned_path(name)
    return is_named or search.claim(name) is Claim.SCAN


def _target(path: str, root: str) -> str | None:
    """Follow a link step by step.

    Args:
        path: The link, relative to the root.
        root: The folder that the link must not leave, even if it comes back: the paths outside of
            it depend on the mount.

    Returns:
        The absolute location that the link leads to, which need not exist; the location of the link
        itself if links form a loop; `None` if the link leaves the root.

    Raises:
        OSError: A step cannot be examined, so the target of the link is unknown.
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
            except OSError as error:
                if error.errno not in _IS_NO_LINK:
                    raise
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
    """Yield the locations that would be scanned if the link were a copy of its target.

    Args:
        path: The link, relative to the root.
        target: The absolute location that it leads to.
        search: The rules of the search.
        contents: Returns the contents of a folder.
    """
    try:
        is_folder = leads_to_folder(target)
    except OSError:
        # This user may not examine it, so it was not scanned.
        yield target
        return
    if not is_folder:
        if _asks(path, search):
            yield target
        return
    for content in contents(target):
        claim = search.claim(shown(path + content.path))
        if content.is_hidden or claim in _SCANNED_OR_LISTED:
            yield target + content.path


class _Content(NamedTuple):
    """A file, link or unreadable folder below a folder.

    Attributes:
        path: The path from the folder on, with a leading slash; empty for the folder itself.
        is_hidden: Whether it may hide telemetry under any name: a folder that cannot be
            listed, or a link.
    """

    path: str
    is_hidden: bool


def _contents(folder: str) -> tuple[_Content, ...]:
    """Return the files and links below a folder, and the folders that cannot be listed."""
    found: list[_Content] = []
    ahead = [folder]
    while ahead:
        location = ahead.pop()
        try:
            entries = LOCAL.list_folder(location)
        except OSError:
            found.append(_Content(location[len(folder) :], is_hidden=True))
            continue
        for entry in entries:
            if entry.kind is not Kind.FOLDER:
                is_hidden = entry.kind in {Kind.LINK, Kind.UNKNOWN}
                found.append(_Content(entry.location[len(folder) :], is_hidden))
            elif entry.name not in NOT_ENTERED:
                ahead.append(entry.location)
    return tuple(found)

"""Report the symbolic links below a telemetry root that may hide telemetry.

Links exist on the local file system only, so this module accesses it directly. A store without
links lists none, so this module has nothing to do there.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.local import LOCAL, leads_to_folder
from peaktrade_ops.telemetry.files.names import (
    Claim,
    claim_of,
    is_json_lines_name,
    is_scanned_path,
)
from peaktrade_ops.telemetry.files.reasons import (
    HARMLESS_IF_OLD,
    IGNORED,
    LINK_LEAVES_ROOT,
    LINK_NOT_SCANNED,
    NOT_DATA,
    NOT_READABLE,
)
from peaktrade_ops.telemetry.files.search import NOT_ENTERED
from peaktrade_ops.telemetry.files.source import shown
from peaktrade_ops.telemetry.files.store import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from peaktrade_ops.telemetry.files.search import Discovery, Search


# The limit of Linux, see path_resolution(7).
_MOST_LINKS: Final = 40
# More than any path has. Links whose targets are long paths through each other take no longer.
_MOST_STEPS: Final = 4096

# The errors of `readlink` for a path that is not a link, does not exist, or is below a file. A path
# below a folder without permission cannot be examined either; the check of the target notices this.
_IS_NO_LINK: Final = frozenset({errno.EINVAL, errno.ENOENT, errno.ENOTDIR, errno.EACCES})

# A file with one of these claims is listed under its own name, whatever its path is.
_LISTED: Final = frozenset({Claim.ARCHIVE, Claim.NOT_SUPPORTED})

# A file that is left out for one of these reasons may hide an event without an effect: its own name
# and time say that it has none, but those of a link may say that it has. What is ignored is left
# out by the operator, whatever leads to it.
_MAY_HIDE: Final = HARMLESS_IF_OLD | {NOT_DATA}


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
    scanned = {source.identity.file for source in found.sources}
    known = {source.location for source in found.sources}
    weak: set[str] = set()
    for entry in found.left_out:
        may_hide = entry.reason in _MAY_HIDE and entry.file not in scanned
        (weak if may_hide else known).add(_join(root, entry.path))
    folders = _Folders(search, known, weak, {_join(root, path) for path in links})
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
        elif _hides(path, target, search, known, folders):
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
    trail: list[str] = [root]
    ahead = path.split("/")[::-1]
    followed = steps = 0
    while ahead:
        step = ahead.pop()
        steps += 1
        if steps > _MOST_STEPS:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        if step == "..":
            if len(trail) == 1:
                return None
            trail.pop()
        elif step not in {"", "."}:
            trail.append(os.path.join(trail[-1], step))  # noqa: PTH118 (text)
            try:
                target = os.readlink(trail[-1])  # noqa: PTH115 (text)
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
    return trail[-1]


def _hides(
    path: str, target: str, search: Search, known: Collection[str], folders: _Folders
) -> bool:
    """Return whether anything would be scanned if the link were a copy of its target, and is not.

    Args:
        path: The link, relative to the root.
        target: The absolute location that it leads to.
        search: The rules of the search.
        known: The locations that are scanned, or left out for a reason that covers the link.
        folders: The folders that links lead to.
    """
    try:
        is_folder = leads_to_folder(target)
    except OSError:
        # This user may not examine it, so it was not scanned.
        return target not in known
    if is_folder:
        return folders.hide(path, target)
    # A link that leads to itself is among the links met, but it leads to no known file.
    return _asks(path, search) and target not in known


class _Folder(NamedTuple):
    """What is in a folder and not met under its own name.

    Attributes:
        is_listed: Whether it can be listed.
        others: The names of links and of entries of an unknown kind, which may hide telemetry under
            any name.
        files: The names of the other entries that are no folders, also of those left out for a
            reason that does not cover a link.
        folders: The names of the folders that a walk enters, met or not.
    """

    is_listed: bool
    others: list[str]
    files: list[str]
    folders: list[str]


class _Hidden(NamedTuple):
    """Whether a folder and those below it hide telemetry, by the names of their files alone.

    Attributes:
        elsewhere: Whether they do if the path of the folder is not scanned.
        scanned: Whether they do if it is.
    """

    elsewhere: bool
    scanned: bool


class _Folders:
    """The folders that links lead to, each of which is read and judged once.

    Very many links can lead to one folder, and to each of the folders around it.

    Args:
        search: The rules of the search.
        known: The locations that are scanned, or left out for a reason that covers a link.
        weak: The locations that are left out for another reason.
        links: The locations of links.
    """

    def __init__(
        self, search: Search, known: Collection[str], weak: Collection[str], links: Collection[str]
    ) -> None:
        """Start without a folder."""
        self._search = search
        self._known = known
        self._weak = weak
        self._links = links
        self._folders: dict[str, _Folder] = {}
        self._hidden: dict[str, _Hidden] = {}

    def hide(self, path: str, target: str) -> bool:
        """Return whether a folder holds what would be scanned below a link, and is not.

        Args:
            path: The link, relative to the root.
            target: The absolute location of the folder that it leads to.
        """
        order = [target]
        for location in order:
            if location not in self._hidden:
                order += (_join(location, name) for name in self._folder(location).folders)
        # The folders inside of a folder come after it.
        for location in reversed(order):
            if location not in self._hidden:
                self._hidden[location] = self._judged(location)
        if self._hidden[target][is_scanned_path(shown(path))]:
            return True
        include = self._search.include
        return bool(include) and any(
            include.match(shown(path + rest)) for rest in self._files_below(target)
        )

    def _folder(self, location: str) -> _Folder:
        if location not in self._folders:
            self._folders[location] = self._read(location)
        return self._folders[location]

    def _read(self, location: str) -> _Folder:
        folder = _Folder(is_listed=True, others=[], files=[], folders=[])
        try:
            entries = LOCAL.list_folder(location)
        except OSError:
            return folder._replace(is_listed=False)
        for entry in entries:
            if entry.kind is Kind.FOLDER:
                if entry.name not in NOT_ENTERED:
                    folder.folders.append(entry.name)
            elif entry.location not in self._known and entry.location not in self._links:
                is_other = entry.kind in {Kind.LINK, Kind.UNKNOWN}
                (folder.others if is_other else folder.files).append(entry.name)
        return folder

    def _judged(self, location: str) -> _Hidden:
        """Judge a folder; those inside of it are judged."""
        folder = self._folder(location)
        if folder.others or not (folder.is_listed or location in self._known):
            return _Hidden(elsewhere=True, scanned=True)
        inside = {name: self._hidden[_join(location, name)] for name in folder.folders}
        return _Hidden(
            elsewhere=any(self._is_taken(location, name) for name in folder.files)
            or any(hidden[is_scanned_path(shown(name))] for name, hidden in inside.items()),
            scanned=any(self._is_taken(location, name, _SCANNED) for name in folder.files)
            or any(hidden.scanned for hidden in inside.values()),
        )

    def _is_taken(self, location: str, name: str, above: str = "") -> bool:
        """Return whether a file of a folder would be scanned, or newly listed, by its name."""
        claim = claim_of(shown(above + name))
        is_taken = self._search.takes_all or claim is Claim.SCAN
        return is_taken or (claim in _LISTED and _join(location, name) not in self._weak)

    def _files_below(self, target: str) -> Iterator[str]:
        """Yield the paths of the files, from the folder on."""
        ahead = [target]
        while ahead:
            location = ahead.pop()
            folder = self._folder(location)
            inside = location[len(target) :]
            yield from (f"{inside}/{name}" for name in folder.files)
            ahead += (_join(location, name) for name in folder.folders)


_SCANNED: Final = "telemetry/"
"""A folder whose path is scanned."""


def _join(folder: str, name: str) -> str:
    return os.path.join(folder, name)  # noqa: PTH118 (text)

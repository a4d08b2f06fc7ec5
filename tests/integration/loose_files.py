"""Files that give a user rights that he has not; the image runs this module, by its source."""

from __future__ import annotations

import os
import stat

_KERNEL = {"/dev", "/proc", "/sys"}


def loose(root: str) -> list[str]:
    """Return the files below a folder that lend the rights of their owner, or that all can write.

    A folder in which all can write, but where nobody can touch the files of others, is none.
    """
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in _KERNEL]  # noqa: PTH118 (also of an old Python)
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118 (the same)
            mode = os.lstat(path).st_mode
            lent = stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID)
            opened = mode & stat.S_IWOTH and not mode & stat.S_ISVTX
            if not stat.S_ISLNK(mode) and (lent or opened):
                found.append(path)
    return sorted(found)

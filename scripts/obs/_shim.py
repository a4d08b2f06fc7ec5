"""Shared code of the scripts of this folder, which are earlier names of ``peaktrade-ops`` commands.

It uses only the standard library and plain syntax, because any Python 3 may start the scripts.
"""

import os
import sys
from pathlib import Path

_REPO = Path(__file__).resolve().parent.parent.parent
_RESTARTED = "PEAKTRADE_OPS_RESTARTED"
_INSTALL = (
    "python3 -m pip install -qq --upgrade --target .uv --requirement uv.txt"
    " && .uv/bin/uv sync --locked --no-dev"
)


def run(command: str) -> None:
    """Run a command with the options of this process, and exit with its code."""
    try:
        from peaktrade_ops.cli import main  # noqa: PLC0415 (it may not be installed)
    except ImportError as error:
        _restart()
        sys.exit(
            f"peaktrade-ops cannot be loaded ({error}); to install it: cd '{_REPO}' && {_INSTALL}"
        )
    os.environ.pop(_RESTARTED, None)
    main([command, *sys.argv[1:]])


def _restart() -> None:
    """Start the script again once, with the Python of the repo's ``.venv`` if there is one."""
    python = _REPO / ".venv" / "bin" / "python"
    if os.environ.get(_RESTARTED) is None and os.access(str(python), os.X_OK):
        os.environ[_RESTARTED] = "1"
        os.execv(str(python), [str(python), *sys.argv])  # noqa: S606 (the interpreter of the repo)

"""Daily snapshots and a verdict from the telemetry of a Stage 1 dry run."""

from __future__ import annotations

_BEGIN, _END = "peaktrade_ops-", ".dist-info"


def __getattr__(name: str) -> str:
    """Return the version when it is asked for: a start loads nothing before it handles signals.

    Raises:
        AttributeError: It is another name.
    """
    if name != "__version__":
        raise AttributeError(name)
    import os  # noqa: PLC0415 (see above)

    package = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (text, see below)
    found = globals()["__version__"] = _version_beside(package)
    return found


def _version_beside(package: str) -> str:
    """Return the version of the package in a folder; "unknown" if nothing says it.

    Its only source is `pyproject.toml`. An installed package has it in the name of the folder
    beside it. To ask `importlib.metadata` for it takes longer than the whole help.
    """
    import os  # noqa: PLC0415 (see above)

    # Text and not paths: the help waits for this, and pathlib is not loaded yet.
    folder = os.path.dirname(package)  # noqa: PTH120 (text)
    for name in os.listdir(folder):  # noqa: PTH208 (text)
        if name.startswith(_BEGIN) and name.endswith(_END):
            return name[len(_BEGIN) : -len(_END)]
    checkout = os.path.dirname(folder)  # noqa: PTH120 (text)
    try:
        with open(f"{checkout}/pyproject.toml", encoding="utf-8") as project:  # noqa: PTH123 (text)
            lines = project.read().splitlines()
    except OSError:
        return "unknown"
    found = (line.split('"')[1] for line in lines if line.startswith('version = "'))
    return next(found, "unknown")

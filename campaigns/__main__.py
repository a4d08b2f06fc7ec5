"""Run campaigns, print the figures of each, and exit with 1 if anything was lost.

    python -m campaigns crashes --seed 7 --json figures.json

Each campaign is a module of this package with a function `run`. It is imported only when it is
named, because some need programs or libraries that the others do not.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from campaigns.order import Order

if TYPE_CHECKING:
    from campaigns.figures import Figures

CAMPAIGNS: Final[dict[str, str]] = {
    "crashes": "kills at every moment, errors of the kernel at every file operation, full disks",
    "concurrency": "32 runs at once on one reports folder, readers, kills, a run that is stuck",
    "cost": "how much more time hostile telemetry takes than honest telemetry",
    "moving": "files that are written, rotated and taken away while they are read",
    "hostile": "lines, values, files and archives that are made to break the reading",
    "lives": "histories of telemetry and reports: no verdict is milder than it may be",
    "mutation": "small changes of the policy and the classifier: a test notices each",
    "injection": "texts from outside in every output, read by a parser of its format",
    "serve": "connections, requests and a changing folder against serve",
}


def main() -> None:
    """Run the named campaigns.

    Raises:
        SystemExit: 1 if anything was lost, 2 for wrong arguments.
    """
    known = "\n".join(f"  {name:<12} {what}" for name, what in CAMPAIGNS.items())
    parser = argparse.ArgumentParser(
        prog="python -m campaigns",
        description=f"Attack the program, and count what is lost.\n\ncampaigns:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="+", choices=CAMPAIGNS, metavar="NAME", help="campaigns")
    parser.add_argument("--seed", type=int, default=1, help="what is tried follows from it")
    parser.add_argument("--short", action="store_true", help="try a few of each kind only")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    chosen = parser.parse_args()
    # So that a campaign ends what it has started, and removes its files.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    done: dict[str, dict[str, Any]] = {}
    for name in chosen.names:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"peaktrade-ops-{name}-") as scratch:
            figures = run(name, Order(chosen.seed, chosen.short, Path(scratch)))
        seconds = time.monotonic() - began
        print(f"{figures.text()}{seconds / 60:.1f} minutes, seed {chosen.seed}\n", flush=True)
        done[name] = figures.data() | {"seconds": seconds}
    if chosen.json:
        results = {
            "seed": chosen.seed,
            "short": chosen.short,
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "campaigns": done,
        }
        chosen.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    sys.exit(any(figures["lost"] for figures in done.values()))


def run(name: str, order: Order) -> Figures:
    """Run one campaign."""
    figures: Figures = importlib.import_module(f"campaigns.{name}").run(order)
    return figures


if __name__ == "__main__":
    main()

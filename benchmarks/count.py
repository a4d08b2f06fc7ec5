"""Count days of telemetry in one scan, without reports.

python -m benchmarks.count FOLDER LAST_DAY DAYS
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from peaktrade_ops.config import Config
from peaktrade_ops.defaults import LEGACY_REGEX
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.scan import Setup
from peaktrade_ops.telemetry.counting.tally import Totals
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.search import Search
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.window import window_of


def main() -> None:
    """Scan the folder, and print the number of events of all days."""
    folder, last, days = Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3])
    windows = [window_of(last).earlier(back) for back in reversed(range(days))]
    config = Config()
    search = Search(
        10, config.fields.time, Patterns(config.sources.ignore), Patterns(config.sources.include)
    )
    setup = Setup(
        cells=Cells(windows),
        classifier=Stage1Classifier(config),
        keywords=LEGACY_REGEX,
        record_bytes=config.limits.record_bytes,
        memory_bytes=config.limits.memory_bytes,
    )
    sources = discover(folder, search, max_files=0).sources
    with scanned(sources, setup) as tally:
        written = {source.path: setup.cells.of_write(source.modified_ns) for source in sources}
        totals = Totals(tally, setup.cells, written)
        print(sum(totals.of(window).events for window in windows))


if __name__ == "__main__":
    main()

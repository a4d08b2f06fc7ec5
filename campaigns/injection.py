"""Attack every output with texts from outside: generated in large numbers, read by parsers.

Lost is a text that changes the structure of an output: a parser of the format finds something else
than in the same output with a harmless text. Some texts come through the whole program, as
telemetry in files with hostile names.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from campaigns.figures import Figures
from peaktrade_ops.stage1.models import Summary
from peaktrade_ops.text import printable
from tests.support.injected import FORMATS, changed_by, noticed_without_escapes
from tests.support.injection import attack_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from campaigns.order import Order

_DAY = "2025-12-20"
_CHARACTERS = 200


def run(order: Order) -> Figures:
    """Run all attacks."""
    figures = Figures("Text from outside in every output")
    for kind in FORMATS:
        row, random = figures.row(f"texts in {kind}"), order.random(kind)
        noticed = 0
        for _ in range(order.number(1000, 3)):
            text = attack_of(random)[:_CHARACTERS]
            row.tried += 1
            row.losses += [f"{text!a} in {name}" for name in changed_by(kind, text)]
            noticed += bool(noticed_without_escapes(kind, text))
        # How many of the texts are attacks on this format.
        row.measured["would act unescaped"] = noticed
    row, random = figures.row("telemetry through the whole program"), order.random("program")
    for number in range(order.number(100, 1)):
        row.tried += 1
        row.losses += _through(order.scratch / f"{number}", random)
    return figures


def _through(place: Path, random: Random) -> Iterator[str]:
    """Report hostile telemetry; yield what is not text in the artifacts and messages."""
    folder = place / "telemetry" / "obs"
    folder.mkdir(parents=True)
    for each in range(5):
        texts = [attack_of(random) for _ in range(4)]
        name = texts[0].replace("/", "").replace("\x00", "")[:50]
        event = {
            "ts": f"{_DAY}T10:00:00Z",
            "type": texts[0],
            "severity": random.choice(("critical", texts[1])),
            "rule": texts[2],
            "message": texts[3],
            texts[3]: texts[0],
        }
        path = folder / f"{each}{name}.jsonl"
        path.write_text(f"{json.dumps(event)}\n{texts[1]}\n", "utf-8", "surrogatepass")
    options = ("--repo", "telemetry", "--reports-root", ".", "--date", _DAY, "--days", "1")
    done = subprocess.run(
        [sys.executable, "-m", "peaktrade_ops", "stage1-run", *options, "--no-cache"],
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    if done.returncode:
        yield f"exit {done.returncode}: {done.stderr[:200]}"
        return
    written = {
        path.name: path.read_text("utf-8") for path in (place / "obs" / "stage1").glob("*_*")
    }
    for name, text in (*written.items(), ("output", done.stdout), ("messages", done.stderr)):
        if any(printable(line) != line for line in text.split("\n")):
            yield f"a line of {name} is not printable"
    markdown = written[f"{_DAY}_snapshot.md"]
    if sum(line.startswith("# ") for line in markdown.split("\n")) != 1:
        yield "the Markdown has another title"
    summary = json.loads(written[f"{_DAY}_summary.json"])
    if summary.keys() - set(Summary.__struct_fields__):
        yield "the JSON has another field"

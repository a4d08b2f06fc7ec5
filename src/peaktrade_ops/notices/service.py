"""Deliver one notice by apprise, as a program of its own.

Apprise keeps threads, writes addresses into logs, and knows no deadline for a whole delivery. So it
has a process: the address comes by standard input, nothing is printed, and the exit code says how
it went. The parent ends it when its time is over, and so does its own alarm.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Final

DONE, REFUSED, NOT_UNDERSTOOD, NOT_CHECKED = 0, 3, 4, 5
"""The exit codes."""

FAILURES: Final = {
    REFUSED: "the service did not take it",
    NOT_UNDERSTOOD: "apprise does not understand the address",
    NOT_CHECKED: "the address turns the check of certificates off; leave out verify=no",
}


def main() -> int:
    """Read a delivery as JSON from standard input; return the exit code."""
    given = json.load(sys.stdin)
    signal.alarm(given["seconds"])
    import apprise  # noqa: PLC0415 (of an extra, and slow to load)

    # Nothing is stored, and no redirect leads an address elsewhere.
    asset = apprise.AppriseAsset(
        app_id="peaktrade-ops", async_mode=False, http_redirects=False, storage_mode="memory"
    )
    service = apprise.Apprise.instantiate(given["address"], asset=asset)
    if service is None:
        return NOT_UNDERSTOOD
    if not service.verify_certificate:
        return NOT_CHECKED
    services = apprise.Apprise(asset=asset)
    services.add(service)
    done = services.notify(
        title=given["title"],
        body=given["text"],
        notify_type=apprise.NotifyType(given["kind"]),
        body_format=apprise.NotifyFormat.TEXT,
    )
    return DONE if done else REFUSED


if __name__ == "__main__":
    sys.exit(main())

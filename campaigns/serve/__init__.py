"""Attack `serve`: connections, requests, and the folder under it, while its health is asked.

Lost is: a file outside the folder or a foreign host that is answered, a request that hides in
another, a GO after it was withdrawn, a line of the log that is none, memory or connections that
grow, and a health check that is not answered in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from campaigns.figures import Figures
from campaigns.serve.connections import attack_connections
from campaigns.serve.folders import attack_folder, made_folder
from campaigns.serve.requests import attack_requests
from campaigns.serve.served import Served

if TYPE_CHECKING:
    from campaigns.order import Order

_MOST_MEGABYTES: Final = 400


def run(order: Order) -> Figures:
    """Run all attacks on one server, then look at what it has said and kept."""
    figures = Figures("Serve under attack")
    folder = made_folder(order.scratch)
    with Served(folder, figures) as served:
        attack_requests(order, served)
        attack_connections(order, served)
        attack_folder(order, served)
        memory = figures.row("memory of the server")
        memory.tried = 1
        memory.measured["MB at most"] = served.most_megabytes()
        memory.measured["files open"] = served.open_files()
        if memory.measured["MB at most"] > _MOST_MEGABYTES:
            memory.losses.append(f"{memory.measured['MB at most']:.0f} MB")
    return figures

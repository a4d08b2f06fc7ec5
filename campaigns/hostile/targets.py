"""All targets of hostile bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from campaigns.hostile.archives import ARCHIVES, BOMBS, CUTS
from campaigns.hostile.lines import FORMATS, LINES, SHORT
from campaigns.hostile.stored import CONFIGS, DATABASES, KEPT, MARKDOWNS, STORED
from campaigns.hostile.values import GLOBS, KEYWORDS, NETS, SEVERITIES, TIMES

if TYPE_CHECKING:
    from campaigns.hostile.attack import Target

TARGETS: Final[dict[str, Target]] = {
    "lines": LINES,
    "formats": FORMATS,
    "short": SHORT,
    "times": TIMES,
    "severities": SEVERITIES,
    "nets": NETS,
    "keywords": KEYWORDS,
    "globs": GLOBS,
    "configs": CONFIGS,
    "markdowns": MARKDOWNS,
    "stored": STORED,
    "kept": KEPT,
    "databases": DATABASES,
    "archives": ARCHIVES,
    "cuts": CUTS,
    "bombs": BOMBS,
}
"""The targets by the name of their folder in ``tests/corpus``."""

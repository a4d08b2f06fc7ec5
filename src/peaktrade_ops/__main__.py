"""``python -m peaktrade_ops``: the same program as ``peaktrade-ops``."""

from __future__ import annotations

from peaktrade_ops.cli import main

if __name__ == "__main__":
    main()

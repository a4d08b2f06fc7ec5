#!/usr/bin/env python3
"""The trend of a Stage 1 dry run: an earlier name of ``peaktrade-ops stage1-trends``."""

from _shim import run

if __name__ == "__main__":
    run("stage1-trends")

"""Compressed bytes for tests."""

from __future__ import annotations

import gzip
import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def gzip_bytes(data: bytes) -> bytes:
    """Return one gzip member."""
    return gzip.compress(data, mtime=0)


def zstd_bytes(data: bytes) -> bytes:
    """Return one Zstandard frame with a checksum."""
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})

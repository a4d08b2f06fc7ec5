"""Compressed bytes for tests."""

from __future__ import annotations

import bz2
import gzip
import lzma
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


def plain_zstd_bytes(data: bytes) -> bytes:
    """Return one Zstandard frame without a checksum; short data stays at its end as it is."""
    return zstd.compress(data)


def bzip2_bytes(data: bytes) -> bytes:
    """Return one bzip2 stream."""
    return bz2.compress(data)


def xz_bytes(data: bytes) -> bytes:
    """Return one xz stream with a checksum, at the level that fits in little memory."""
    return lzma.compress(data, preset=0)


COMPRESS = (gzip_bytes, zstd_bytes, bzip2_bytes, xz_bytes)
"""A function for each compression."""

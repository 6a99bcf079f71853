"""A log file as plain UTF-8 text, however it was stored."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from rigs.errors import UsageFault

GZIP = b"\x1f\x8b"
UTF_8_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
CHUNK = 1 << 20  # bytes


@contextmanager
def plain(path: Path) -> Iterator[Path]:
    """The file itself, or for the while a copy: unpacked, without a byte order mark, UTF-16 (PowerShell) as UTF-8.

    Of one that was cut off comes what can still be unpacked. Raises UsageFault for a damaged one.
    """
    with path.open("rb") as stream:
        first = stream.read(3)
    if first.startswith(GZIP):
        with _copy(path, path.name.removesuffix(".gz"), _unpack) as unpacked, plain(unpacked) as found:
            yield found
    elif first.startswith(UTF_16_MARKS):
        with _copy(path, path.name, _transcode) as text:
            yield text
    elif first.startswith(UTF_8_MARK):
        with _copy(path, path.name, _unmark) as text:
            yield text
    else:
        yield path


@contextmanager
def _copy(path: Path, name: str, how: Callable[[Path, IO[bytes]], None]) -> Iterator[Path]:
    with TemporaryDirectory(prefix="jobrig-") as folder:
        target = Path(folder) / name
        with target.open("wb") as stream:
            how(path, stream)
        yield target


def _unpack(path: Path, target: IO[bytes]) -> None:
    unpacker = zlib.decompressobj(wbits=31)
    with path.open("rb") as source:
        while data := source.read(CHUNK):
            while data:
                try:
                    target.write(unpacker.decompress(data))
                except zlib.error as wrong:
                    raise UsageFault(f"{path}: a damaged gzip file: {wrong}; unpack what can be unpacked") from wrong
                data = unpacker.unused_data  # several may be put together
                if data:
                    unpacker = zlib.decompressobj(wbits=31)


def _transcode(path: Path, target: IO[bytes]) -> None:
    with path.open(encoding="utf-16", errors="replace", newline="") as source:
        while text := source.read(CHUNK):
            target.write(text.encode("utf-8", "replace"))


def _unmark(path: Path, target: IO[bytes]) -> None:
    with path.open("rb") as source:
        source.seek(len(UTF_8_MARK))
        shutil.copyfileobj(source, target)

"""Small TLS records, cut from whole ones."""

from __future__ import annotations

import pytest

from rigs.net.records import SmallRecords


def record(kind: int, body: bytes) -> bytes:
    return bytes((kind, 3, 3)) + len(body).to_bytes(2, "big") + body


def test_the_open_handshake_is_cut_and_what_is_encrypted_is_not() -> None:
    small = SmallRecords(4)
    stream = record(22, b"0123456789") + record(21, b"alert!") + record(20, b"\1") + record(22, b"encrypted")
    cut = record(22, b"0123") + record(22, b"4567") + record(22, b"89")
    assert small.cut(stream) == cut + record(21, b"alert!") + record(20, b"\1") + record(22, b"encrypted")
    assert small.cut(record(22, b"encrypted")) == record(22, b"encrypted")


def test_data_is_cut_into_pieces_of_at_most_so_many_bytes() -> None:
    assert list(SmallRecords(4).pieces(b"0123456789")) == [b"0123", b"4567", b"89"]


@pytest.mark.parametrize("most", [0, 16385])
def test_a_size_that_no_record_has_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match=f"a TLS record carries 1 to 16384 bytes, not {most}"):
        SmallRecords(most)

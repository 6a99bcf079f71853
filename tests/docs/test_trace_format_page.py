"""docs/trace-format.md describes every kind of record, and its examples decode."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from rigs.trace.records import AnyRecord, Header, Record, decoder, header_decoder

PAGE = (Path(__file__).parents[2] / "docs" / "trace-format.md").read_text()
SECTIONS = dict(re.findall(r"^## ([\w :-]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
KINDS: dict[str, type[Record]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyRecord)}


def examples(section: str) -> list[str]:
    """The lines of a section's JSON blocks."""
    return [line for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_examples_that_decode(kind: str) -> None:
    lines = examples(SECTIONS[kind])
    assert lines
    for line in lines:
        record = decoder.decode(line)
        assert type(record) is KINDS[kind]
        assert set(msgspec.json.decode(line)) - {"what"} <= set(record.__struct_fields__)


@pytest.mark.parametrize("kind", KINDS)
def test_each_member_is_described(kind: str) -> None:
    members = set(KINDS[kind].__struct_fields__) - set(Record.__struct_fields__)
    assert [name for name in members if f"`{name}`" not in SECTIONS[kind]] == []


def test_the_header_decodes_and_is_described() -> None:
    section = SECTIONS["The first line: header"]
    (line,) = examples(section)
    assert header_decoder.decode(line).rig == "bench-7"
    assert set(msgspec.json.decode(line)) == set(Header.__struct_fields__)
    assert [name for name in Header.__struct_fields__ if f"`{name}`" not in section] == []


def test_each_event_is_described() -> None:
    for kind, struct in KINDS.items():
        for field in msgspec.structs.fields(struct):
            missing = [word for word in get_args(field.type) if isinstance(word, str) and word not in SECTIONS[kind]]
            assert missing == [], f"{kind}.{field.name}"

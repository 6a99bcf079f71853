"""The tap beside no tap: what clients see of mosquitto is the same, whatever kind of tap is between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.tapdesk import PLACES, ports
from tests.interop.taprows import ROWS as MORE
from tests.interop.tapwires import WIRES, said
from tests.interop.twindesk import MOSQUITTO, Stage
from tests.interop.twinrows import ROWS

VERSIONS = {4: "3.1.1", 5: "5"}
ALL = {**ROWS, **MORE}
CASES = [
    pytest.param(place, name, version, id=f"{place}, {name}, {VERSIONS[version]}")
    for place in PLACES
    for name, row in ALL.items()
    for version in row.versions
    if place != "straight" or name in MORE  # the others: test_broker_twins
]
ODD = [
    pytest.param(place, name, version, id=f"{place}, {name}, {VERSIONS[version]}")
    for place in PLACES
    for name, wire in WIRES.items()
    for version in wire.versions
    if place != "straight"
]

pytestmark = pytest.mark.skipif(not Path(MOSQUITTO).exists(), reason="mosquitto is not installed")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    with ports(tmp_path_factory.mktemp("mosquitto")) as found:
        yield found


@pytest.mark.parametrize(("place", "name", "version"), CASES)
def test_a_conversation_is_the_same_with_a_tap(places: dict[str, int], place: str, name: str, version: int) -> None:
    stage = Stage(places[place], version)
    try:
        assert ALL[name].talk(stage) == ALL[name].seen
    finally:
        stage.close()


@pytest.mark.parametrize(("place", "name", "version"), ODD)
def test_odd_bytes_get_the_same_answer_with_a_tap(places: dict[str, int], place: str, name: str, version: int) -> None:
    wire = WIRES[name]
    without = said(wire, Stage(places["straight"], version))
    assert said(wire, Stage(places[place], version)) == without
    assert without[1] == ("goodbye" if wire.ends else "open")

"""Eclipse's MQTT interoperability suite: each of its tests says the same of mosquitto with and without a tap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import suite
from tests.interop.twindesk import MOSQUITTO

ABSENT = f"{suite.VARIABLE} names no checkout of eclipse-paho/paho.mqtt.testing (docs/interop.md)"
FOUND = [*suite.tests()]

pytestmark = [
    pytest.mark.skipif(suite.folder() is None, reason=ABSENT),
    pytest.mark.skipif(not Path(MOSQUITTO).exists(), reason="mosquitto is not installed"),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    with suite.brokers(tmp_path_factory.mktemp("brokers")) as found:
        yield found


def test_a_checkout_is_whole() -> None:
    assert {version for version, _ in FOUND} == set(suite.FILES), f"no tests in {suite.folder()}"


@pytest.mark.parametrize(("version", "test"), FOUND)
def test_the_suite_says_the_same_with_a_tap(places: dict[str, int], version: str, test: str) -> None:
    said = suite.verdicts(version, test, places)
    assert set(said.values()) == {said["straight"]}, said

"""Topic filters, by the examples of MQTT 5, 4.7, and some of AWS's."""

from __future__ import annotations

import pytest

from rigs.mqtt.topics import matches, plain_filter, valid_filter, valid_topic


@pytest.mark.parametrize(
    ("text", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True),
        ("sport/tennis/player1/#", "sport/tennis/player10", False),
        ("sport/#", "sport", True),
        ("#", "anything/at/all", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/x", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/x", True),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", True),
        ("$aws/things/a/jobs/+/update/+", "$aws/things/a/jobs/j-1/update/accepted", True),
        ("$aws/things/a/jobs/+/update/+", "$aws/things/a/jobs/j-1/get/accepted", False),
        ("a/b", "a/B", False),
        ("a/b", "a/b/c", False),
    ],
)
def test_a_filter_takes_a_topic(text: str, topic: str, expected: bool) -> None:
    assert matches(text, topic) is expected


@pytest.mark.parametrize("text", ["a", "/", "+", "#", "a/+/b", "a/#", "/+", "+/#", "$share/g/a/+", " "])
def test_a_valid_filter(text: str) -> None:
    assert valid_filter(text)


@pytest.mark.parametrize(
    "text", ["", "a+", "+a/b", "a/#/b", "#/a", "a#", "a/b#", "a\0", "$share/g", "$share//a", "$share/+/a", "$share/g/"]
)
def test_an_invalid_filter(text: str) -> None:
    assert not valid_filter(text)


@pytest.mark.parametrize(("topic", "valid"), [("a", True), ("/", True), ("", False), ("a/+", False), ("#", False)])
def test_a_topic_has_no_wildcard_and_is_not_empty(topic: str, valid: bool) -> None:
    assert valid_topic(topic) is valid


def test_a_shared_filter_has_a_plain_one_inside() -> None:
    assert plain_filter("$share/group/a/+") == "a/+"
    assert plain_filter("a/+") == "a/+"

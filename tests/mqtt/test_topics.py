"""Topic filters, by the examples of MQTT 5, 4.7, and of AWS, where `sport/#` does not take `sport`."""

from __future__ import annotations

import pytest

from rigs.mqtt.limits import Limits
from rigs.mqtt.topics import matches, plain_filter, unowned, valid_filter, valid_topic


@pytest.mark.parametrize(
    ("text", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", False),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True),
        ("sport/tennis/player1/#", "sport/tennis/player10", False),
        ("sport/#", "sport", False),
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


@pytest.mark.parametrize(
    "text", ["a", "/", "+", "#", "a/+/b", "a/#", "/+", "+/#", "$share/g/a/+", " ", f"$share/{'g' * 128}/a"]
)
def test_a_valid_filter(text: str) -> None:
    assert valid_filter(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+",
        "+a/b",
        "a/#/b",
        "#/a",
        "a#",
        "a/b#",
        "a\0",
        "$share/g",
        "$share//a",
        "$share/+/a",
        "$share/g/",
        f"$share/{'g' * 129}/a",
    ],
)
def test_an_invalid_filter(text: str) -> None:
    assert not valid_filter(text)


@pytest.mark.parametrize(("topic", "valid"), [("a", True), ("/", True), ("", False), ("a/+", False), ("#", False)])
def test_a_topic_has_no_wildcard_and_is_not_empty(topic: str, valid: bool) -> None:
    assert valid_topic(topic) is valid


def test_a_shared_filter_has_a_plain_one_inside() -> None:
    assert plain_filter("$share/group/a/+") == "a/+"
    assert plain_filter("a/+") == "a/+"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 256, True),
        ("a" * 257, False),
        ("é" * 129, False),
        ("a/b/c/d/e/f/g/h", True),
        ("a/b/c/d/e/f/g/h/i", False),
        ("$share/group/a/b/c/d/e/f/g/h", True),
        (f"$share/group/{'a' * 256}", True),
        ("$share/group/a/b/c/d/e/f/g/h/i", False),
        ("$aws/rules/name/a/b/c/d/e/f/g/h", True),
        ("$aws/rules/name/a/b/c/d/e/f/g/h/i", False),
        ("$aws/things/t/shadow/name/n/update/accepted", True),
        ("$aws/things/t/a/b/c/d/e/f", False),
    ],
)
def test_aws_counts_bytes_and_slashes_but_not_all_of_them(text: str, fits: bool) -> None:
    assert Limits().fits(text) is fits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$aws/things/t/jobs/get", False),
        ("$aws/events/job/#", False),
        ("$aws/rules/name", False),
        ("$aws/+/t", False),
        ("ordinary/$aws", False),
        ("$aws", True),
        ("$aws/unknown/t", True),
        ("$SYS/broker/uptime", True),
        ("$mine", True),
    ],
)
def test_a_reserved_topic_belongs_to_a_service_or_to_nobody(text: str, expected: bool) -> None:
    assert unowned(text) is expected

"""Topic names and topic filters (MQTT 5, 4.7), and what AWS IoT Core makes of them."""

from __future__ import annotations

SHARED = "$share/"
BASIC_INGEST = "$aws/rules/"
SHARE_NAME = 128  # characters of a group's name (AWS IoT developer guide, mqtt.html, "Shared subscriptions")

# What follows `$aws/` in AWS's table of reserved topics (AWS IoT developer guide, reserved-topics.html)
AWS_OWN = frozenset(
    {
        "certificates",
        "commands",
        "device_location",
        "events",
        "iotwireless",
        "provisioning-templates",
        "rules",
        "sitewise",
        "things",
        "+",
        "#",
    }
)


def valid_topic(topic: str) -> bool:
    """Whether messages may be published to it: not empty, no wildcard."""
    return bool(topic) and "+" not in topic and "#" not in topic and "\0" not in topic


def valid_filter(text: str) -> bool:
    """Whether it may be subscribed to: `+` fills a level, `#` is the whole last level; also `$share/group/filter`."""
    if text.startswith(SHARED):
        group, _, text = text[len(SHARED) :].partition("/")
        if not group or len(group) > SHARE_NAME or "+" in group or "#" in group:
            return False
    *front, last = text.split("/")
    whole = all(level == "+" or not set("+#") & set(level) for level in front)
    return bool(text) and "\0" not in text and whole and (last in ("+", "#") or not set("+#") & set(last))


def plain_filter(text: str) -> str:
    """A shared subscription's filter without `$share/group/`; any other as it is."""
    return text[len(SHARED) :].partition("/")[2] if text.startswith(SHARED) else text


def counted(text: str) -> str:
    """The part of a topic or filter that AWS's limits count.

    `$share/group/` is left out (AWS IoT developer guide, mqtt.html, "Shared subscriptions"), and so is
    `$aws/rules/name/` (AWS IoT limits, "Topic size" and "Maximum number of slashes in topic and topic filter").
    Other reserved topics count whole.
    """
    plain = plain_filter(text)
    return plain[len(BASIC_INGEST) :].partition("/")[2] if plain.startswith(BASIC_INGEST) else plain


def unowned(text: str) -> bool:
    """Whether a topic or filter begins with `$` but belongs to no service of AWS, like `$SYS/…`."""
    if not text.startswith("$"):
        return False
    levels = text.split("/", 2)
    return levels[0] != "$aws" or len(levels) < 2 or levels[1] not in AWS_OWN


def matches(text: str, topic: str) -> bool:
    """Whether a filter takes a topic; a wildcard in the first level never takes a `$…` topic (MQTT 5 4.7.2).

    Unlike MQTT 5 4.7.1.2, `sensor/#` does not take `sensor`: AWS IoT developer guide, mqtt.html, "AWS IoT differences
    from MQTT specifications".
    """
    if text == topic:
        return True
    wanted, levels = text.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, level in enumerate(wanted):
        if place >= len(levels):
            return False
        if level == "#":
            return True
        if level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)

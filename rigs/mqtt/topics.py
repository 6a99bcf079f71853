"""Topic names and topic filters (MQTT 5, 4.7)."""

from __future__ import annotations

SHARED = "$share/"


def valid_topic(topic: str) -> bool:
    """Whether messages may be published to it: not empty, no wildcard."""
    return bool(topic) and not any(sign in topic for sign in "+#\0")


def valid_filter(text: str) -> bool:
    """Whether it may be subscribed to: `+` fills a level, `#` is the whole last level; also `$share/group/filter`."""
    if text.startswith(SHARED):
        group, _, text = text[len(SHARED) :].partition("/")
        if not group or "+" in group or "#" in group:
            return False
    *front, last = text.split("/")
    whole = all(level == "+" or not set("+#") & set(level) for level in front)
    return bool(text) and "\0" not in text and whole and (last in ("+", "#") or not set("+#") & set(last))


def plain_filter(text: str) -> str:
    """A shared subscription's filter without `$share/group/`; any other as it is."""
    return text[len(SHARED) :].partition("/")[2] if text.startswith(SHARED) else text


def matches(text: str, topic: str) -> bool:
    """Whether a filter takes a topic; a wildcard in the first level never takes a `$…` topic (MQTT 5 4.7.2)."""
    if text == topic:
        return True
    wanted, levels = text.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)

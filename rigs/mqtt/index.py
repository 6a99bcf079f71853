"""Who stands under which topic filter, found without looking at everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class Node(Generic[V]):
    """A level of the filters with wildcards: what follows, and what ends here, by name."""

    following: dict[str, Node[V]] = field(default_factory=dict)
    held: dict[str, V] = field(default_factory=dict)


class Index(Generic[V]):
    """Values by filter and name; filters without a wildcard are one look-up, the others a tree of their levels.

    Takes the same topics as `topics.matches`.
    """

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, V]] = {}
        self._wild: Node[V] = Node()

    def __repr__(self) -> str:
        return f"<Index {len(self._exact)} exact filters, {len(self._wild.following)} first levels with wildcards>"

    def put(self, filter: str, name: str, value: V) -> None:
        """Let `value` stand under a filter; a name stands there once."""
        if "+" not in filter and "#" not in filter:
            self._exact.setdefault(filter, {})[name] = value
            return
        node = self._wild
        for level in filter.split("/"):
            node = node.following.setdefault(level, Node())
        node.held[name] = value

    def drop(self, filter: str, name: str) -> None:
        """Take a name away from a filter; nothing happens when it does not stand there."""
        if "+" in filter or "#" in filter:
            _drop(self._wild, filter.split("/"), name)
        elif filter in self._exact:
            self._exact[filter].pop(name, None)
            if not self._exact[filter]:
                del self._exact[filter]

    def find(self, topic: str) -> list[tuple[str, V]]:
        """All names and values under filters that take the topic; a name once for each of its filters."""
        exact = self._exact.get(topic)
        found = list(exact.items()) if exact else []
        return found + self._through(topic) if self._wild.following else found

    def _through(self, topic: str) -> list[tuple[str, V]]:
        found: list[tuple[str, V]] = []
        nodes, hidden = [self._wild], topic.startswith("$")
        for level in topic.split("/"):
            below: list[Node[V]] = []
            for node in nodes:
                following = node.following
                if not hidden:  # a wildcard in the first level takes no `$…` topic
                    if many := following.get("#"):
                        found += many.held.items()
                    if one := following.get("+"):
                        below.append(one)
                if same := following.get(level):
                    below.append(same)
            nodes, hidden = below, False
        for node in nodes:
            found += node.held.items()
        return found


def _drop(node: Node[V], levels: list[str], name: str) -> None:
    """Take a name away below a node, and the branches that are empty then."""
    if not levels:
        node.held.pop(name, None)
        return
    below = node.following.get(levels[0])
    if below is None:
        return
    _drop(below, levels[1:], name)
    if not below.held and not below.following:
        del node.following[levels[0]]

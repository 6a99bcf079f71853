"""The part of a play that goes packet by packet."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

from tests.contract.moves import Dial, Put, Take
from tests.contract.names import Names
from tests.contract.shapes import Differs, Part
from tests.contract.targets import Target
from tests.contract.wire import WireClient


class PacketDesk:
    """The raw clients of a play, by name; `ends` closes them."""

    def __init__(self, target: Target, names: Names, version: int, ends: ExitStack) -> None:
        self._target, self._names, self._version, self._ends = target, names, version, ends
        self._clients: dict[str, WireClient] = {}

    def __repr__(self) -> str:
        return f"<PacketDesk {len(self._clients)} clients>"

    def dial(self, move: Dial) -> None:
        """Connect, and look at what comes back if the move says what that is."""
        name = f"{self._names.thing}-{move.by}"
        client = WireClient(self._target.access, name, self._version, within=self._target.patience)
        self._ends.callback(client.stop)
        self._clients[move.by] = client
        client.send("CONNECT", {"client_id": name, **self._names.filled(move.members)})
        if move.connack is not None:
            self._names.judge(move.connack, client.read(), "the answer to CONNECT")

    def put(self, move: Put) -> None:
        """Send a packet, or DROP the connection without a word."""
        if move.kind == "DROP":
            self._clients[move.by].stop()
            return
        members = dict(move.members)
        if "word" in members:
            members["topic"] = self._names.topic(members.pop("word"))
        if "filters" in members:
            members["filters"] = [self._names.topic(one) for one in members["filters"]]
        if "payload" in members:
            members["payload"] = self._names.payload(members["payload"])
        try:
            self._clients[move.by].send(move.kind, self._names.filled(members))
        except OSError as gone:
            raise Differs(f"the connection is gone: {gone}") from gone

    def take(self, move: Take) -> None:
        """In another order a packet is held against those of its kind that have not come yet."""
        waiting = list(move.packets)
        while waiting:
            found = self._read(move.by)
            kinds = [expected["kind"] for expected in waiting]
            at = kinds.index(found["kind"]) if not move.ordered and found["kind"] in kinds else 0
            self._names.judge(Part(waiting.pop(at)), found, f"the packet {found}")

    def _read(self, by: str) -> dict[str, Any]:
        """The next packet; `word` is its topic below …/jobs/."""
        found = dict(self._clients[by].read())
        if found.get("payload"):
            found["payload"] = json.loads(found["payload"])
        if "topic" in found:
            found["word"] = found["topic"].removeprefix(self._names.topic(""))
        return found

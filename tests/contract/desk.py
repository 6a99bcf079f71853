"""Plays a row against a cloud and says what differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tests.contract.access import Missing
from tests.contract.moves import (
    Ask,
    Dial,
    Fetch,
    Forget,
    Heard,
    Join,
    Leave,
    Move,
    Notice,
    Operate,
    Pass,
    Put,
    Queue,
    Say,
    Take,
)
from tests.contract.names import Names
from tests.contract.packetdesk import PacketDesk
from tests.contract.pahoclient import Message, PahoClient
from tests.contract.row import Row
from tests.contract.seats import Undo, code_of, seat
from tests.contract.shapes import Differs
from tests.contract.targets import Target

# What a device subscribes to before the play, as the SDKs do: the replies to its requests, and the notices.
REPLIES = ("get/+", "start-next/+", "+/get/+", "+/update/+")
NOTICES = ("notify", "notify-next")
LATE = 60  # seconds by which AWS may let a timer act late (jobs-protocol §2.5)


class Desk:
    """One play: its thing, its clients, and what it made at the cloud."""

    def __init__(self, target: Target, row: Row, version: int) -> None:
        self._target, self._row, self._version = target, row, version
        target.things += 1
        self._name = f"{target.prefix}{row.id}-{target.things}"
        self._names = Names(self._name, certificate=target.files.arn)
        self._undo, self._ends = Undo(), ExitStack()
        self._paho: dict[str, PahoClient] = {}
        self.packets = PacketDesk(target, self._names, version, self._ends)
        self._fences = 0
        self._kept: set[str] = set()  # clients whose session, with its fence, outlives their connection

    def play(self, moves: tuple[Move, ...]) -> None:
        """All moves; raises Differs, or Missing, at the first that does not go as it says."""
        with self._undo, self._ends:
            arn = seat(self._target.iot, self._undo, self._target.files, self._name)
            group = arn.replace(f"thing/{self._name}", f"thinggroup/{self._name}-group")
            self._names.known |= {"arn": arn, "grouparn": group}
            if self._row.wire == "paho" and not any(isinstance(move, Join) and move.name == "device" for move in moves):
                self._join(Join(name="device", filters=REPLIES + NOTICES))
            for number, move in enumerate(moves, start=1):
                self._make(number, move)
            self._no_second_copy()

    def _make(self, number: int, move: Move) -> None:
        try:
            PLAYED[type(move)](self, move)
        except (Missing, TimeoutError) as missing:
            raise Differs(f"move {number}, {_short(move)}: {missing}") from missing
        except Differs as differs:
            raise Differs(f"move {number}, {_short(move)}: {differs}") from differs

    # the operator

    def _queue(self, move: Queue) -> None:
        members = {"targets": ["@arn"], **move.members}
        arguments = {"jobId": f"@{move.job}", "document": json.dumps(self._names.filled(move.document)), **members}
        self._operate(Operate(call="create_job", arguments=arguments))

    def _operate(self, move: Operate) -> None:
        client = self._target.client(move.service)
        arguments = self._names.filled(move.arguments)
        self._note(client, move.call, arguments)
        try:
            answer = getattr(client, move.call)(**arguments)
        except Exception as error:
            code = code_of(error)
            if not code or code != move.refused:
                raise Differs(f"{move.call} was refused with {code or error!r}: {error}") from error
            response: dict[str, Any] = getattr(error, "response", {})
            self._names.judge(move.says, response["Error"].get("Message"), f"{code}'s text")
            self._names.judge(move.http_status, response["ResponseMetadata"]["HTTPStatusCode"], f"{code}'s HTTP status")
            return
        if move.refused is not None:
            raise Differs(f"{move.call} was not refused with {move.refused} but answered {_plain(answer)!r}")
        self._names.judge(move.answer, _plain(answer), f"the answer of {move.call}")
        self._settled(move.call, arguments)

    def _note(self, client: Any, call: str, arguments: Mapping[str, Any]) -> None:
        """What a call makes has to be unmade."""
        if call == "create_job":
            self._undo.later(client.delete_job, jobId=arguments["jobId"], force=True)
        elif call == "create_thing":
            self._undo.later(client.delete_thing, thingName=arguments["thingName"])
        elif call == "create_thing_group":
            self._undo.later(client.delete_thing_group, thingGroupName=arguments["thingGroupName"])

    def _settled(self, call: str, arguments: Mapping[str, Any]) -> None:
        """AWS queues a while after CreateJob has answered: the play goes on when the execution is there."""
        targets = arguments.get("targets", [])
        if call != "create_job" or self._target.settle == 0 or self._names.known["arn"] not in targets:
            return
        where = {"jobId": arguments["jobId"], "thingName": self._name}
        for _ in range(200):
            try:
                self._target.iot.describe_job_execution(**where)
                return
            except Exception as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
        raise Differs(f"{arguments['jobId']} was created and is not queued for {self._name}")

    def _fetch(self, move: Fetch) -> None:
        path, body = self._names.filled(move.path), self._names.filled(move.body)
        status, error, found = self._target.access.fetch(move.method, path, body, within=self._target.patience)
        if (status, error) != (move.status, move.error):
            raise Differs(f"{status} {error} {found}, not {move.status} {move.error}")
        self._names.judge(move.shape, found, f"the answer to {move.method} {path}", ordered=self._row.ordered)

    # clients of paho

    def _join(self, move: Join) -> None:
        name = f"{self._name}-{move.name}".removeprefix(self._target.prefix)
        client = PahoClient(self._target.access, name, self._version, within=self._target.patience, clean=move.clean)
        self._ends.callback(client.stop)
        self._paho[move.name] = client
        client.subscribe([self._names.topic(one) for one in move.filters], move.qos)
        if move.clean or move.name not in self._kept:
            client.subscribe([self._fence_of(move.name)])
        if not move.clean:
            self._kept.add(move.name)

    def _leave(self, move: Leave) -> None:
        self._paho.pop(move.name).stop()

    def _ask(self, move: Ask) -> None:
        client, topic = self._paho[move.by], self._names.topic(move.word)
        place = self._names.topic(move.on) if move.on else topic
        client.publish(topic, self._names.payload(move.body), qos=move.qos)
        replies = {f"{place}/accepted", f"{place}/rejected"}
        came = client.next(lambda one: one.topic in replies, f"reply on {place}/{move.reply}")
        if not came.topic.endswith(move.reply):
            raise Differs(f"not {move.reply}: {came}")
        self._names.judge(move.shape, self._json(came), move.reply, ordered=self._row.ordered)

    def _say(self, move: Say) -> None:
        topic = self._names.topic(move.word)
        self._paho[move.by].publish(topic, self._names.payload(move.body), qos=move.qos, retain=move.retain)

    def _heard(self, move: Heard) -> None:
        client = self._paho[move.by]
        found = [self._notice(client, notice) for notice in move.notices]
        self._fence(move.by)
        more = client.unread()
        if more:
            raise Differs(f"heard more than {[notice.topic for notice in move.notices]}: {more}")
        if move.ordered and found != sorted(found):
            raise Differs(f"heard {[notice.topic for notice in move.notices]} in another order")

    def _notice(self, client: PahoClient, notice: Notice) -> int:
        topic = self._names.topic(notice.topic)
        came = client.next(lambda one: one.topic == topic, notice.topic)
        self._names.judge(notice.shape, self._json(came), notice.topic, ordered=self._row.ordered)
        if notice.qos is not None and came.qos != notice.qos:
            raise Differs(f"{notice.topic} came at QoS {came.qos}, not {notice.qos}")
        return came.number

    def _forget(self, move: Forget) -> None:
        self._fence(move.by)
        self._paho[move.by].unread()

    def _fence(self, by: str, lasts: int = 0) -> None:
        """A message of a client to itself: what was sent to it before has come. As many seconds of the service must
        have passed before as it lasts, or as a cloud takes to publish after a change."""
        self._wait_by_the_service(max(lasts, self._target.settle))
        self._fences += 1
        token = str(self._fences).encode()
        self._paho[by].publish(self._fence_of(by), token, qos=1)
        self._paho[by].next(lambda one: one.topic == self._fence_of(by) and one.payload == token, "fence")

    def _fence_of(self, by: str) -> str:
        return f"{self._name}/fence/{by}"

    def _wait_by_the_service(self, lasts: int) -> None:
        """Ask until the Date of its answers says that so many seconds have passed."""
        first: datetime | None = None
        while lasts:
            answer = self._target.iot.describe_thing(thingName=self._name)
            stamp = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            first = first or stamp
            if (stamp - first).total_seconds() >= lasts:
                return

    def _no_second_copy(self) -> None:
        """Each reply comes once (evidence.md Part 2 a2)."""
        for name in self._paho:
            if name == "device" and self._row.wire == "paho":
                self._fence(name)
                again = [one for one in self._paho[name].unread() if self._is_reply(one)]
                if again:
                    raise Differs(f"replies that nobody asked for: {again}")

    def _is_reply(self, one: Message) -> bool:
        return one.topic.endswith(("/accepted", "/rejected"))

    # common

    def _pass(self, move: Pass) -> None:
        """Move the clock; where that cannot be done, wait until the service's stamps say that the time has passed."""
        if self._target.local is None:
            self._fence("device", move.seconds + LATE)
        else:
            self._target.advance(move.seconds)

    def _json(self, message: Message) -> Any:
        try:
            return json.loads(message.payload)
        except ValueError as wrong:
            raise Differs(f"{message} is no JSON: {wrong}") from wrong


def _plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _short(move: Move) -> str:
    words = (getattr(move, name, "") for name in ("call", "word", "method", "path", "kind"))
    return " ".join([type(move).__name__, *(str(word) for word in words if word)])


PLAYED: Mapping[type, Callable[[Desk, Any], None]] = {
    Queue: Desk._queue,
    Operate: Desk._operate,
    Fetch: Desk._fetch,
    Ask: Desk._ask,
    Say: Desk._say,
    Heard: Desk._heard,
    Forget: Desk._forget,
    Join: Desk._join,
    Leave: Desk._leave,
    Pass: Desk._pass,
    Dial: lambda desk, move: desk.packets.dial(move),
    Put: lambda desk, move: desk.packets.put(move),
    Take: lambda desk, move: desk.packets.take(move),
}

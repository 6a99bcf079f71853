"""The AWS IoT Jobs service as a device meets it, over MQTT and over the HTTP data plane. No sockets, no clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rigs.jobs.agenda import Agenda
from rigs.jobs.api import Answer
from rigs.jobs.changes import Changes
from rigs.jobs.execution import Execution
from rigs.jobs.facts import Fact
from rigs.jobs.ledger import Ledger
from rigs.jobs.lifecycle import REPORTS, Event, IllegalTransition
from rigs.jobs.messages import NEXT, Address, in_jobs_namespace, namespaced, parse_topic
from rigs.jobs.model import ErrorCode, Kind, Operation, Status
from rigs.jobs.operations import Operations
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import HTTP_NAMES, ApiError, Refusal, not_found, value_refused
from rigs.jobs.switches import Switches
from rigs.jobs.validation import Request, parse, read, token_of


class JobsService:
    """Answers devices and the operator; what it returns is sent by somebody else, replies first, then the notices.

    `operations` is the operator's half (boto3's `iot`) on the same ledger. `on_fact` hears what happens inside.
    Instants (`now`) are service seconds since the epoch. `seed` decides whatever Switches leaves to chance.
    """

    def __init__(self, switches: Switches | None = None, seed: int = 0) -> None:
        self.switches = switches or Switches()
        self.ledger = Ledger()
        self.changes = Changes(self.ledger, self.switches, seed)
        self.operations = Operations(self.changes)
        self._agenda = Agenda(self.changes)
        self._handlers: Mapping[Operation, Callable[[Request, float], Answer]] = {
            Operation.GET: self._get_pending,
            Operation.START_NEXT: self._start_next,
            Operation.DESCRIBE: self._describe,
            Operation.UPDATE: self._update,
        }

    def __repr__(self) -> str:
        return f"<JobsService {len(self.ledger.things)} things {len(self.ledger.jobs)} jobs>"

    @property
    def on_fact(self) -> Callable[[Fact], None]:
        """Called with each fact about an execution, from whoever calls the service."""
        return self.changes.on_fact

    @on_fact.setter
    def on_fact(self, listener: Callable[[Fact], None]) -> None:
        self.changes.on_fact = listener

    def handle(self, client_id: str, topic: str, payload: bytes, now: float) -> list[Outgoing] | None:
        """Answer one request; the reply comes first, then notify and notify-next. None: it is no Jobs topic,
        or one of a namespace of jobs, which pass as ordinary messages.

        The reply goes to the requesting client id only (evidence.md Part 2 a). Topics that only the service publishes
        to (accepted, rejected, notify) are answered with nothing.
        """
        address = parse_topic(topic)
        if address is None:
            ours = in_jobs_namespace(topic) and not namespaced(topic)
            return self._stray(client_id, topic, now) if ours else None
        if address.kind is not Kind.REQUEST:
            return []
        token = None
        try:
            members = parse(payload)
            token = token_of(members)
            request = read(address.operation, address.thing, address.job, members, self.switches)
            reply, notices = self._handlers[address.operation](request, now)
        except Refusal as refusal:
            return [_reply(client_id, address, Kind.REJECTED, token, now, refusal.members())]
        return [_reply(client_id, address, Kind.ACCEPTED, token, now, reply), *notices]

    def handle_http(
        self, operation: Operation, thing: str, job: str | None, members: Mapping[str, Any], now: float
    ) -> Answer:
        """Answer one call of the HTTP data plane (jobs-protocol §7); raises ApiError. Nothing is echoed or stamped."""
        try:
            return self._handlers[operation](read(operation, thing, job, members, self.switches, over_http=True), now)
        except Refusal as refusal:
            name = HTTP_NAMES.get(refusal.code, self.switches.http_mismatch)
            raise ApiError(name, refusal.message) from refusal

    def next_deadline(self) -> float | None:
        """When something happens by itself, in service seconds since the epoch: a time-out, a roll-out, a schedule."""
        return self._agenda.next()

    def expire(self, now: float) -> list[Outgoing]:
        """Let happen what is due at `now`, in the order of the instants (jobs-protocol §4)."""
        return self._agenda.run(now)

    def _stray(self, client_id: str, topic: str, now: float) -> list[Outgoing]:
        if self.switches.unknown_topic == "silent" or topic.endswith(("/accepted", "/rejected")):
            return []
        text = f"The topic {topic} does not map to any API of AWS IoT Jobs"
        payload = {"timestamp": int(now), "code": ErrorCode.INVALID_TOPIC.value, "message": text}
        return [Outgoing(topic=f"{topic}/rejected", payload=payload, to=client_id)]

    def _get_pending(self, request: Request, now: float) -> Answer:
        return self.changes.notices.lists(request.thing), []

    def _start_next(self, request: Request, now: float) -> Answer:
        """The first pending execution, begun if it was QUEUED; one in progress comes back unchanged (§2.2)."""
        pending = self.ledger.pending(request.thing)
        if not pending:
            return {}, []
        first = pending[0]
        step = request.step_timeout_minutes
        with self.changes.notices.watch([request.thing], now) as notices:
            if first.status is Status.QUEUED:
                first = self.changes.fire(first, Event.START, now, details=request.status_details, step_minutes=step)
            elif step is not None and self.switches.start_next_renews_step:
                first = self.changes.renew(first, now, step)
        return {"execution": self._data(request, first, now)}, notices

    def _describe(self, request: Request, now: float) -> Answer:
        """One execution, the latest or the numbered; `$next` with nothing pending has no execution (§2.3)."""
        if request.job == NEXT:
            pending = self.ledger.pending(request.thing)
            return ({"execution": self._data(request, pending[0], now)} if pending else {}), []
        execution = self._find(request)
        if execution.status.terminal:
            text = "Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED"
            raise Refusal(ErrorCode.TERMINAL_STATE_REACHED, text)
        return {"execution": self._data(request, execution, now)}, []

    def _update(self, request: Request, now: float) -> Answer:
        """Report a status (§2.4); what `accepted` tells is the state after the update."""
        execution = self._find(request)
        if (
            self.switches.same_end_again == "accepted"
            and execution.status.terminal
            and execution.status is request.status
        ):
            return self._updated(request, execution, now), []
        for check in self._order():
            check(request, execution)
        with self.changes.notices.watch([request.thing], now) as notices:
            execution = self._report(request, execution, now)
        return self._updated(request, execution, now), notices

    def _order(self) -> list[Callable[[Request, Execution], None]]:
        checks: list[Callable[[Request, Execution], None]] = [self._check_version, self._check_state]
        return checks if self.switches.version_before_state else checks[::-1]

    def _check_version(self, request: Request, execution: Execution) -> None:
        if request.expected_version not in (None, execution.version):
            text = f"Expected version {request.expected_version} but found version {execution.version}"
            raise Refusal(ErrorCode.VERSION_MISMATCH, text, execution)

    def _check_state(self, request: Request, execution: Execution) -> None:
        if execution.status.terminal:
            raise _illegal(request, execution)

    def _report(self, request: Request, execution: Execution, now: float) -> Execution:
        """Let the reported status happen; a step time-out with an end is ignored, -1 needs a step timer (10.8)."""
        assert request.status is not None
        step = request.step_timeout_minutes if request.status is Status.IN_PROGRESS else None
        if step == -1 and execution.timers.step is None:
            raise value_refused(step, "stepTimeoutInMinutes", "There is no step timer to cancel")
        try:
            event = REPORTS[request.status]
            return self.changes.fire(execution, event, now, details=request.status_details, step_minutes=step)
        except IllegalTransition:
            raise _illegal(request, execution) from None

    def _updated(self, request: Request, execution: Execution, now: float) -> dict[str, Any]:
        reply: dict[str, Any] = {}
        if request.include_job_execution_state:
            reply["executionState"] = execution.state()
        if request.include_job_document:
            reply["jobDocument"] = self._document(request, execution, now)
        return reply

    def _find(self, request: Request) -> Execution:
        found = self.ledger.find(request.thing, request.job or "", request.execution_number)
        if found is None:
            raise not_found(request.operation, request.thing, request.job)
        return found

    def _data(self, request: Request, execution: Execution, now: float) -> dict[str, Any]:
        """JobExecutionData: with thingName over HTTP only, with the document unless it was declined (§2.5)."""
        data = execution.data(now)
        if request.over_http:
            data["thingName"] = execution.thing
        if request.include_job_document is not False:
            data["jobDocument"] = self._document(request, execution, now)
        return data

    def _document(self, request: Request, execution: Execution, now: float) -> Any:
        document = self.changes.document(execution.job, now)
        return document if request.over_http else json.loads(document)


def _illegal(request: Request, execution: Execution) -> Refusal:
    text = f"Job execution cannot be changed from {execution.status} to {request.status}"
    if execution.status.terminal:
        text = f"Job execution has already finished with status {execution.status}"
    return Refusal(ErrorCode.INVALID_STATE_TRANSITION, text, execution)


def _reply(
    client: str, address: Address, kind: Kind, token: str | None, now: float, members: dict[str, Any]
) -> Outgoing:
    """A reply; key order as captured: clientToken, timestamp, then the rest (§2)."""
    head: dict[str, Any] = {} if token is None else {"clientToken": token}
    return Outgoing(topic=str(address.reply(kind)), payload={**head, "timestamp": int(now), **members}, to=client)

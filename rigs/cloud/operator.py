"""The operator of a fleet, and "another client": boto3 against AWS or the local cloud alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rigs.cloud.calls import Calls, Credentials, Refused
from rigs.errors import ServiceFault
from rigs.trace import records
from rigs.trace.store import Trace

__all__ = ["Credentials", "Operator", "Refused"]

ASK_EVERY = timedelta(seconds=1)
# Refusals that mean that an execution is over or gone already: a clearing operator has what it wants.
OVER = frozenset({"ResourceNotFoundException", "InvalidStateTransitionException"})


class _Asked:
    """The fact that the operator has been told of an execution of a job."""

    def __init__(self, job: str) -> None:
        self.job = job

    def __repr__(self) -> str:
        return f"job execution of {self.job} known to the service"

    def __call__(self, record: records.AnyRecord) -> bool:
        return isinstance(record, records.Service) and record.job == self.job and record.status is not None


class _Clear:
    """The fact that a listing showed nothing pending for the thing."""

    def __init__(self, operator: Operator) -> None:
        self.operator, self.done = operator, False

    def __repr__(self) -> str:
        return f"empty queue of {self.operator.thing}"

    def __call__(self, record: records.AnyRecord) -> bool:
        return self.done

    def look(self) -> None:
        """Cancel and delete what is pending; done when a listing finds nothing."""
        pending = self.operator.pending()
        for job in pending:
            self.operator.remove(job)
        self.done = not pending


class Operator:
    """Queues, watches, cancels and deletes jobs of one thing, and writes each call and answer to the trace.

    `endpoint_url` points at the local cloud, None means AWS; `credentials` None means boto3's own search for them.
    Calls block (connect 5 s, read 10 s, no retries): never call from the loop thread. All methods raise Refused when
    AWS refuses, ServiceFault when nobody answers or with a 5xx, UsageFault when the credentials are wrong.
    """

    def __init__(
        self,
        *,
        trace: Trace,
        thing: str,
        endpoint_url: str | None = None,
        region: str = "us-east-1",
        ca_bundle: str | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.thing = thing
        self._trace = trace
        self._calls = Calls(
            trace, endpoint_url=endpoint_url, region=region, ca_bundle=ca_bundle, credentials=credentials
        )
        self._arn: str | None = None
        self._own: set[str] = set()

    def __repr__(self) -> str:
        return f"<Operator of {self.thing} {self._calls!r}>"

    def prepare_thing(self) -> None:
        """Register the thing where it is not yet."""
        try:
            self._arn = str(self._iot("describe_thing", thingName=self.thing)["thingArn"])
        except Refused as refused:
            if refused.code != "ResourceNotFoundException":
                raise
            self._arn = str(self._iot("create_thing", thingName=self.thing)["thingArn"])

    def queue(
        self,
        job: str,
        document: Mapping[str, Any],
        *,
        within: timedelta,
        in_progress_minutes: int | None = None,
        retry: Mapping[str, int] | None = None,
        group: str | None = None,
        **members: Any,
    ) -> None:
        """Create a job for the thing and ask until its execution is there; ServiceFault when it is not `within`.

        With the ARN of a `group` it is a CONTINUOUS job for that group, which the thing is in. `retry` says how often
        to retry by failure type, as {"FAILED": 2}; `members` are further members of CreateJob.
        """
        if self._arn is None:
            self.prepare_thing()
        if in_progress_minutes is not None:
            members["timeoutConfig"] = {"inProgressTimeoutInMinutes": in_progress_minutes}
        if retry is not None:
            criteria = [{"failureType": sort, "numberOfRetries": times} for sort, times in retry.items()]
            members["jobExecutionsRetryConfig"] = {"criteriaList": criteria}
        if group is not None:
            members["targetSelection"] = "CONTINUOUS"
        mark = self._trace.mark
        self._iot("create_job", jobId=job, targets=[group or self._arn], document=json.dumps(document), **members)
        self._own.add(job)
        self._wait(_Asked(job), mark, within, lambda: self.ask(job))

    def ask(self, job: str, execution: int | None = None) -> records.Service:
        """The execution as the service knows it now, also put on the trace; status None where there is none."""
        number = {} if execution is None else {"executionNumber": execution}
        try:
            found = self._iot("describe_job_execution", jobId=job, thingName=self.thing, **number)["execution"]
        except Refused as refused:
            if refused.code != "ResourceNotFoundException":
                raise
            return self._trace.append(records.Service(source="asked", job=job, execution=execution, event="not found"))
        return self._trace.append(
            records.Service(
                source="asked",
                job=job,
                execution=found["executionNumber"],
                status=found["status"],
                version=found["versionNumber"],
                details=found.get("statusDetails", {}).get("detailsMap"),
                stamp=found["lastUpdatedAt"].timestamp(),
            )
        )

    def pending(self) -> list[str]:
        """The ids of the jobs that are pending for the thing, those IN_PROGRESS first, then the oldest first."""
        found: list[str] = []
        for status in ("IN_PROGRESS", "QUEUED"):
            found.extend(reversed(self._listed(status)))
        return found

    def gather(self, group: str) -> str:
        """Make a thing group with the thing in it; returns its ARN."""
        arn = str(self._iot("create_thing_group", thingGroupName=group)["thingGroupArn"])
        self.join(group)
        return arn

    def join(self, group: str) -> None:
        """Put the thing into the group."""
        self._iot("add_thing_to_thing_group", thingGroupName=group, thingName=self.thing)

    def leave(self, group: str) -> None:
        """Take the thing out of the group."""
        self._iot("remove_thing_from_thing_group", thingGroupName=group, thingName=self.thing)

    def disband(self, group: str) -> None:
        """Delete the group."""
        self._iot("delete_thing_group", thingGroupName=group)

    def cancel_execution(self, job: str, force: bool = False, **members: Any) -> None:
        """Cancel the thing's execution; one IN_PROGRESS only by force."""
        self._iot("cancel_job_execution", jobId=job, thingName=self.thing, force=force, **members)

    def cancel_job(self, job: str, force: bool = False) -> None:
        """Cancel the job for all its things."""
        self._iot("cancel_job", jobId=job, force=force)

    def delete_job(self, job: str, force: bool = True) -> None:
        """Delete the job for all its things."""
        self._iot("delete_job", jobId=job, force=force)

    def clear(self, within: timedelta) -> None:
        """Force-cancel and delete what is pending for the thing until nothing is; what ended by itself is fine.

        Other things' executions are left alone: only jobs that this operator created are deleted as a whole.
        """
        clear = _Clear(self)
        clear.look()
        if not clear.done:
            self._wait(clear, self._trace.mark, within, clear.look)

    def remove(self, job: str) -> None:
        """Force-cancel and delete the thing's execution of a job, and the job if this operator created it."""
        self._gladly("cancel_job_execution", jobId=job, thingName=self.thing, force=True)
        if job in self._own:
            self._gladly("delete_job", jobId=job, force=True)
            return
        number = self.ask(job).execution
        if number is not None:
            where = {"jobId": job, "thingName": self.thing, "executionNumber": number}
            self._gladly("delete_job_execution", **where, force=True)

    def report(self, job: str, status: str = "IN_PROGRESS", **members: Any) -> dict[str, Any]:
        """Another client reports a status in the device's place; `members` are those of UpdateJobExecution."""
        return self._data("update_job_execution", jobId=job, status=status, **members)

    def start_next(self, **members: Any) -> dict[str, Any]:
        """Another client starts the next pending execution in the device's place."""
        return self._data("start_next_pending_job_execution", **members)

    def describe(self, job: str, **members: Any) -> dict[str, Any]:
        """Another client describes an execution (`$next`: the next pending one) as a device would."""
        return self._data("describe_job_execution", jobId=job, **members)

    def publish(self, topic: str, payload: bytes) -> None:
        """Another client publishes a message at QoS 1."""
        self._calls.make("another client", "iot-data", "publish", {"topic": topic, "qos": 1, "payload": payload})

    def kick(self, client_id: str, clean: bool = False) -> None:
        """Let the cloud cut a client's connection, with its session if `clean`."""
        arguments = {"clientId": client_id, "cleanSession": clean}
        self._calls.make("operator", "iot-data", "delete_connection", arguments)

    def _iot(self, call: str, **arguments: Any) -> dict[str, Any]:
        return self._calls.make("operator", "iot", call, arguments)

    def _data(self, call: str, **arguments: Any) -> dict[str, Any]:
        return self._calls.make("another client", "iot-jobs-data", call, {"thingName": self.thing, **arguments})

    def _gladly(self, call: str, **arguments: Any) -> None:
        try:
            self._iot(call, **arguments)
        except Refused as refused:
            if refused.code not in OVER:
                raise

    def _listed(self, status: str) -> list[str]:
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            page = self._iot("list_job_executions_for_thing", thingName=self.thing, status=status, **more)
            found.extend(row["jobId"] for row in page.get("executionSummaries", []))
            if "nextToken" not in page:
                return found
            more = {"nextToken": page["nextToken"]}

    def _wait(self, fact: Any, mark: int, within: timedelta, ask: Any) -> None:
        self._trace.wait_for(fact, since=mark, within=within, blame=ServiceFault, ask=ask, every=ASK_EVERY)

"""The operator's half of the service: the operations of boto3's `iot` that concern jobs, by AWS's names and members.

Each takes the call's parameters (already checked against botocore's model) and the service's instant, and returns the
reply and what it makes the service publish. Sources: jobs-protocol §4 and §5, botocore's model for names and limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rigs.jobs import jobviews as views
from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.changes import Changes
from rigs.jobs.execution import Execution
from rigs.jobs.ledger import Job
from rigs.jobs.lifecycle import Event, IllegalTransition
from rigs.jobs.model import Status
from rigs.jobs.names import page, target
from rigs.jobs.refusals import ApiError, Refusal
from rigs.jobs.things import Things
from rigs.jobs.validation import check_details


class Operations:
    """Operations by the model's names, on the ledger that the devices' half works on."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._ledger = changes.ledger
        things = Things(changes)
        self.by_name: Mapping[str, Call] = {
            **things.by_name,
            "CreateJob": self.create_job,
            "DescribeJob": self.describe_job,
            "GetJobDocument": self.get_job_document,
            "ListJobs": self.list_jobs,
            "CancelJob": self.cancel_job,
            "DeleteJob": self.delete_job,
            "AssociateTargetsWithJob": self.associate_targets_with_job,
            "DescribeJobExecution": self.describe_job_execution,
            "CancelJobExecution": self.cancel_job_execution,
            "DeleteJobExecution": self.delete_job_execution,
            "ListJobExecutionsForThing": self.list_job_executions_for_thing,
            "ListJobExecutionsForJob": self.list_job_executions_for_job,
        }

    def __repr__(self) -> str:
        return f"<Operations on {self._ledger!r}>"

    def create_job(self, params: Params, now: float) -> Answer:
        """Create a job and queue it for its targets; raises ApiError when the id is taken or a target is unknown."""
        if params["jobId"] in self._ledger.jobs:
            raise ApiError("ResourceAlreadyExistsException", f"Job {params['jobId']} already exists")
        job = views.job_from(params, now)
        things = self._members(job.targets)
        self._ledger.jobs.put(job.id, job)
        with self._changes.notices.watch(things, now) as notices:
            for thing in things:
                self._changes.queue(job, thing, now)
        self._changes.settle(job.id, now)
        return views.job_reply(job), notices

    def describe_job(self, params: Params, now: float) -> Answer:
        """The job with its counts."""
        job = self._job(params)
        return {"job": views.job_shown(job, self._ledger.of_job(job.id))}, []

    def get_job_document(self, params: Params, now: float) -> Answer:
        """The document as it was given."""
        return {"document": self._job(params).document}, []

    def list_jobs(self, params: Params, now: float) -> Answer:
        """The jobs, the newest first, with this status and selection where they are given."""
        wanted = {key: params[key] for key in ("status", "targetSelection") if key in params}
        rows = [views.job_summary(job) for job in reversed(list(self._ledger.jobs.values()))]
        return page("jobs", [row for row in rows if wanted.items() <= row.items()], params), []

    def cancel_job(self, params: Params, now: float) -> Answer:
        """Cancel the QUEUED executions, with `force` those IN_PROGRESS too; the others go on (§4, Cancel)."""
        job, force = self._job(params), bool(params.get("force"))
        if job.status == "COMPLETED":
            raise ApiError("InvalidRequestException", f"Job {job.id} is COMPLETED and cannot be canceled")
        given = {key: params[key] for key in ("comment", "reasonCode") if key in params}
        config = {**job.config, **given, **({"forceCanceled": True} if force else {})}
        ended_job = replace(job, status="CANCELED", completed_at=now, updated_at=now, config=config)
        self._ledger.jobs.put(job.id, ended_job)
        ended = [one for one in self._ledger.of_job(job.id) if one.status is Status.QUEUED or force]
        pending = [one for one in ended if not one.status.terminal]
        with self._changes.notices.watch(_things(pending), now) as notices:
            for execution in pending:
                self._changes.fire(execution, Event.FORCE_CANCEL if force else Event.CANCEL, now, force_canceled=force)
        return views.job_reply(job), notices

    def delete_job(self, params: Params, now: float) -> Answer:
        """Delete a finished job, with `force` any; its executions go with it (§4, Delete)."""
        job = self._job(params)
        executions = self._ledger.of_job(job.id)
        over = job.status in ("COMPLETED", "CANCELED") and all(one.status.terminal for one in executions)
        if not over and not params.get("force"):
            raise ApiError(
                "InvalidStateTransitionException", f"Job {job.id} is {job.status}; it is deleted only by force"
            )
        with self._changes.notices.watch(_things(executions), now) as notices:
            for execution in executions:
                self._changes.drop(execution, now)
        self._ledger.jobs.drop(job.id)
        return {}, notices

    def associate_targets_with_job(self, params: Params, now: float) -> Answer:
        """Add targets to a CONTINUOUS job that is IN_PROGRESS."""
        job = self._job(params)
        if not job.continuous or job.status != "IN_PROGRESS":
            raise ApiError("InvalidRequestException", f"Job {job.id} is not a CONTINUOUS job IN_PROGRESS")
        things = self._members(tuple(params["targets"]))
        job = replace(job, targets=tuple(dict.fromkeys((*job.targets, *params["targets"]))), updated_at=now)
        self._ledger.jobs.put(job.id, job)
        with self._changes.notices.watch(things, now) as notices:
            for thing in things:
                if self._ledger.find(thing, job.id) is None:
                    self._changes.queue(job, thing, now)
        return views.job_reply(job), notices

    def describe_job_execution(self, params: Params, now: float) -> Answer:
        """An execution in any state, the latest or the numbered."""
        return {"execution": views.execution_shown(self._execution(params), now)}, []

    def cancel_job_execution(self, params: Params, now: float) -> Answer:
        """Cancel an execution; IN_PROGRESS only with `force`, and only at the expected version if one is given."""
        execution = self._execution(params)
        expected, force = params.get("expectedVersion"), bool(params.get("force"))
        if expected not in (None, execution.version):
            text = f"Expected version {expected} but found version {execution.version}"
            raise ApiError("VersionConflictException", text)
        event = Event.FORCE_CANCEL if force else Event.CANCEL
        details = self._details(params)
        with self._changes.notices.watch([execution.thing], now) as notices:
            try:
                self._changes.fire(execution, event, now, details=details, force_canceled=force)
            except IllegalTransition:
                text = f"Job execution is {execution.status} and cannot be canceled{'' if force else ' without force'}"
                raise ApiError("InvalidStateTransitionException", text) from None
        return {}, notices

    def delete_job_execution(self, params: Params, now: float) -> Answer:
        """Delete a finished execution, with `force` also a pending one; the device is told that it is gone."""
        execution = self._execution(params)
        if not execution.status.terminal and not params.get("force"):
            text = f"Job execution is {execution.status}; it is deleted only by force"
            raise ApiError("InvalidStateTransitionException", text)
        with self._changes.notices.watch([execution.thing], now) as notices:
            self._changes.drop(execution, now)
            self._changes.settle(execution.job, now)
        return {}, notices

    def list_job_executions_for_thing(self, params: Params, now: float) -> Answer:
        """The executions of a thing, the newest first, with this status and job where they are given."""
        if params["thingName"] not in self._ledger.things:
            raise ApiError("ResourceNotFoundException", f"Thing {params['thingName']} was not found")
        found = reversed(self._ledger.of_thing(params["thingName"]))
        rows = [
            {"jobId": one.job, "jobExecutionSummary": views.execution_summary(one)}
            for one in found
            if _wanted(one, params) and params.get("jobId", one.job) == one.job
        ]
        return page("executionSummaries", rows, params), []

    def list_job_executions_for_job(self, params: Params, now: float) -> Answer:
        """The executions of a job, the newest first, with this status where it is given."""
        found = reversed(self._ledger.of_job(self._job(params).id))
        rows = [
            {"thingArn": views.thing_arn(one), "jobExecutionSummary": views.execution_summary(one)}
            for one in found
            if _wanted(one, params)
        ]
        return page("executionSummaries", rows, params), []

    def _job(self, params: Params) -> Job:
        found = self._ledger.jobs.get(params["jobId"])
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Job {params['jobId']} was not found")
        return found

    def _execution(self, params: Params) -> Execution:
        thing, job, number = params["thingName"], params["jobId"], params.get("executionNumber")
        found = self._ledger.find(thing, job, number)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Job execution of job {job} for thing {thing} was not found")
        return found

    def _members(self, targets: tuple[str, ...]) -> list[str]:
        """The things that the targets name, each once."""
        found: dict[str, None] = {}
        for text in targets:
            sort, name = target(text)
            known: Mapping[str, Any] = self._ledger.things if sort == "thing" else self._ledger.groups
            if name not in known:
                raise ApiError("ResourceNotFoundException", f"Target {text} was not found")
            found.update(dict.fromkeys([name] if sort == "thing" else sorted(self._ledger.members(name))))
        return list(found)

    def _details(self, params: Params) -> dict[str, str] | None:
        if "statusDetails" not in params:
            return None
        try:
            return check_details(params["statusDetails"], self._changes.switches)
        except Refusal as refusal:
            raise ApiError("InvalidRequestException", refusal.message) from refusal


def _things(executions: list[Execution]) -> list[str]:
    return list(dict.fromkeys(execution.thing for execution in executions))


def _wanted(execution: Execution, params: Params) -> bool:
    return str(params.get("status", execution.status)) == execution.status

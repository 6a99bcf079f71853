"""The operator's calls that concern job executions (jobs-protocol §4, botocore's model)."""

from __future__ import annotations

from collections.abc import Mapping

from rigs.jobs import jobviews as views
from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.changes import Changes
from rigs.jobs.configs import refuse_unplayed
from rigs.jobs.execution import Execution
from rigs.jobs.lifecycle import Event, IllegalTransition
from rigs.jobs.names import page
from rigs.jobs.refusals import ApiError, Refusal
from rigs.jobs.validation import check_details


class ExecutionCalls:
    """Executions on the ledger that the devices' half works on."""

    def __init__(self, changes: Changes) -> None:
        self._changes, self._ledger = changes, changes.ledger
        self.by_name: Mapping[str, Call] = {
            "DescribeJobExecution": self.describe_job_execution,
            "CancelJobExecution": self.cancel_job_execution,
            "DeleteJobExecution": self.delete_job_execution,
            "ListJobExecutionsForThing": self.list_job_executions_for_thing,
            "ListJobExecutionsForJob": self.list_job_executions_for_job,
        }

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
        refuse_unplayed(params, "DeleteJobExecution")
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
        refuse_unplayed(params, "ListJobExecutionsForThing")
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
        if params["jobId"] not in self._ledger.jobs:
            raise ApiError("ResourceNotFoundException", f"Job {params['jobId']} was not found")
        found = reversed(self._ledger.of_job(params["jobId"]))
        rows = [
            {"thingArn": views.thing_arn(one), "jobExecutionSummary": views.execution_summary(one)}
            for one in found
            if _wanted(one, params)
        ]
        return page("executionSummaries", rows, params), []

    def _execution(self, params: Params) -> Execution:
        thing, job, number = params["thingName"], params["jobId"], params.get("executionNumber")
        found = self._ledger.find(thing, job, number)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Job execution of job {job} for thing {thing} was not found")
        return found

    def _details(self, params: Params) -> dict[str, str] | None:
        if "statusDetails" not in params:
            return None
        try:
            return check_details(params["statusDetails"], self._changes.switches)
        except Refusal as refusal:
            raise ApiError("InvalidRequestException", refusal.message) from refusal


def _wanted(execution: Execution, params: Params) -> bool:
    return str(params.get("status", execution.status)) == execution.status

"""The operator's calls that concern jobs, by AWS's names and members.

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
from rigs.jobs.configs import check_configs, kept, read_document, read_minutes, read_retries, refuse_unplayed, refused
from rigs.jobs.ledger import Job
from rigs.jobs.names import page
from rigs.jobs.refusals import ApiError
from rigs.jobs.schedule import read_schedule
from rigs.jobs.targets import check_targets, targets_waiting, things_of
from rigs.jobs.templates import CONFIGS, with_template

# What DescribeJob gives back as it was given, and what UpdateJob may change (developer guide, manage-job-cli).
_KEPT = ("description", *CONFIGS, "schedulingConfig", "jobTemplateArn")
_UPDATED = ("description", *CONFIGS)


class JobCalls:
    """Jobs on the ledger that the devices' half works on."""

    def __init__(self, changes: Changes) -> None:
        self._changes, self._ledger, self._course = changes, changes.ledger, changes.course
        self.by_name: Mapping[str, Call] = {
            "CreateJob": self.create_job,
            "UpdateJob": self.update_job,
            "DescribeJob": self.describe_job,
            "GetJobDocument": self.get_job_document,
            "ListJobs": self.list_jobs,
            "CancelJob": self.cancel_job,
            "DeleteJob": self.delete_job,
            "AssociateTargetsWithJob": self.associate_targets_with_job,
        }

    def create_job(self, params: Params, now: float) -> Answer:
        """Create a job and roll it out to its targets, at its startTime if it has one.

        Raises ApiError when the id is taken, a target is unknown, or a member is not played.
        """
        if params["jobId"] in self._ledger.jobs:
            raise ApiError("ResourceAlreadyExistsException", f"Job {params['jobId']} already exists")
        refuse_unplayed(params, "CreateJob")
        job = _job_from(with_template(self._ledger, params), now)
        check_targets(self._ledger, job.targets)
        with self._changes.notices.watch((), now) as notices:
            self._course.launch(job, now)
        return views.job_reply(job), notices

    def update_job(self, params: Params, now: float) -> Answer:
        """Change a job that is not over yet; a member that is given replaces the former one whole.

        A time-out holds for executions that start afterwards; retries can only be set to 0 (developer guide,
        job-configurations-api).
        """
        refuse_unplayed(params, "UpdateJob")
        given = kept(params, _UPDATED)
        if not given:
            raise refused(f"Update Job request for job {params['jobId']} cannot be empty.")
        check_configs(given)
        job = self._job(params)
        states = ("IN_PROGRESS", "SCHEDULED") if self._changes.switches.update_scheduled else ("IN_PROGRESS",)
        if job.status not in states:
            raise refused(f"Job {job.id} in status {job.status} cannot be updated.")
        if "jobExecutionsRetryConfig" in given:
            _check_retries(job, given["jobExecutionsRetryConfig"])
        config = {**job.config, **given}
        self._ledger.put_job(replace(job, updated_at=now, config=config, **_read(config)))
        return {}, []

    def describe_job(self, params: Params, now: float) -> Answer:
        """The job with its counts."""
        job = self._job(params)
        waiting = targets_waiting(self._ledger, job)
        return {"job": views.job_shown(job, self._ledger.of_job(job.id), waiting)}, []

    def get_job_document(self, params: Params, now: float) -> Answer:
        """The document as it was given."""
        return {"document": self._job(params).document}, []

    def list_jobs(self, params: Params, now: float) -> Answer:
        """The jobs, the newest first, with this status, selection and thing group where they are given."""
        refuse_unplayed(params, "ListJobs")
        wanted = kept(params, ("status", "targetSelection"))
        groups = self._groups(params)
        jobs = [job for job in reversed(list(self._ledger.jobs.values())) if _for_groups(job, groups)]
        rows = [views.job_summary(job, bool(self._ledger.waiting(job.id))) for job in jobs]
        return page("jobs", [row for row in rows if wanted.items() <= row.items()], params), []

    def cancel_job(self, params: Params, now: float) -> Answer:
        """Cancel the QUEUED executions, with `force` those IN_PROGRESS too; the others go on (§4, Cancel)."""
        job = self._job(params)
        if job.status == "COMPLETED":
            raise refused(f"Job {job.id} is COMPLETED and cannot be canceled")
        given = kept(params, ("comment", "reasonCode"))
        with self._changes.notices.watch((), now) as notices:
            self._course.cancel(job, now, force=bool(params.get("force")), given=given)
        return views.job_reply(job), notices

    def delete_job(self, params: Params, now: float) -> Answer:
        """Delete a job that is COMPLETED or CANCELED, with `force` any; its executions go with it (§4, Delete)."""
        refuse_unplayed(params, "DeleteJob")
        job = self._job(params)
        if job.status not in ("COMPLETED", "CANCELED") and not params.get("force"):
            raise ApiError(
                "InvalidStateTransitionException", f"Job {job.id} is {job.status}; it is deleted only by force"
            )
        with self._changes.notices.watch((), now) as notices:
            self._course.delete(job, now)
        return {}, notices

    def associate_targets_with_job(self, params: Params, now: float) -> Answer:
        """Add targets to a CONTINUOUS job that is IN_PROGRESS; a thing that was one of its things stays as it is."""
        refuse_unplayed(params, "AssociateTargetsWithJob")
        job = self._job(params)
        if not job.continuous or job.status != "IN_PROGRESS":
            raise refused(f"Job {job.id} is not a CONTINUOUS job IN_PROGRESS")
        targets = tuple(dict.fromkeys((*job.targets, *params["targets"])))
        check_targets(self._ledger, targets)
        config = {**job.config, **kept(params, ("comment",))}
        former = set(things_of(self._ledger, job.targets))
        job = self._ledger.put_job(replace(job, targets=targets, updated_at=now, config=config))
        new = [thing for thing in things_of(self._ledger, targets) if thing not in former]
        with self._changes.notices.watch((), now) as notices:
            self._course.admit(job, new, now)
        return views.job_reply(job), notices

    def _job(self, params: Params) -> Job:
        found = self._ledger.jobs.get(params["jobId"])
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Job {params['jobId']} was not found")
        return found

    def _groups(self, params: Params) -> set[str] | None:
        """The names of the groups that are asked for, None where none is."""
        if "thingGroupName" not in params and "thingGroupId" not in params:
            return None
        return {
            group.name
            for group in self._ledger.groups.values()
            if params.get("thingGroupName", group.name) == group.name
            and params.get("thingGroupId", group.id) == group.id
        }


def _job_from(params: Params, now: float) -> Job:
    check_configs(params)
    start, end = read_schedule(params.get("schedulingConfig", {}), now)
    config = kept(params, _KEPT)
    return Job(
        id=params["jobId"],
        targets=tuple(params["targets"]),
        document=read_document(params),
        created_at=now,
        updated_at=now,
        continuous=params.get("targetSelection") == "CONTINUOUS",
        status="IN_PROGRESS" if start is None else "SCHEDULED",
        starts_at=start,
        ends_at=end,
        config=config,
        **_read(config),
    )


def _read(config: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a job that its configuration decides."""
    return {
        "in_progress_minutes": read_minutes(config.get("timeoutConfig", {})),
        "retries": read_retries(config.get("jobExecutionsRetryConfig", {})),
    }


def _check_retries(job: Job, config: Mapping[str, Any]) -> None:
    retries = read_retries(config)
    if any(retry.times for retry in retries):
        raise refused("The number of retries cannot be updated to any number other than 0.")
    if {retry.failure for retry in retries} != {retry.failure for retry in job.retries}:
        raise refused("FailureTypes must match existing FailureTypes defined in RetryConfig.")


def _for_groups(job: Job, groups: set[str] | None) -> bool:
    return groups is None or any(text.endswith(f":thinggroup/{group}") for text in job.targets for group in groups)

"""A continuous job for a group by plain boto3: a thing joins, finishes, leaves, and all is cleaned up."""

from __future__ import annotations

import pytest

from tests.interop.sdkdesk import SdkDesk

THING, GROUP = "bench-9", "lab"


def test_a_continuous_job_follows_its_group_until_all_is_cleaned_up(desk: SdkDesk) -> None:
    iot, device = desk.iot, desk.data
    desk.thing(THING)
    names = {"thingGroupName": GROUP, "thingName": THING}
    arn = iot.create_thing_group(thingGroupName=GROUP)["thingGroupArn"]
    with desk.job(arn, targetSelection="CONTINUOUS") as job:
        assert iot.list_job_executions_for_job(jobId=job)["executionSummaries"] == []

        iot.add_thing_to_thing_group(**names)
        assert executions(desk, job) == [(1, "QUEUED")]
        assert device.start_next_pending_job_execution(thingName=THING)["execution"]["jobId"] == job
        device.update_job_execution(thingName=THING, jobId=job, status="SUCCEEDED")
        iot.remove_thing_from_thing_group(**names)
        assert executions(desk, job) == [(1, "SUCCEEDED")]

        iot.add_thing_to_thing_group(**names)  # joins again: runs again
        iot.remove_thing_from_thing_group(**names)  # leaves while it is queued
        assert executions(desk, job) == [(2, "REMOVED"), (1, "SUCCEEDED")]
        assert device.get_pending_job_executions(thingName=THING)["queuedJobs"] == []

        shown = iot.describe_job(jobId=job)["job"]
        assert (shown["status"], shown["targetSelection"], shown["targets"]) == ("IN_PROGRESS", "CONTINUOUS", [arn])
        assert shown["jobProcessDetails"]["numberOfSucceededThings"] == 1

    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_job(jobId=job)
    iot.delete_thing(thingName=THING)
    iot.delete_thing_group(thingGroupName=GROUP)
    assert THING not in [row["thingName"] for row in iot.list_things()["things"]]
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_thing_group(thingGroupName=GROUP)


def executions(desk: SdkDesk, job: str) -> list[tuple[int, str]]:
    """The thing's executions of a job: number and status, the newest first."""
    rows = desk.iot.list_job_executions_for_thing(thingName=THING, jobId=job)["executionSummaries"]
    shown = [row["jobExecutionSummary"] for row in rows]
    return [(row["executionNumber"], row["status"]) for row in shown]

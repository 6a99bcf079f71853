"""The members of the four requests, made by awsiotsdk's model classes (they leave out what is None)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsiot import iotjobs

_SDK: Any = iotjobs  # the SDK carries no types
Members = dict[str, Any]


def start_next(step_minutes: int | None) -> Members:
    """StartNextPendingJobExecution."""
    members: Members = _SDK.StartNextPendingJobExecutionRequest(step_timeout_in_minutes=step_minutes).to_payload()
    return members


def pending() -> Members:
    """GetPendingJobExecutions."""
    members: Members = _SDK.GetPendingJobExecutionsRequest().to_payload()
    return members


def describe(*, document: bool) -> Members:
    """DescribeJobExecution of the latest execution, with or without its document."""
    members: Members = _SDK.DescribeJobExecutionRequest(include_job_document=document).to_payload()
    return members


def update(
    status: str,
    *,
    details: Mapping[str, str] | None,
    expected_version: int | None,
    execution_number: int | None,
    state: bool,
    document: bool,
    step_minutes: int | None,
) -> Members:
    """UpdateJobExecution; `state` and `document` ask for these in the answer."""
    members: Members = _SDK.UpdateJobExecutionRequest(
        status=status,
        status_details=details,
        expected_version=expected_version,
        execution_number=execution_number,
        include_job_execution_state=True if state else None,
        include_job_document=True if document else None,
        step_timeout_in_minutes=step_minutes,
    ).to_payload()
    return members

"""abortConfig: when failures end a job.

Sources: developer guide, "Specify job configurations by using the AWS IoT Jobs API", Abort configuration: criteria are
looked at one after the other; the threshold is a percentage of the completed executions; a deleted execution does not
count any more. AWS fills in comment and reasonCode; their words are MiniStack's ([C]).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rigs.jobs.execution import Execution
from rigs.jobs.model import Status
from rigs.jobs.switches import Switches

ABORTED = "ABORT_CANCEL"
COUNTED: Mapping[str, tuple[Status, ...]] = {
    "FAILED": (Status.FAILED,),
    "REJECTED": (Status.REJECTED,),
    "TIMED_OUT": (Status.TIMED_OUT,),
    "ALL": (Status.FAILED, Status.REJECTED, Status.TIMED_OUT),
}


def abort_reason(config: Mapping[str, Any], executions: list[Execution], switches: Switches) -> str | None:
    """Why a job with these executions is aborted, or None while no criterion is met."""
    found = Counter(execution.status for execution in executions)
    completed = sum(count for status, count in found.items() if status.terminal)
    least_of = completed if switches.abort_minimum == "completed" else len({one.thing for one in executions})
    for criterion in config["criteriaList"]:
        sort, threshold = criterion["failureType"], float(criterion["thresholdPercentage"])
        failed = sum(found[status] for status in COUNTED[sort])
        if least_of >= criterion["minNumberOfExecutedThings"] and failed * 100 >= threshold * completed:
            return (
                f"Abort criteria for failure type {sort} with threshold {threshold:.2f}% met. "
                f"Total completed executions: {completed}, total {sort} executions: {failed}"
            )
    return None

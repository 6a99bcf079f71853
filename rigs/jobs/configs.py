"""What CreateJob, UpdateJob and CreateJobTemplate may say of a job's configuration, beyond the limits in the model.

Sources: botocore's descriptions; developer guide, "Specify job configurations by using the AWS IoT Jobs API" and
"Job rollout and abort configuration"; messages as MiniStack measured them ([C]) where it did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rigs.jobs.document import placeholders
from rigs.jobs.ledger import Retry
from rigs.jobs.rates import MOST_PER_MINUTE
from rigs.jobs.refusals import ApiError

Params = Mapping[str, Any]

MINUTES = range(1, 10081)
MOST_RETRIES = 10
DOCUMENT_BYTES = 32_768  # jobs-protocol §6
MOST_PLACEHOLDERS = 10  # jobs-protocol §6

# Members that the local cloud does not play, with what to do instead: refused, never ignored in silence.
NOT_PLAYED: Mapping[str, str] = {
    "documentSource": "it cannot fetch from S3; give the text as document",
    "documentParameters": "it has no AWS managed templates; give the document itself",
    "destinationPackageVersions": "it has no software package catalog",
    "maintenanceWindows": "give startTime and endTime in schedulingConfig of CreateJob",
    "namespaceId": "namespaces belong to Greengrass and their topics to it (jobs-protocol §1); use a plain job",
    "tags": "it keeps none; leave them out",
}


def refuse_unplayed(params: Params, call: str) -> None:
    """Raises ApiError InvalidRequestException for members that are not played."""
    for member, advice in NOT_PLAYED.items():
        if member in params:
            raise refused(f"the local cloud does not play {member} of {call}: {advice}")


def refused(text: str) -> ApiError:
    """InvalidRequestException with this message."""
    return ApiError("InvalidRequestException", text)


def read_document(params: Params) -> str:
    """The job document; raises ApiError when it is no JSON object, too long or has too many placeholders."""
    text = str(params.get("document", ""))
    if len(text.encode()) > DOCUMENT_BYTES:
        raise refused(f"Job document must not exceed {DOCUMENT_BYTES} bytes, it has {len(text.encode())}")
    if placeholders(text) > MOST_PLACEHOLDERS:
        raise refused(f"Job document must not hold more than {MOST_PLACEHOLDERS} placeholders for presigned URLs")
    try:
        if isinstance(json.loads(text), dict):
            return text
    except ValueError as wrong:
        raise refused(f"Job document must be JSON: {wrong}") from wrong
    raise refused("Job document must be a JSON object")


def read_minutes(config: Params) -> int | None:
    """inProgressTimeoutInMinutes of timeoutConfig."""
    minutes = config.get("inProgressTimeoutInMinutes")
    if minutes is not None and minutes not in MINUTES:
        raise refused(f"inProgressTimeoutInMinutes must be 1 to 10080, not {minutes}")
    return minutes if minutes is None else int(minutes)


def read_retries(config: Params) -> tuple[Retry, ...]:
    """The criteria of jobExecutionsRetryConfig, at most 10 retries together (jobs-protocol §4)."""
    criteria = config.get("criteriaList", [])
    retries = tuple(Retry(failure=one["failureType"], times=one["numberOfRetries"]) for one in criteria)
    if sum(retry.times for retry in retries) > MOST_RETRIES or any(retry.times < 0 for retry in retries):
        raise refused(f"numberOfRetries must be 0 to {MOST_RETRIES} for all failure types")
    if len(retries) > 1 and any(retry.failure == "ALL" for retry in retries):
        raise refused("A retryCriteria with failure type ALL must be used by itself.")
    return retries


def check_rollout(config: Params) -> None:
    """maximumPerMinute 1 to 1000; with exponentialRate it must be given, and exactly one criterion of increase."""
    most, exponential = config.get("maximumPerMinute"), config.get("exponentialRate")
    if most is None and (exponential is not None or config):
        raise refused("Provide MaximumPerMinute value when ExponentialRate is defined")
    if most is not None and not 1 <= most <= MOST_PER_MINUTE:
        raise refused(f"maximumPerMinute must be 1 to {MOST_PER_MINUTE}, not {most}")
    if exponential is not None and most is not None:
        _check_exponential(exponential, most)


def _check_exponential(exponential: Params, most: int) -> None:
    names = ("numberOfNotifiedThings", "numberOfSucceededThings")
    given = [exponential["rateIncreaseCriteria"][name] for name in names if name in exponential["rateIncreaseCriteria"]]
    if len(given) != 1 or given[0] < 1:
        raise refused("Provide only one of NumberOfNotifiedThings or NumberOfSucceededThings, at least 1")
    if exponential["baseRatePerMinute"] > most:
        raise refused("Exponential rollout baseRatePerMinute should be less than maximumPerMinute.")
    _check_digits("incrementFactor", exponential["incrementFactor"], 1)


def check_abort(config: Params) -> None:
    """Each failure type once, a threshold over 0 with at most two digits after the point."""
    criteria = config["criteriaList"]
    sorts = [one["failureType"] for one in criteria]
    if len(sorts) != len(set(sorts)):
        raise refused("Multiple AbortCriteria cannot have the same failure type")
    for one in criteria:
        if one["thresholdPercentage"] <= 0:
            raise refused(
                f"ThresholdPercentage value {float(one['thresholdPercentage'])} for AbortCriteria "
                "must have value greater than 0"
            )
        _check_digits("thresholdPercentage", one["thresholdPercentage"], 2)


def _check_digits(name: str, value: float, digits: int) -> None:
    if round(value, digits) != value:
        raise refused(f"{name} supports {digits} digit(s) after the decimal point, not {value}")


CHECKS: Mapping[str, Callable[[Params], object]] = {
    "timeoutConfig": read_minutes,
    "jobExecutionsRetryConfig": read_retries,
    "jobExecutionsRolloutConfig": check_rollout,
    "abortConfig": check_abort,
}


def check_configs(params: Params) -> None:
    """Raises ApiError InvalidRequestException for a configuration that AWS would not take."""
    for member, check in CHECKS.items():
        if member in params:
            check(params[member])


def kept(params: Params, members: Iterable[str]) -> dict[str, Any]:
    """Those of the members that are given."""
    return {member: params[member] for member in members if member in params}

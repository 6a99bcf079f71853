"""Reading a request's members: what is wrong is said in the words of AWS's validation (jobs-protocol §2, §3)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rigs.jobs.model import DEVICE_STATUSES, ErrorCode, Operation, Status
from rigs.jobs.refusals import Refusal, value_refused
from rigs.jobs.switches import Switches

JOB_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
DETAIL_KEY = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
STEP_MINUTES = range(1, 10081)
_DIGITS = re.compile(r"-?[0-9]+")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A device's request in AWS's words; None where a member is absent or null. `over_http` is the data plane's."""

    operation: Operation
    thing: str
    job: str | None = None
    client_token: str | None = None
    status: Status | None = None
    status_details: Mapping[str, str] | None = None
    expected_version: int | None = None
    execution_number: int | None = None
    include_job_document: bool | None = None
    include_job_execution_state: bool | None = None
    step_timeout_minutes: int | None = None
    over_http: bool = False


Reader = Callable[[str, Any, Switches], Any]


def _text(member: str, value: Any, switches: Switches) -> str:
    if not isinstance(value, str):
        raise value_refused(value, member, "Member must be a string")
    return value


def _flag(member: str, value: Any, switches: Switches) -> bool:
    if not isinstance(value, bool):
        raise value_refused(value, member, "Member must be a boolean")
    return value


def _whole(member: str, value: Any, switches: Switches) -> int:
    """An integer, or its digits in a string: the v1 SDKs and the documents send "1" (§2.4)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise value_refused(value, member, "Member must be a whole number")


def _status(member: str, value: Any, switches: Switches) -> Status:
    try:
        return Status(value)
    except ValueError:
        known = ", ".join(sorted(Status))
        raise value_refused(value, member, f"Member must satisfy enum value set: [{known}]") from None


def _details(member: str, value: Any, switches: Switches) -> dict[str, str]:
    if not isinstance(value, dict):
        raise value_refused(value, member, "Member must be a map of strings")
    if len(value) > switches.detail_pairs:
        constraint = f"Member must have length less than or equal to {switches.detail_pairs}"
        raise value_refused(f"{len(value)} pairs", member, constraint)
    return {_detail_key(key): _detail(key, item, switches) for key, item in value.items()}


def check_details(details: Mapping[str, Any], switches: Switches) -> dict[str, str]:
    """statusDetails that come another way than a request (CancelJobExecution); raises Refusal."""
    return _details("statusDetails", dict(details), switches)


def _detail_key(key: str) -> str:
    if not DETAIL_KEY.fullmatch(key):
        pattern = "Map keys must satisfy regular expression pattern: [a-zA-Z0-9:_-]+ of 1 to 128 characters"
        raise value_refused(key, "statusDetails", pattern)
    return key


def _detail(key: str, value: Any, switches: Switches) -> str:
    member = f"statusDetails.{key}.member"
    if isinstance(value, bool | int | float) and switches.detail_scalars == "stored":
        value = json.dumps(value)
    if not isinstance(value, str):
        raise value_refused(value, member, "Member must be a string")
    if not 1 <= len(value) <= switches.detail_length:
        limits = f"Member must have length between 1 and {switches.detail_length}"
        raise value_refused(f"{value[:40]}…", member, limits)
    if any(unicodedata.category(letter)[0] == "C" and letter not in switches.detail_controls for letter in value):
        raise value_refused(value, member, r"Member must satisfy regular expression pattern: [^\p{C}]+")
    return value


# Which members each operation reads; all others, thingName and jobId among them, are ignored (§2.4).
MEMBERS: Mapping[Operation, Mapping[str, tuple[str, Reader]]] = {
    Operation.GET: {},
    Operation.START_NEXT: {
        "statusDetails": ("status_details", _details),
        "stepTimeoutInMinutes": ("step_timeout_minutes", _whole),
    },
    Operation.DESCRIBE: {
        "executionNumber": ("execution_number", _whole),
        "includeJobDocument": ("include_job_document", _flag),
    },
    Operation.UPDATE: {
        "statusDetails": ("status_details", _details),
        "status": ("status", _status),
        "expectedVersion": ("expected_version", _whole),
        "executionNumber": ("execution_number", _whole),
        "includeJobExecutionState": ("include_job_execution_state", _flag),
        "includeJobDocument": ("include_job_document", _flag),
        "stepTimeoutInMinutes": ("step_timeout_minutes", _whole),
    },
}


def parse(payload: bytes) -> dict[str, Any]:
    """The members of a payload; an empty one counts as `{}` (§2.1). Raises Refusal: InvalidJson or InvalidRequest."""
    if not payload:
        return {}
    try:
        members = _decoder.decode(payload.decode("utf-8"))
    except (ValueError, RecursionError) as wrong:
        text = f"The request payload is not valid UTF-8 encoded JSON: {wrong}"
        raise Refusal(ErrorCode.INVALID_JSON, text) from wrong
    if not isinstance(members, dict):
        raise Refusal(
            ErrorCode.INVALID_REQUEST, f"The request payload must be a JSON object, not {type(members).__name__}"
        )
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_decoder = json.JSONDecoder(parse_constant=_no_constant)


def token_of(members: Mapping[str, Any]) -> str | None:
    """The clientToken to echo, where it is a string."""
    token = members.get("clientToken")
    return token if isinstance(token, str) else None


def read(
    operation: Operation,
    thing: str,
    job: str | None,
    members: Mapping[str, Any],
    switches: Switches,
    *,
    over_http: bool = False,
) -> Request:
    """The request in these members; raises Refusal where one is missing, of the wrong type or out of its range."""
    readers = {"clientToken": ("client_token", _text), **MEMBERS[operation]}
    found = {
        name: reader(member, members[member], switches)
        for member, (name, reader) in readers.items()
        if members.get(member) is not None
    }
    if operation is Operation.UPDATE:
        _check_update(job, found, switches)
    if "step_timeout_minutes" in found:
        _check_step(operation, found, switches)
    return Request(operation=operation, thing=thing, job=job, over_http=over_http, **found)


def _check_update(job: str | None, found: Mapping[str, Any], switches: Switches) -> None:
    if job is None or not JOB_ID.fullmatch(job):
        constraint = "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"
        refusal = value_refused(job, "jobId", constraint)
        raise Refusal(ErrorCode(switches.update_next), refusal.message)
    status = found.get("status")
    if status is None:
        raise value_refused(None, "status", "Member must not be null")
    if status not in DEVICE_STATUSES:
        text = f"The status of job execution cannot be changed to be {status}"
        raise Refusal(ErrorCode(switches.foreign_status), text)


def _check_step(operation: Operation, found: dict[str, Any], switches: Switches) -> None:
    """1..10080 minutes, and -1 (cancel) in an update only (§2.2, §2.4)."""
    minutes = found["step_timeout_minutes"]
    if minutes in STEP_MINUTES or (minutes == -1 and operation is Operation.UPDATE):
        return
    if switches.step_out_of_range == "refused":
        raise value_refused(minutes, "stepTimeoutInMinutes", "Member must have value between 1 and 10080")
    del found["step_timeout_minutes"]

"""schedulingConfig: when a job begins and ends by itself.

Source of the bounds: API reference, SchedulingConfig (docs.aws.amazon.com/iot/latest/apireference/
API_SchedulingConfig.html). The form YYYY-MM-DDThh:mm, in UTC, was measured by a third party ([C] MiniStack).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rigs.jobs.refusals import ApiError

LEAST = timedelta(minutes=30).total_seconds()
START_WITHIN = timedelta(days=365).total_seconds()
END_WITHIN = timedelta(days=730).total_seconds()
FORM = "%Y-%m-%dT%H:%M"


def read_schedule(config: Mapping[str, Any], now: float) -> tuple[float | None, float | None]:
    """startTime and endTime in seconds since the epoch, None where not given.

    Raises ApiError InvalidRequestException where they are out of AWS's bounds: at least 30 minutes ahead, 30 minutes
    apart, the start within a year, the end within two years of now and of the start.
    """
    if config.get("maintenanceWindows"):
        raise _refused("the local cloud does not play maintenanceWindows of schedulingConfig; give startTime, endTime")
    start, end = (_instant(config[name]) if name in config else None for name in ("startTime", "endTime"))
    if start is not None:
        _check("startTime", start - now, START_WITHIN, "from now")
    if end is not None:
        _check("endTime", end - now, END_WITHIN, "from now")
        if start is not None:
            _check("endTime", end - start, END_WITHIN, "after startTime")
    elif "endBehavior" in config:
        raise _refused("endBehavior applies to a job with an endTime only")
    return start, end


def _instant(text: str) -> float:
    try:
        return datetime.strptime(text, FORM).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _refused(f"Provided time {text} UTC must follow the format YYYY-MM-DDThh:mm.") from None


def _check(name: str, ahead: float, most: float, since: str) -> None:
    if not LEAST <= ahead <= most:
        bounds = f"30 minutes to {most / 86400:.0f} days {since}"
        raise _refused(f"{name} must be {bounds}, not {ahead / 60:.0f} minutes")


def _refused(text: str) -> ApiError:
    return ApiError("InvalidRequestException", text)

"""jobExecutionsRolloutConfig as a number of things a minute.

Sources: developer guide, "How job configurations work" (docs.aws.amazon.com/iot/latest/developerguide/
jobs-configurations-details.html) and "Specify job configurations by using the AWS IoT Jobs API".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# maximumPerMinute where none is given ("ranges from 1 to 1000 … uses 1000 as the default value").
MOST_PER_MINUTE = 1000


def rate_of(config: Mapping[str, Any], *, notified: int, succeeded: int) -> int:
    """Things a minute, after so many were notified and so many succeeded.

    An exponential rate is multiplied by its factor at each multiple of its criterion: with 50, 2 and 1,000 it is 50
    up to 1,000 things, 100 up to 2,000, 200 up to 3,000; maximumPerMinute bounds it.
    """
    most = int(config.get("maximumPerMinute", MOST_PER_MINUTE))
    exponential = config.get("exponentialRate")
    if exponential is None:
        return most
    criteria = exponential["rateIncreaseCriteria"]
    done = {"numberOfNotifiedThings": notified, "numberOfSucceededThings": succeeded}
    steps = max((done[name] // criteria[name] for name in done if name in criteria), default=0)
    rate = float(exponential["baseRatePerMinute"])
    for _ in range(steps):
        if rate >= most:
            break
        rate *= exponential["incrementFactor"]
    return min(most, int(rate))

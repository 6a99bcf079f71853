"""What is fed with every record of the trace as it comes: whether the device is at rest, the rules, its boots."""

from __future__ import annotations

import re
from collections.abc import Callable

from rigs.description import Description
from rigs.profile import Profile
from rigs.rules.judge import Judge
from rigs.trace import records
from rigs.trace.records import AnyRecord, Evidence
from rigs.trace.rest import Rest
from rigs.trace.store import Trace

TOLD_ON = {"notify": ("notify",), "notify-next": ("notify-next",), "both": ("notify", "notify-next")}


def listeners(description: Description, profile: Profile, trace: Trace) -> tuple[Rest, Judge]:
    """What is fed with every record as it comes."""
    rest = _rest(description, profile)
    trace.listen(rest.feed)
    judge = Judge(profile.flat(), description.device.thing, waived=profile.waived)
    trace.listen(judge.feed)
    if (mark := description.device.boot_mark) is not None:
        trace.listen(_boot_marks(trace, re.compile(mark)))
    return rest, judge


def _rest(description: Description, profile: Profile) -> Rest:
    """What makes this device one at rest; one that does not say when it asks does so at each connection (notes N2)."""
    topic = f"$aws/things/{description.device.thing}/jobs/"
    told = [topic + name for name in TOLD_ON.get(str(profile["told_by"]), ())]
    return Rest(
        asks_on=str(profile["asks_on"] or ("never" if profile["takes_jobs"] == "notify" else "connect")),
        told_on=tuple(told),
        starts=frozenset(filter(None, (description.device.start, description.device.reboot))),
    )


def _boot_marks(trace: Trace, mark: re.Pattern[str]) -> Callable[[AnyRecord], None]:
    """A boot on the console is evidence at once: a device that has booted may have forgotten what it was told."""

    def listen(record: AnyRecord) -> None:
        if isinstance(record, records.Console) and record.way == "read" and mark.search(record.text):
            trace.append(Evidence(sort="boot", text=record.text))

    return listen

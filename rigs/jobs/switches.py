"""The points on which AWS's behaviour is open or disputed: one switch each, with its default and source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the local Jobs service behaves where nobody outside AWS knows; numbers "10.x" are jobs-protocol §10."""

    # AWS sources contradict each other (evidence.md Part 1 c): Greengrass says impossible, two AWS samples send it.
    rejected_from_in_progress: bool = True
    # A stale expectedVersion on a finished execution, 10.13: MiniStack checks the version first; False: the state.
    version_before_state: bool = True
    # The same end reported twice, 10.12: no capture. "accepted" changes nothing and counts no version.
    same_end_again: Literal["refused", "accepted"] = "refused"
    # QUEUED, CANCELED, TIMED_OUT or REMOVED sent by a device, 10.10: [C] measured 2026-09-19, or InvalidRequest.
    foreign_status: Literal["InvalidStateTransition", "InvalidRequest"] = "InvalidStateTransition"
    # Which of the two notices of one change comes first: either was seen on AWS (evidence.md Part 2 g2).
    notices: Literal["notify first", "notify-next first", "either"] = "notify first"
    # What a time-out publishes: nothing found (evidence.md Part 2 e); by the rule for any removal, both notices.
    timeout_notices: bool = True
    # How long after its deadline a timer acts: the documents say up to 60 s, 10.18.
    timeout_late: timedelta = field(default=timedelta(0))
    # Whether cancel and time-out count the version up: [C], MiniStack's code.
    cancel_counts: bool = True
    timeout_counts: bool = True
    # A number or boolean as a value of statusDetails: nothing found; "stored" keeps it as its JSON text.
    detail_scalars: Literal["refused", "stored"] = "refused"
    # Pairs and characters of statusDetails, 10.7: 10 pairs by the old limits table, 1,024 enforced on AWS.
    detail_pairs: int = 10
    detail_length: int = 1024
    # Control characters that a detail value may hold: a newline was stored on AWS (evidence.md Part 1 e).
    detail_controls: str = "\n"
    # stepTimeoutInMinutes out of 1..10080 (and not -1 in an update), 10.8.
    step_out_of_range: Literal["refused", "ignored"] = "refused"
    # stepTimeoutInMinutes in a start-next that finds work in progress, 10.8: ignored, or it sets the timer anew.
    start_next_renews_step: bool = False
    # UpdateJobExecution with $next as job id, 10.14.
    update_next: Literal["InvalidRequest", "InvalidTopic"] = "InvalidRequest"
    # A topic in the Jobs namespace that no operation has, 10.20: answered on <topic>/rejected, or not at all.
    unknown_topic: Literal["rejected", "silent"] = "rejected"
    # VersionMismatch over HTTP, 10.22: third-party only, and that one changed its mind.
    http_mismatch: Literal["InvalidRequestException", "InvalidStateTransitionException"] = "InvalidRequestException"
    # Entries of each list in GetPending and notify, 10.16: 10, or 15 with maintenance windows.
    pending_cap: int = 10

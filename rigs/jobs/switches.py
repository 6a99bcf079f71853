"""The points on which AWS's behaviour is open or disputed: one switch each, with its default and source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from rigs.choices import choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the local Jobs service behaves where nobody outside AWS knows."""

    rejected_from_in_progress: bool = choice(
        True,
        "Whether a device may report REJECTED from IN_PROGRESS.",
        "evidence.md Part 1 c: AWS sources contradict each other; Greengrass says impossible, two AWS samples send it",
    )
    version_before_state: bool = choice(
        True,
        "Whether a stale expectedVersion on a finished execution is told before its state.",
        "jobs-protocol §10.13: MiniStack checks the version first",
    )
    same_end_again: Literal["refused", "accepted"] = choice(
        "refused",
        'What the same end reported twice gets; "accepted" changes nothing and counts no version.',
        "jobs-protocol §10.12: no capture",
    )
    foreign_status: Literal["InvalidStateTransition", "InvalidRequest"] = choice(
        "InvalidStateTransition",
        "The code for QUEUED, CANCELED, TIMED_OUT or REMOVED sent by a device.",
        "jobs-protocol §10.10: [C] measured 2026-09-19, or InvalidRequest",
    )
    notices: Literal["notify first", "notify-next first", "either"] = choice(
        "notify first",
        "Which of the two notices of one change comes first.",
        "evidence.md Part 2 g2: either was seen on AWS",
    )
    timeout_notices: bool = choice(
        True,
        "Whether a time-out publishes both notices.",
        "evidence.md Part 2 e: nothing found; by the rule for any removal, both",
    )
    timeout_late: timedelta = choice(
        timedelta(0),
        "How long after its deadline a timer acts.",
        "jobs-protocol §10.18: the documents say up to 60 s",
    )
    cancel_counts: bool = choice(
        True,
        "Whether a cancellation counts the version up.",
        "[C], MiniStack's code",
    )
    timeout_counts: bool = choice(
        True,
        "Whether a time-out counts the version up.",
        "[C], MiniStack's code",
    )
    detail_scalars: Literal["refused", "stored"] = choice(
        "refused",
        'What a number or boolean as a value of statusDetails gets; "stored" keeps it as its JSON text.',
        "nothing found",
    )
    detail_pairs: int = choice(
        10,
        "Pairs that statusDetails may hold.",
        "jobs-protocol §10.7: the old limits table",
    )
    detail_length: int = choice(
        1024,
        "Characters that a key or value of statusDetails may hold.",
        "jobs-protocol §10.7: 1,024 enforced on AWS",
    )
    detail_controls: str = choice(
        "\n",
        "Control characters that a value of statusDetails may hold.",
        "evidence.md Part 1 e: a newline was stored on AWS",
    )
    step_out_of_range: Literal["refused", "ignored"] = choice(
        "refused",
        "What a stepTimeoutInMinutes out of 1..10080 gets (in an update -1 is in range).",
        "jobs-protocol §10.8",
    )
    start_next_renews_step: bool = choice(
        False,
        "Whether stepTimeoutInMinutes in a start-next that finds work in progress sets the timer anew.",
        "jobs-protocol §10.8: else it is ignored",
    )
    update_next: Literal["InvalidRequest", "InvalidTopic"] = choice(
        "InvalidRequest",
        "The code for UpdateJobExecution with $next as job id.",
        "jobs-protocol §10.14",
    )
    unknown_topic: Literal["rejected", "silent"] = choice(
        "rejected",
        "Whether a topic in the Jobs namespace that no operation has is answered on <topic>/rejected.",
        "jobs-protocol §10.20",
    )
    backend_requests: Literal["played", "refused"] = choice(
        "played",
        "Whether a Jobs request that a backend publishes over HTTP takes effect.",
        "evidence.md Part 1 §2 (a,j), an AWS sample: it does; [C] MiniStack refuses it, not marked as measured",
    )
    http_mismatch: Literal["InvalidRequestException", "InvalidStateTransitionException"] = choice(
        "InvalidRequestException",
        "The error that says VersionMismatch over HTTP.",
        "jobs-protocol §10.22: third-party only, and that one changed its mind",
    )
    pending_cap: int = choice(
        10,
        "Entries of each list in GetPending and notify.",
        "jobs-protocol §10.16: 10, or 15 with maintenance windows",
    )
    document_nulls: Literal["dropped", "kept"] = choice(
        "dropped",
        "Whether members of a job document that are null reach the device.",
        "jobs-protocol §2.5: [C], MiniStack's code",
    )
    joiners_wait: bool = choice(
        False,
        "Whether a thing that joins a group of a CONTINUOUS job waits for the job's roll-out rate.",
        "developer guide, jobs-configurations-details: the rate controls the things there at the job's creation only; "
        "those that join later get it in near real time",
    )
    abort_minimum: Literal["completed", "notified"] = choice(
        "completed",
        "What minNumberOfExecutedThings of an abort criterion counts: completed executions, or things notified.",
        "developer guide, job-configurations-api: completed; botocore's model: things that received a notification",
    )
    update_scheduled: bool = choice(
        True,
        "Whether UpdateJob changes a job that is SCHEDULED; one that is over is never changed.",
        "AWS is silent; [C] MiniStack changes jobs IN_PROGRESS only and has none that are SCHEDULED",
    )
    deleted_thing: Literal["executions kept", "executions dropped"] = choice(
        "executions kept",
        "What becomes of the job executions of a thing that is deleted; nobody is told in either case.",
        "AWS's pages are silent; [C] MiniStack 1.5.33 drops them (contract row OPN-05)",
    )

"""Topics of AWS IoT Jobs, parsed and built in this one place (jobs-protocol §1)."""

from __future__ import annotations

import msgspec

from rigs.jobs.model import Kind, Operation

NEXT = "$next"
PREFIX = "$aws/things/"
_PLAIN = {"get": Operation.GET, "start-next": Operation.START_NEXT}
_JOB = {"get": Operation.DESCRIBE, "update": Operation.UPDATE}
_WORD = {Operation.DESCRIBE: "get"}
_NOTICES = {"notify": Operation.NOTIFY, "notify-next": Operation.NOTIFY_NEXT}
_REPLIES = {"accepted": Kind.ACCEPTED, "rejected": Kind.REJECTED}


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What a Jobs topic says: whose, what, and about which job (None where the topic names none)."""

    thing: str
    operation: Operation
    kind: Kind
    job: str | None = None

    def __str__(self) -> str:
        root = f"{PREFIX}{self.thing}/jobs"
        word = _WORD.get(self.operation, self.operation.value)
        body = f"{root}/{self.job}/{word}" if self.job is not None else f"{root}/{word}"
        return body if self.kind in (Kind.REQUEST, Kind.NOTIFICATION) else f"{body}/{self.kind.value}"

    def reply(self, kind: Kind) -> Address:
        """The address of the accepted or rejected reply to this request."""
        return Address(thing=self.thing, operation=self.operation, kind=kind, job=self.job)


def parse_topic(topic: str) -> Address | None:
    """The address of a Jobs topic, or None when the topic is none of §1 (namespaced ones included)."""
    if not topic.startswith(PREFIX):
        return None
    thing, _, rest = topic[len(PREFIX) :].partition("/jobs/")
    parts = rest.split("/")
    kind = Kind.REQUEST
    if len(parts) > 1 and parts[-1] in _REPLIES:
        kind = _REPLIES[parts.pop()]
    if not thing or "/" in thing:
        return None
    if len(parts) == 1:
        return _plain(thing, parts[0], kind)
    if len(parts) == 2 and parts[1] in _JOB:
        return Address(thing=thing, operation=_JOB[parts[1]], kind=kind, job=parts[0])
    return None


def _plain(thing: str, word: str, kind: Kind) -> Address | None:
    if word in _PLAIN:
        return Address(thing=thing, operation=_PLAIN[word], kind=kind)
    if word in _NOTICES and kind is Kind.REQUEST:
        return Address(thing=thing, operation=_NOTICES[word], kind=Kind.NOTIFICATION)
    return None


def namespaced(topic: str) -> bool:
    """Whether a topic in the Jobs namespace belongs to a namespace of jobs, as Greengrass uses them (§1)."""
    return topic.startswith(PREFIX) and any(f"/{word}namespace-" in topic for word in ("", "notify-", "notify-next-"))


def in_jobs_namespace(topic: str) -> bool:
    """Whether the topic lies in some thing's Jobs namespace, well formed or not."""
    return topic.startswith(PREFIX) and "/jobs/" in topic

"""The requests that wait for an answer: sends, repeats, and pairs replies with what was asked.

Replies come at QoS 0, once, to the client that asked (jobs MQTT API, "Jobs device MQTT API"): a lost one never comes
again, so silence is answered by asking again, a bounded number of times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import count
from typing import Any, Protocol

from rigs.agent import jobs
from rigs.agent.config import Settings
from rigs.agent.events import Sent
from rigs.agent.jobs import Heard, Refusal
from rigs.agent.link import Link
from rigs.agent.tasks import Task
from rigs.agent.timers import Timers


class Purpose(StrEnum):
    """What a request is for."""

    ASK = "ask"
    LIST = "list"
    FETCH = "fetch"
    CHECK = "check"
    START = "start"
    PULSE = "pulse"
    END = "end"


UPDATES = frozenset({Purpose.START, Purpose.PULSE, Purpose.END})


@dataclass(eq=False, slots=True, kw_only=True)
class Request:
    """One request with all its tries; `about` is its topic below `…/jobs/`."""

    purpose: Purpose
    about: str
    compose: Callable[[Request], dict[str, Any]] = field(repr=False)
    task: Task | None = None
    tries: int = 0
    tokens: list[str] = field(default_factory=list, repr=False)
    ticket: int = 0
    acknowledged: bool = False
    waiting: bool = False
    quiet: bool = False
    """Whether it is of no more use, and only its answer is still noted."""
    expected: int | None = None
    code: str = ""
    """Error code of the refusal that the last try met; empty while there is none."""


class Judge(Protocol):
    """What the desk asks its policy."""

    def patience(self, request: Request) -> float | None: ...
    def may_repeat(self, request: Request) -> bool: ...
    def pause(self, request: Request) -> float: ...
    def under_way(self, request: Request, *, session: bool) -> bool: ...
    def takes_answer(self, request: Request) -> bool: ...


class Clerk(Protocol):
    """Who gets the outcome of a request."""

    def accepted(self, request: Request, body: Mapping[str, Any]) -> None: ...
    def refused(self, request: Request, refusal: Refusal) -> None: ...
    def unanswered(self, request: Request) -> None: ...
    def stray(self, heard: Heard) -> None: ...


class Desk:
    """All outstanding requests of one agent."""

    def __init__(
        self,
        settings: Settings,
        link: Link,
        timers: Timers,
        policy: Judge,
        clerk: Clerk,
        say: Callable[[str], None],
        *,
        life: str,
    ) -> None:
        self._settings, self._link, self._timers, self._policy = settings, link, timers, policy
        self._clerk, self._say = clerk, say
        self._open: list[Request] = []
        self._tickets = count(1)
        self._life = life

    def __repr__(self) -> str:
        return f"<Desk {[request.purpose.value for request in self._open]}>"

    def send(self, request: Request) -> None:
        """Send a request for the first time or once more."""
        if request not in self._open:
            self._open.append(request)
        request.tries += 1
        request.waiting, request.acknowledged, request.code = True, False, ""
        request.ticket = next(self._tickets)
        body = {**request.compose(request), **self._token(request)}
        request.expected = body.get("expectedVersion")
        self._timers.cancel((request, "retry"))
        patience = self._policy.patience(request)
        if patience is not None:
            self._timers.set((request, "reply"), patience, partial(self._silence, request))
        self._say(f"sends {request.about} {body.get('status', '')} (try {request.tries})")
        qos = self._settings.habits.update_qos if request.purpose in UPDATES else 1
        topic = jobs.base(self._settings.thing) + request.about
        self._link.publish(topic, json.dumps(body).encode(), qos=qos, ticket=request.ticket)

    def again(self, request: Request, pause: float) -> None:
        """Send it once more after a pause in seconds."""
        request.waiting = False
        self._timers.cancel((request, "reply"))
        self._timers.set((request, "retry"), pause, lambda: self.send(request))

    def hear(self, heard: Heard) -> None:
        """A reply came: hand it to the clerk if anybody waits for it."""
        request = self._pair(heard)
        if request is None:
            self._say(f"nobody waits for this answer on {heard.about}")
            self._clerk.stray(heard)
        elif not self._policy.takes_answer(request):
            self._say(f"has no use for the answer on {heard.about}")
        elif heard.verdict == "accepted":
            self.close(request)
            self._clerk.accepted(request, heard.body)
        else:
            self._refused(request, heard)

    def _refused(self, request: Request, heard: Heard) -> None:
        refusal = jobs.refusal(heard.body)
        self._say(f"{request.about} refused: {refusal.code or 'no code'} {refusal.status or ''}")
        if self._by_token(heard) and heard.token != request.tokens[-1] and not refusal.over:
            self._say("that was an earlier try; the answer to the last one is still to come")
            return
        self._timers.cancel((request, "reply"))
        request.waiting, request.code = False, refusal.code or "none"
        self._clerk.refused(request, refusal)

    def sent(self, event: Sent) -> None:
        """Note a PUBACK."""
        for request in self._open:
            if request.ticket == event.ticket and event.ok:
                request.acknowledged = True

    def close(self, request: Request) -> None:
        """Forget a request; a later answer to it is nobody's."""
        self._timers.cancel((request, "reply"), (request, "retry"))
        request.waiting = False
        if request in self._open:
            self._open.remove(request)

    @property
    def all(self) -> tuple[Request, ...]:
        """Every open request."""
        return tuple(self._open)

    def drop(self, task: Task) -> None:
        """Forget all requests about a task."""
        for request in self.about(task):
            self.close(request)

    def hush(self, task: Task, *purposes: Purpose) -> None:
        """Do not repeat these any more; their answers are still noted."""
        for request in self.about(task, *purposes):
            request.quiet = True
            if not request.waiting:
                self.close(request)

    def about(self, task: Task, *purposes: Purpose) -> list[Request]:
        """The open requests about a task, oldest first."""
        return [each for each in self._open if each.task is task and (not purposes or each.purpose in purposes)]

    def lost(self) -> None:
        """The connection is gone: no answer can come before the next one."""
        for request in self._open:
            self._timers.cancel((request, "reply"), (request, "retry"))

    def resume(self, *, session: bool) -> None:
        """A new connection: forget what is not under way any more, wait on for what the MQTT session carries."""
        for request in list(self._open):
            if not self._policy.under_way(request, session=session):
                self.close(request)
                continue
            patience = self._policy.patience(request)
            if patience is not None:
                self._timers.set((request, "reply"), patience, partial(self._silence, request))

    def _silence(self, request: Request) -> None:
        self._say(f"no answer to {request.about}")
        if request.quiet:
            self.close(request)
        elif self._policy.may_repeat(request) and self._settings.habits.repeats_unanswered:
            self.send(request)
        else:
            self._clerk.unanswered(request)

    def _token(self, request: Request) -> dict[str, str]:
        kind = self._settings.habits.sends_client_token
        if kind == "never":
            return {}
        token = self._settings.thing[:32] if kind == "constant" else f"{self._life}-{request.ticket}"
        request.tokens.append(token)
        return {"clientToken": token}

    def _by_token(self, heard: Heard) -> bool:
        habits = self._settings.habits
        # InvalidJson cannot give the token back: such a reply is paired by its topic.
        return habits.pairs_by_token and habits.sends_client_token == "unique" and heard.token is not None

    def _pair(self, heard: Heard) -> Request | None:
        waiting = [request for request in self._open if request.about == heard.about and request.waiting]
        if self._by_token(heard):
            waiting = [request for request in waiting if heard.token in request.tokens]
        elif jobs.state_ended(heard.body):
            # Paired by topic, oldest first; but an answer that tells the end is the answer to its report.
            waiting.sort(key=lambda request: request.purpose is not Purpose.END)
        return waiting[0] if waiting else None

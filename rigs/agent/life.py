"""The connection's life: subscribe, wait for SUBACK, then ask; and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rigs.agent import jobs
from rigs.agent.desk import Purpose
from rigs.agent.events import Connected, Disconnected, Subscribed, Unreached
from rigs.agent.tasks import Phase

if TYPE_CHECKING:
    from rigs.agent.agent import Agent

NOTICES = {"notify-next": ("notify-next",), "notify": ("notify",), "both": ("notify", "notify-next"), "none": ()}
REPLIES = ("get/+", "start-next/+", "+/get/+", "+/update/+")
"""Six filters in all at most; AWS takes eight in one SUBSCRIBE."""


class Connection:
    """Whether the agent can talk (`ready`), and how it comes to that."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.online = False
        self.ready = False
        self._session = False
        self._subscribed = False
        self._failures = 0

    def __repr__(self) -> str:
        return f"<Connection {'ready' if self.ready else 'online' if self.online else 'off'}>"

    def made(self, event: Connected) -> None:
        """CONNACK: subscribe, unless the session kept what this very process subscribed."""
        agent = self._agent
        self.online, self._session, self._failures = True, event.session, 0
        agent.say(f"connected, session {'kept' if event.session else 'new'}")
        if event.session and self._subscribed:
            self._become_ready()
        else:
            self._subscribe()

    def _filters(self) -> list[str]:
        habits = self._agent.habits
        names = NOTICES[habits.told_by] + (REPLIES if habits.subscribes_to_replies else ())
        return [jobs.base(self._agent.settings.thing) + name for name in names]

    def _subscribe(self) -> None:
        filters = self._filters()
        if not filters:
            self._become_ready()
            return
        self._agent.link.subscribe(filters)
        self._agent.timers.set("suback", self._agent.timing.suback, self._again)
        if not self._agent.policy.waits_for_suback() and not self.ready:
            self._become_ready()

    def _again(self) -> None:
        self._agent.say("no SUBACK yet, subscribes again")
        self._subscribe()

    def subscribed(self, event: Subscribed) -> None:
        """SUBACK: from here on nothing is missed, so now it asks."""
        if event.refused:
            self._agent.say(f"may not subscribe to {', '.join(event.refused)}: check the thing's policy")
        if self.online and not self.ready:
            self._subscribed = not event.refused
            self._become_ready()

    def _become_ready(self) -> None:
        agent = self._agent
        agent.timers.cancel("suback")
        self.ready = True
        agent.say("ready")
        agent.desk.resume(session=self._session)
        agent.reporter.connected()
        agent.seeker.connected(session=self._session)

    def lost(self, event: Disconnected) -> None:
        """The connection is gone; work goes on."""
        agent = self._agent
        self.online = self.ready = False
        agent.say(f"disconnected: {event.reason}")
        agent.timers.cancel("suback")
        agent.desk.lost()
        agent.seeker.disconnected()
        agent.policy.link_lost(agent)

    def failed(self, event: Unreached) -> None:
        """No connection: the next try after a pause that grows, with jitter against herds."""
        agent = self._agent
        agent.say(f"cannot connect: {event.reason}")
        if event.again:
            longest = min(agent.timing.reconnect_min * 2**self._failures, agent.timing.reconnect_max)
            self._failures = min(self._failures + 1, 16)
            agent.timers.set("open", longest * agent.chance.uniform(0.5, 1), agent.link.open)

    def leave_if_done(self) -> None:
        """Asked to stop: leave as soon as no report of an end waits for its answer."""
        agent = self._agent
        waiting = [task for task in agent.tasks if task.phase is Phase.REPORTING]
        unsaid = [task for task in waiting if agent.desk.about(task, Purpose.END)]
        if agent.stopping and not (self.ready and unsaid):
            self.leave(0)

    def leave(self, code: int) -> None:
        """End with this exit code, in good order."""
        if self._agent.left is None:
            self._agent.say(f"leaves with exit code {code}")
            self._agent.left = code
            self._agent.save()
            self._agent.link.close()

"""Errors sorted by whose fault it is: the class is the verdict.

| class        | verdict | category    |
|--------------|---------|-------------|
| DeviceFault  | failed  | device      |
| ServiceFault | broken  | service     |
| RigFault     | broken  | rig         |
| UsageFault   | broken  | rig file    |

`NotReached` is no fault: the case that a scenario is about did not arise while it ran.
"""

from __future__ import annotations


class DeviceFault(AssertionError):
    """The device broke a rule or a promise of its profile; the scenario has failed."""


class RigError(Exception):
    """Base of everything that says nothing about the device."""


class ServiceFault(RigError):
    """The cloud, local or AWS, did not do what its documents say."""


class RigFault(RigError):
    """The rig (tap, console, power, worker, evidence) is in doubt."""


class UsageFault(RigError):
    """The rig file, its profile or the command line contradicts itself or what was seen."""


class ConsoleLost(RigFault):
    """The port went away; says nothing about the device."""


class ConsoleSilent(RigFault):
    """The console is there, but did not answer a command within its bound."""


class NotReached(Exception):
    """The case did not arise while running; shown like a skip, neither green nor red."""

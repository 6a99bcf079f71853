"""The first line of a trace: what ran on what, with what, and when."""

from __future__ import annotations

import contextlib
import platform
import time
from datetime import UTC, datetime
from importlib import metadata

from rigs.description import Description
from rigs.profile import Profile
from rigs.trace.records import Header

PACKAGES = ("jobrig", "pytest", "pytest-bdd", "awsiotsdk", "boto3", "allure-pytest", "pyserial", "asyncssh")


def header(description: Description, profile: Profile, rig: str, seed: int) -> Header:
    """The header of a trace that begins now; UTC stands beside the monotonic zero."""
    device = description.device
    return Header(
        rig=rig,
        device=device.name or device.thing,
        thing=device.thing,
        seed=seed,
        utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        monotonic=time.monotonic(),
        packages={"python": platform.python_version(), **_versions()},
        profile=profile.flat(),
    )


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found

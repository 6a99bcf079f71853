"""Notifications that name no version: the network takes it out of them."""

from __future__ import annotations

from typing import Any

from rigs.jobs.model import Kind
from rigs.network import Arming, Network
from rigs.spoken import contradiction
from rigs.tap.faults import Replace
from rigs.tap.match import Match, Seen

Body = dict[str, Any]


def take_versions(network: Network) -> Arming:
    """From now on notify and notify-next have no versionNumber, as AWS's summaries of 2018 had none (jobs-protocol
    §2.5); answers have it."""
    versioned = Match(way="down", kind=Kind.NOTIFICATION, where=_names_version, times=None, words="a notification")
    return network.arm(
        Replace(versioned, edit=without_version, says="the versionNumber"),
        otherwise=contradiction("told_by", "no notification that names a job reached the device")(),
    )


def without_version(body: Body) -> Body:
    """The same notification with no versionNumber in its execution and its lists; documents are left alone."""
    changed = dict(body)
    if isinstance(execution := body.get("execution"), dict):
        changed["execution"] = _less(execution)
    if isinstance(lists := body.get("jobs"), dict):
        changed["jobs"] = {status: [_less(entry) for entry in entries] for status, entries in lists.items()}
    return changed


def _less(entry: Body) -> Body:
    return {name: value for name, value in entry.items() if name != "versionNumber"}


def _names_version(seen: Seen) -> bool:
    return b'"versionNumber"' in seen.raw

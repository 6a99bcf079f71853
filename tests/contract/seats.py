"""Places at a cloud for the things of rows: made by boto3 alone, and undone in reverse, also after failure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

OVER = frozenset({"ResourceNotFoundException"})  # what is gone need not be undone


def code_of(error: Exception) -> str:
    """The code of a botocore ClientError; empty for any other error."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def policy_document(arn: str, prefix: str) -> str:
    """What a device of a row may do: its things' reserved topics, events, and topics that begin with the prefix.

    `arn` is of any thing there: it tells partition, region and account. Two more for rows about rights: a reserved
    topic of nobody may be used, and what has "unreceived" in its topic may not be received.
    """
    root = arn.rpartition(":")[0]
    topics = (f"$aws/things/{prefix}*", "$aws/events/*", "$nobody/*", f"{prefix}*")
    clients = (f"{prefix}*", "$GEN/*")
    rights = [
        _statement("Allow", "iot:Connect", f"{root}:client/", clients),
        *(_statement("Allow", action, f"{root}:topic/", topics) for action in ("iot:Publish", "iot:RetainPublish")),
        _statement("Allow", "iot:Receive", f"{root}:topic/", topics),
        _statement("Allow", "iot:Subscribe", f"{root}:topicfilter/", topics),
        _statement("Allow", "iotjobsdata:*", f"{root}:thing/", (f"{prefix}*",)),
        _statement("Deny", "iot:Receive", f"{root}:topic/", ("*unreceived*",)),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": rights})


def _statement(effect: str, action: str, root: str, names: Iterable[str]) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": [root + name for name in names]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A device's certificate and key."""

    certificate: Path
    key: Path
    arn: str


class Undo:
    """What was made, and how it is unmade: last made, first undone; a failure does not stop the rest."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Undo:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._stack.__exit__(kind, value, at)

    def later(self, call: Callable[..., Any], **arguments: Any) -> None:
        """Undo by this call; what is gone already is fine."""
        self._stack.callback(_gladly, call, arguments)


def _gladly(call: Callable[..., Any], arguments: dict[str, Any]) -> None:
    try:
        call(**arguments)
    except Exception as error:
        if code_of(error) not in OVER:
            raise


def certificate(iot: Any, undo: Undo, folder: Path, prefix: str) -> Files:
    """A certificate with the policy of a row's devices, its files in the folder."""
    made = iot.create_keys_and_certificate(setAsActive=True)
    arn, name = made["certificateArn"], made["certificateId"]
    undo.later(iot.delete_certificate, certificateId=name, forceDelete=True)
    undo.later(iot.update_certificate, certificateId=name, newStatus="INACTIVE")
    policy = f"{prefix}policy"
    iot.create_policy(policyName=policy, policyDocument=policy_document(_any_arn(iot, undo, prefix), prefix))
    undo.later(iot.delete_policy, policyName=policy)
    iot.attach_policy(policyName=policy, target=arn)
    undo.later(iot.detach_policy, policyName=policy, target=arn)
    files = Files(certificate=folder / f"{prefix}device.crt", key=folder / f"{prefix}device.key", arn=arn)
    files.certificate.write_text(made["certificatePem"])
    files.key.touch(mode=0o600)
    files.key.write_text(made["keyPair"]["PrivateKey"])
    return files


def _any_arn(iot: Any, undo: Undo, prefix: str) -> str:
    name = f"{prefix}first"
    arn = str(iot.create_thing(thingName=name)["thingArn"])
    undo.later(iot.delete_thing, thingName=name)
    return arn


def seat(iot: Any, undo: Undo, files: Files, thing: str) -> str:
    """A thing that the certificate is attached to; its ARN."""
    arn = str(iot.create_thing(thingName=thing)["thingArn"])
    undo.later(iot.delete_thing, thingName=thing)
    iot.attach_thing_principal(thingName=thing, principal=files.arn)
    undo.later(iot.detach_thing_principal, thingName=thing, principal=files.arn)
    return arn

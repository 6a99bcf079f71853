"""All rows of the Jobs service and the registry go through the vault unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rigs.cloud.registry import Registry
from rigs.cloud.vault import Vault
from rigs.jobs.service import JobsService


def test_what_the_service_and_the_registry_know_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every table has a row here, and a service on the rows that came back has the same next deadline and answers."""
    first = _Cloud(tmp_path / "state.db")
    calls: dict[str, Any] = {**first.service.operations.by_name, **first.registry.by_name}
    for name, params in CALLS:
        calls[name](params, NOW)
    first.service.handle("c", "$aws/things/lamp/jobs/start-next", b'{"stepTimeoutInMinutes": 5}', NOW)
    made = first.registry.by_name["CreateKeysAndCertificate"]({"setAsActive": True}, NOW)[0]
    target = {"policyName": "all", "target": made["certificateArn"]}
    first.registry.by_name["AttachPolicy"](target, NOW)
    before = _rows(first)
    assert [name for name, rows in before.items() if not rows] == []
    first.vault.close()
    second = _Cloud(tmp_path / "state.db")
    second.service.ledger.restore()
    assert _rows(second) == before
    assert second.service.next_deadline() == first.service.next_deadline()
    for cloud in (first, second):
        cloud.answers = cloud.service.expire(NOW + 86_400)
    assert [(one.topic, one.payload) for one in second.answers] == [(one.topic, one.payload) for one in first.answers]
    assert second.answers
    second.vault.close()


NOW = 1_800_000_000.0
LAMP = "arn:aws:iot:us-east-1:000000000000:thing/lamp"
HALL = "arn:aws:iot:us-east-1:000000000000:thinggroup/hall"
DENIED = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iot:*", "Resource": "*"}]}'
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CreateThing", {"thingName": "lamp", "attributePayload": {"attributes": {"color": "red"}}}),
    ("CreateThing", {"thingName": "door"}),
    ("CreateThingGroup", {"thingGroupName": "hall"}),
    ("AddThingToThingGroup", {"thingGroupName": "hall", "thingName": "lamp"}),
    ("AddThingToThingGroup", {"thingGroupName": "hall", "thingName": "door"}),
    ("UpdateEventConfigurations", {"eventConfigurations": {"JOB": {"Enabled": True}}}),
    ("CreateJobTemplate", {"jobTemplateId": "blink", "description": "d", "document": '{"op": "blink"}'}),
    (
        "CreateJob",
        {
            "jobId": "plain",
            "targets": [LAMP],
            "document": '{"ä": null}',
            "timeoutConfig": {"inProgressTimeoutInMinutes": 60},
            "jobExecutionsRetryConfig": {"criteriaList": [{"failureType": "ALL", "numberOfRetries": 2}]},
        },
    ),
    (
        "CreateJob",
        {
            "jobId": "slow",
            "targets": [HALL],
            "document": "{}",
            "jobExecutionsRolloutConfig": {"maximumPerMinute": 1},
        },
    ),
    ("CreatePolicy", {"policyName": "all", "policyDocument": DENIED}),
)


class _Cloud:
    """A service and a registry with their vault."""

    def __init__(self, path: Path) -> None:
        self.service, self.vault = JobsService(), Vault(path)
        self.registry = Registry(self.service.ledger)
        self.answers: list[Any] = []
        self.vault.keep([*self.service.ledger.tables, *self.registry.tables])


def _rows(cloud: _Cloud) -> dict[str, list[tuple[str, Any]]]:
    return {table.name: list(table.items()) for table in (*cloud.service.ledger.tables, *cloud.registry.tables)}

"""DescribeEndpoint, and sts: what set-up scripts ask first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rigs.cloud.endpoints import endpoint
from rigs.jobs.names import ACCOUNT
from tests.cloud.httpbench import HttpBench


@pytest.fixture(scope="module")
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    yield bench
    bench.stop()


# the MQTT endpoint's address, what a program is told
ADDRESSES = [
    ("AWS's port: a host, to which devices add the port", "127.0.0.1:8883", "127.0.0.1"),
    ("another port, which nothing else tells", "127.0.0.1:40123", "127.0.0.1:40123"),
    ("a name", "cloud.lab:8883", "cloud.lab"),
    ("IPv6", "::1:40123", "::1:40123"),
]


@pytest.mark.parametrize(("name", "address", "told"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_address(name: str, address: str, told: str) -> None:
    assert endpoint({"endpointType": "iot:Data-ATS"}, address) == {"endpointAddress": told}


@pytest.mark.parametrize("params", [{}, {"endpointType": "iot:Data"}, {"endpointType": "iot:Data-ATS"}], ids=str)
def test_data_endpoints(running: HttpBench, params: dict[str, str]) -> None:
    assert running.client("iot").describe_endpoint(**params)["endpointAddress"] == "127.0.0.1"


# evidence.md Part 2 k: iot:Jobs is retired; the text is a capture
REFUSED = [
    ("iot:Jobs", "APIs are now available through iot:Data-ATS endpoints instead of iot:Jobs endpoints. Please use"),
    ("iot:CredentialProvider", "no credential provider"),
    ("iot:Moon", "known: iot:Data, iot:Data-ATS, iot:CredentialProvider, iot:Jobs"),
]


@pytest.mark.parametrize(("kind", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(running: HttpBench, kind: str, text: str) -> None:
    client = running.client("iot")
    with pytest.raises(client.exceptions.InvalidRequestException, match=text):
        client.describe_endpoint(endpointType=kind)


def test_caller_identity(running: HttpBench) -> None:
    found = running.client("sts").get_caller_identity()
    assert (found["Account"], found["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/jobrig")


def test_other_actions_of_sts_are_refused_by_name(running: HttpBench) -> None:
    client: Any = running.client("sts")
    with pytest.raises(ClientError, match=r"InvalidAction.*does not play sts GetSessionToken"):
        client.get_session_token()

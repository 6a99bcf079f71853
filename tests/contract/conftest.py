"""The clouds of a session, each opened when the first row needs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.ministack import open_emulator
from tests.contract.opinion import Opinion, keep
from tests.contract.row import Settings
from tests.contract.targets import Target, local_session, open_aws, open_local


def pytest_configure(config: pytest.Config) -> None:
    """Marks of places: -m aws, -m emulator."""
    config.addinivalue_line("markers", "aws: a row played against AWS IoT Core; costs a little, needs credentials")
    config.addinivalue_line("markers", "slow: a row that waits for up to two minutes at AWS")
    config.addinivalue_line("markers", "emulator: a row played against a second emulator, in a network of its own")


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Settings], Target]]:
    """The local cloud with these settings; each is opened once."""
    folder: Path = tmp_path_factory.mktemp("contract")
    opened: dict[str, Target] = {}
    session = local_session()

    def give(settings: Settings) -> Target:
        if repr(settings) not in opened:
            opened[repr(settings)] = open_local(folder, settings, session)
        return opened[repr(settings)]

    yield give
    for target in opened.values():
        target.close()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """AWS IoT Core, with a certificate and a policy of this session."""
    target = open_aws(tmp_path_factory.mktemp("aws"))
    yield target
    target.close()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The second emulator, started for this session."""
    target = open_emulator(tmp_path_factory.mktemp("emulator"))
    yield target
    target.close()


@pytest.fixture(scope="module")
def opinions(request: pytest.FixtureRequest) -> Iterator[list[Opinion]]:
    """What another cloud does, written when the rows are through: results/contract-<place>.jsonl."""
    found: list[Opinion] = []
    yield found
    place = "aws" if "aws" in str(request.config.getoption("-m")) else "emulator"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    name = f"contract-{place}{f'-{worker}' if worker else ''}.jsonl"
    keep(request.config.rootpath / "results" / name, found)

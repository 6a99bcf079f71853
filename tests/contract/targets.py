"""The clouds that rows are played against: the local cloud, AWS IoT Core, and a second emulator; one face for all."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3.session
from botocore.config import Config

from rigs.cloud.local import LocalCloud
from rigs.jobs.switches import Switches
from rigs.loop import LoopThread
from rigs.mqtt.limits import Limits
from rigs.net.certs import Authority
from tests.contract.access import Access
from tests.contract.row import Place, Settings
from tests.contract.seats import Files, Undo, certificate
from tests.contract.wire import WireClient

REGION = "eu-central-1"


@dataclass(kw_only=True)
class Target:
    """A cloud. `settle` is how many service seconds a change may take until its notices are out, `patience` how many
    real ones a message may take; `local` is there when its clock can be moved."""

    place: Place
    clients: Mapping[str, Any]
    access: Access
    files: Files
    undo: Undo
    settle: int
    patience: float
    local: LocalCloud | None = None
    loop: LoopThread | None = None
    things: int = field(default=0)

    def __repr__(self) -> str:
        return f"<Target {self.place} {self.access.host}:{self.access.port}>"

    @property
    def prefix(self) -> str:
        """What all names begin with."""
        return self.access.prefix

    def client(self, service: str) -> Any:
        """boto3's client."""
        return self.clients[service]

    @property
    def iot(self) -> Any:
        """boto3's client of the control plane."""
        return self.clients["iot"]

    def advance(self, seconds: int) -> None:
        """Let service time pass."""
        if self.local is None:
            raise ValueError(f"the clock of {self.place} cannot be moved; such rows are not played there")
        self.local.advance(timedelta(seconds=seconds))

    def close(self) -> None:
        """Undo what was made, and end what was started."""
        try:
            with self.undo:
                pass
        finally:
            if self.local is not None and self.loop is not None:
                self.local.stop()
                self.loop.stop()


def new_prefix() -> str:
    return f"contract-{uuid.uuid4().hex[:6]}-"


def clients(session: Any, url: str | None, data_url: str | None) -> dict[str, Any]:
    """boto3's clients; an error is seen once, but AWS's throttling is waited for."""
    patient = Config(retries={"mode": "adaptive", "total_max_attempts": 10})
    config = patient if url is None else Config(retries={"total_max_attempts": 1})
    where = {"iot": url, "iot-jobs-data": data_url, "iot-data": data_url}
    return {name: session.client(name, endpoint_url=at, config=config) for name, at in where.items()}


def open_local(folder: Path, settings: Settings, session: Any) -> Target:
    """The local cloud, in this process, over real sockets."""
    loop = LoopThread("contract")
    folder = _with_authority(folder)
    cloud = LocalCloud(
        loop, folder, data_port=0, switches=Switches(**dict(settings.switches)), limits=Limits(**dict(settings.limits))
    )
    cloud.start()
    made = clients(session, cloud.http_url, cloud.http_url)
    prefix, undo = new_prefix(), Undo()
    files = certificate(made["iot"], undo, folder, prefix)
    host, port = cloud.mqtt
    access = Access(
        host=host,
        port=port,
        ca=cloud.ca_file,
        certificate=files.certificate,
        key=files.key,
        prefix=prefix,
        https_port=None if cloud.devices is None else cloud.devices.port,
    )
    return Target(
        place="local",
        clients=made,
        access=access,
        files=files,
        undo=undo,
        settle=0,
        patience=10,
        local=cloud,
        loop=loop,
    )


def _with_authority(folder: Path) -> Path:
    """A folder of its own for one more cloud; all have the first one's authority, which takes long to make."""
    Authority.open(folder, "jobrig contract CA")
    own = Path(tempfile.mkdtemp(dir=folder))
    for name in ("ca.crt", "ca.key"):
        shutil.copy(folder / name, own / name)
    return own


def local_session() -> Any:
    """boto3 for the local cloud, which looks at no signature."""
    return boto3.session.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)


def _until_known(access: Access) -> None:
    """AWS lets a new certificate in after a while: try until it does; raises RuntimeError."""
    for number in range(60):
        client = WireClient(access, "first", 4, within=20)
        try:
            client.send("CONNECT", {"client_id": f"{access.prefix}first-{number}"})
            if client.read()["kind"] == "CONNACK":
                return
        finally:
            client.stop()
    raise RuntimeError(f"{access.host} does not let the new certificate in")


def lacking_for_aws() -> str | None:
    """What is missing to ask AWS; None when nothing is."""
    session: Any = boto3.session.Session()
    if session.get_credentials() is None:
        return "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if session.region_name is None:
        return "no AWS region: set AWS_DEFAULT_REGION"
    return None


def open_aws(folder: Path) -> Target:
    """AWS IoT Core in the account and region of boto3's own search."""
    session: Any = boto3.session.Session()
    plain = clients(session, None, None)
    host = plain["iot"].describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    made = clients(session, None, f"https://{host}")
    prefix, undo = new_prefix(), Undo()
    files = certificate(made["iot"], undo, folder, prefix)
    access = Access(
        host=host,
        port=8883,
        ca=None,
        certificate=files.certificate,
        key=files.key,
        prefix=prefix,
        https_port=8443,
    )
    _until_known(access)
    return Target(
        place="aws",
        clients=made,
        access=access,
        files=files,
        undo=undo,
        settle=3,
        patience=20,
    )

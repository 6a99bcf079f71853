"""A device on awsiotclient.jobs.client: the job handler and the main that an integrator of that library writes.

`main.py HOST THING`, started in the flash folder. Work leaves its evidence in evidence.log. Held work ends when there
is a file release-NONCE; each line on standard input says that there may be one.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from awsiot import mqtt_connection_builder
from awsiotclient import jobs, mqtt  # type: ignore[import-not-found,unused-ignore]

released = threading.Condition()


def note(line: str) -> None:
    with open("evidence.log", "a") as file:
        print(line, file=file, flush=True)
        os.fsync(file.fileno())


def fail(nonce: str) -> None:
    raise jobs.ExceptionAwsIotJobsUserDefinedFailure("the valve does not close")


def noisy(nonce: str) -> None:
    raise RuntimeError("the valve does not close: " + "trace " * 400)


def hold(nonce: str) -> None:
    with released:
        released.wait_for(Path(f"release-{nonce}").exists)


def reboot(nonce: str) -> None:
    mark = Path(f"rebooted-{nonce}")
    if not mark.exists():
        mark.touch()
        subprocess.run(os.environ["JOBRIG_REBOOT"], shell=True, check=True)
        threading.Event().wait()


OPERATIONS = {"succeed": lambda nonce: None, "fail": fail, "noisy": noisy, "long": hold, "reboot": reboot}


def work(job: str, document: dict[str, Any]) -> None:
    operation = OPERATIONS[document["op"]]
    note(f"begun {document['nonce']}")
    operation(document["nonce"])
    note(f"done {document['nonce']}")


def main(host: str, thing: str) -> None:
    connection: Any = mqtt_connection_builder.mtls_from_path(
        "device.pem", "device.key", endpoint=host, port=8883, client_id=thing, clean_session=False, keep_alive_secs=30,
        on_connection_interrupted=mqtt.on_connection_interrupted, on_connection_resumed=mqtt.on_connection_resumed,
        reconnect_min_timeout_secs=1, reconnect_max_timeout_secs=8,
    )  # fmt: skip
    connection.connect().result()
    client = jobs.client(connection, thing, job_func=work)
    for _line in sys.stdin:
        with released:
            released.notify_all()
    connection.disconnect().result()
    del client


if __name__ == "__main__":
    main(*sys.argv[1:])

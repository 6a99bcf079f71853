"""The `aws` command line as an operator, unmodified: all that it is told is the address."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from tests.interop.sdkdesk import REGION, SdkDesk

THING, JOB = "bench-cli", "job-cli"
LONG = 60  # seconds that one command may take: it starts an interpreter of its own


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which("aws")
    if found is None:
        pytest.skip("no `aws` on PATH: pip install awscli")
    tried = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=LONG, check=False)
    if tried.returncode != 0:
        pytest.skip(f"{found} does not start: {tried.stderr.strip()}")
    return found


class Shell:
    """Runs `aws SERVICE OPERATION …`."""

    def __init__(self, program: str, desk: SdkDesk) -> None:
        self._program = program
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "AWS_ENDPOINT_URL": desk.cloud.http_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "something",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command, ended."""
        line = [self._program, *words, "--output", "json"]
        return subprocess.run(line, env=self._environment, capture_output=True, text=True, timeout=LONG, check=False)

    def reply(self, *words: str) -> Any:
        """What a command that has to work prints."""
        ended = self.run(*words)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout or "{}")


def test_a_job_from_its_creation_to_its_deletion(program: str, desk: SdkDesk) -> None:
    aws, execution = Shell(program, desk), ("--job-id", JOB, "--thing-name", THING)
    arn = aws.reply("iot", "create-thing", "--thing-name", THING)["thingArn"]
    made = aws.reply("iot", "create-job", "--job-id", JOB, "--targets", arn, "--document", '{"op": "blink"}')
    assert made["jobId"] == JOB

    queued = aws.reply("iot", "describe-job-execution", *execution)["execution"]
    assert (queued["status"], queued["versionNumber"], queued["executionNumber"]) == ("QUEUED", 1, 1)
    rows = aws.reply("iot", "list-job-executions-for-thing", "--thing-name", THING)["executionSummaries"]
    assert [row["jobId"] for row in rows] == [JOB]
    assert [row["jobId"] for row in aws.reply("iot", "list-jobs", "--status", "IN_PROGRESS")["jobs"]] == [JOB]

    refused = aws.run("iot", "delete-job", "--job-id", JOB)
    assert "(InvalidStateTransitionException) when calling the DeleteJob operation" in refused.stderr
    aws.reply("iot", "delete-job", "--job-id", JOB, "--force")
    assert "(ResourceNotFoundException)" in aws.run("iot", "describe-job-execution", *execution).stderr


def test_the_device_s_half_of_the_command_line_finishes_the_job(program: str, desk: SdkDesk) -> None:
    aws, thing = Shell(program, desk), ("--thing-name", THING)
    with desk.job(desk.thing(THING)) as job:
        begun = aws.reply("iot-jobs-data", "start-next-pending-job-execution", *thing)["execution"]
        assert (begun["jobId"], begun["status"], begun["thingName"]) == (job, "IN_PROGRESS", THING)
        aws.reply("iot-jobs-data", "update-job-execution", "--job-id", job, *thing, "--status", "SUCCEEDED")
        assert desk.iot.describe_job(jobId=job)["job"]["status"] == "COMPLETED"

"""Short ways to write the operator's calls."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Operate, accepted, operate
from tests.contract.shapes import part
from tests.contract.words import (
    STAMP,
)

MODEL = "botocore iot 2015-05-28"

NONE = accepted("$next/get", {}, STAMP)


def job(**members: Any) -> Operate:
    """The operator sees the job so."""
    return operate("describe_job", jobId="@one", answer=part(job=part(**members)))

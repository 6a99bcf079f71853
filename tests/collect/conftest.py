"""A project with one good feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project import JOBS, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A user's repository in a folder of its own."""
    made = Project(tmp_path)
    made.write("features/jobs.feature", JOBS)
    return made

"""The desk of the tests with AWS's own programs: one cloud a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.sdkdesk import SdkDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SdkDesk]:
    desk = SdkDesk(tmp_path_factory.mktemp("cloud"))
    yield desk
    desk.close()

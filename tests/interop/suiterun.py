"""Runs one test of Eclipse's paho.mqtt.testing, in a process of its own: FILE TEST PORT, in the suite's folder.

The last line says the verdict: "passed", or the error's class and first line. The suite's own command line cannot be
used for that: it has no way to choose a test, and its cleaning up depends on names that only its main sets.
"""

from __future__ import annotations

import importlib
import sys
import unittest
from typing import Any

TOPICS = ("TopicA", "TopicA/B", "Topic/C", "TopicA/C", "/TopicA")
WILD = ("TopicA/+", "+/C", "#", "/#", "/+", "+/+", "TopicA/#")


def prepare(name: str, port: int) -> Any:
    """The suite's module with the names that its main would set."""
    sys.path.insert(0, "")
    module: Any = importlib.import_module(name)
    module.host, module.port, module.topic_prefix = "127.0.0.1", port, f"{name}/"
    module.topics, module.wildtopics, module.nosubscribe_topics = TOPICS, WILD, ("test/nosubscribe",)
    if hasattr(module, "setData"):  # it would set host and port to nothing
        module.setData = lambda: None
    return module


def main(name: str, test: str, port: str) -> str:
    """The verdict."""
    module = prepare(name, int(port))
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName(f"Test.{test}", module).run(result)
    wrong = [*result.failures, *result.errors]
    return wrong[0][1].strip().splitlines()[-1] if wrong else "passed"


if __name__ == "__main__":
    print(main(*sys.argv[1:]), flush=True)

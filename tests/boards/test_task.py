"""The agent as a task of the board."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

import pytest


def pid_of_agent(bench: Any) -> int:
    found = re.fullmatch(r"agent running, pid (\d+)", bench.run("agent status"))
    assert found
    return int(found[1])


def test_start_and_stop(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent)
    assert bench.run("agent status") == "agent stopped"
    assert re.fullmatch(r"agent started, pid \d+", bench.run("agent start"))
    bench.wait("agent up in flash")
    pid = pid_of_agent(bench)
    assert bench.run("agent start") == f"agent running, pid {pid}"
    assert bench.run("agent stop") == "agent stopped"
    assert bench.run("agent stop") == "agent stopped"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_release_reaches_its_stdin_and_the_flash(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent, autostart=True)
    bench.run("release n7")
    bench.wait("agent got release n7")
    assert (bench.board.flash / "release-n7").exists()


def test_autostart_with_each_boot(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent, autostart=True)
    first = pid_of_agent(bench)
    bench.run("reboot")
    bench.wait("boot 2 complete")
    assert pid_of_agent(bench) != first
    bench.run("put autostart bm8=")
    bench.run("reboot")
    bench.wait("boot 3 complete")
    assert bench.run("agent status") == "agent stopped"


def test_the_agent_may_reboot_the_board(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent, autostart=True)
    for boots in (2, 3):
        bench.run("release reboot")
        bench.wait(f"boot {boots} complete")
    assert bench.run("boots") == "3"


def test_status_75_asks_for_another_start(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent, autostart=True)
    first = pid_of_agent(bench)
    bench.run("release restart")
    again = bench.wait("agent ended with 75")
    bench.wait("agent up", since=again.n)
    assert pid_of_agent(bench) != first
    assert bench.run("boots") == "1"


def test_any_other_end_is_the_end(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent, autostart=True)
    bench.run("release end")
    bench.wait("agent ended with 3")
    assert bench.run("agent status") == "agent stopped"


def test_a_one_shot_agent_is_started_again_until_it_is_stopped(make_bench: Any) -> None:
    bench = make_bench(agent=["sh", "-c", "echo once"], autostart=True, restart_agent=True)
    first = bench.wait("agent ended with 0")
    again = bench.wait("once", since=first.n)
    bench.wait("agent ended with 0", since=again.n)
    bench.run("agent stop")
    bench.run("put autostart bm8=")
    bench.run("reboot")
    booted = bench.wait("boot 2 complete")
    bench.run("agent start")
    bench.wait("once", since=booted.n)


def test_what_the_agent_has_started_ends_with_it(make_bench: Any, agent: Any) -> None:
    bench = make_bench(**agent, autostart=True)
    bench.run("release child")
    bench.wait("agent got release child")
    assert bench.run("agent stop") == "agent stopped"
    bench.board.kill()


def test_its_last_line_is_read_without_a_newline(make_bench: Any) -> None:
    bench = make_bench(agent=[sys.executable, "-c", "import os; os.write(1, b'half a line'); os.write(2, b'!')"])
    bench.run("agent start")
    bench.wait("half a line!")
    bench.wait("agent ended with 0")


def test_an_agent_that_is_not_there(make_bench: Any) -> None:
    bench = make_bench(agent=["/absent/agent"])
    assert bench.run("agent start").startswith("error: the agent cannot be started: [Errno 2]")
    assert bench.run("agent status") == "agent stopped"


def test_its_environment(make_bench: Any) -> None:
    bench = make_bench(agent=["sh", "-c", "echo $THING $JOBRIG_FLASH; $JOBRIG_REBOOT"], env={"THING": "bench-7"})
    bench.run("agent start")
    bench.wait(f"bench-7 {bench.board.flash}")
    bench.wait("boot 2 complete")

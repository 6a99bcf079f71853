"""SshConsole against the virtual board's server and against OpenSSH's."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rigs.boards.keys import Keys, make_keys
from rigs.boards.virtual import VirtualBoard
from rigs.console.ssh import SshConsole
from rigs.errors import ConsoleLost, ConsoleSilent
from rigs.loop import LoopThread
from rigs.trace.records import Console
from rigs.trace.store import Trace

SSHD = Path("/usr/sbin/sshd")
Connect = Callable[..., SshConsole]


@pytest.fixture
def board(make_board: Any) -> VirtualBoard:
    agent = ["sh", "-c", "echo work: begun a1; cat"]
    board: VirtualBoard = make_board(ssh=True, agent=agent, files={"autostart": b"yes"})
    return board


@pytest.fixture
def connect(loop: LoopThread, trace: Trace) -> Iterator[Connect]:
    consoles = []

    def make(port: int, keys: Keys, **options: Any) -> SshConsole:
        login = {"user": getpass.getuser(), "keys": [keys.user_key], "known_hosts": keys.known_hosts, "config": []}
        consoles.append(SshConsole("127.0.0.1", port=port, loop=loop, trace=trace, **{**login, **options}))
        return consoles[-1]

    yield make
    for console in consoles:
        console.close()


def lines(trace: Trace, way: str = "read") -> list[str]:
    return [record.text for record in trace.since(0) if isinstance(record, Console) and record.way == way]


def test_live_lines_come_by_follow_once(board: VirtualBoard, connect: Connect, trace: Trace, wait_line: Any) -> None:
    board.start()
    console = connect(board.ssh_port, board.ssh_keys, follow="follow")
    console.open()
    wait_line("boot 1 complete")
    wait_line("work: begun a1")
    console.run("release a1")
    wait_line("release a1", since=trace.mark - 1)
    assert lines(trace).count("work: begun a1") == 1


def test_it_comes_back_after_a_reboot_and_after_a_cut(board: VirtualBoard, connect: Connect, wait_line: Any) -> None:
    board.start()
    console = connect(board.ssh_port, board.ssh_keys, follow="follow")
    console.open()
    assert console.run("reboot") == "rebooting"
    lost = wait_line("", way="lost")
    assert console.run("boots", timedelta(seconds=30)) == "2"
    wait_line("boot 2 complete", since=lost.n)
    board.kill()
    lost = wait_line("", way="lost", since=lost.n)
    board.start()
    assert console.run("boots", timedelta(seconds=30)) == "3"
    wait_line("boot 3 complete", since=lost.n)


def test_a_board_without_power_is_away(board: VirtualBoard, connect: Connect, wait_line: Any) -> None:
    board.start()
    console = connect(board.ssh_port, board.ssh_keys)
    console.open()
    board.kill()
    wait_line("", way="lost")
    with pytest.raises(ConsoleLost, match=r"is away \('boots'\)"):
        console.run("boots", timedelta(milliseconds=200))


def test_a_cut_wakes_who_waits(board: VirtualBoard, connect: Connect, wait_line: Any, trace: Trace) -> None:
    board.start()
    console = connect(board.ssh_port, board.ssh_keys)
    console.open()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(console.run, "follow", timedelta(minutes=5))
        wait_line("boot 1 complete")
        board.kill()
        with pytest.raises(ConsoleLost, match="went away while 'follow' ran"):
            answer.result(timeout=30)


def test_strangers_are_told_why(board: VirtualBoard, connect: Connect, tmp_path: Path) -> None:
    board.start()
    other = make_keys(tmp_path, board.ssh_port)
    patient = {"connect_within": timedelta(minutes=5)}
    connect(board.ssh_port, board.ssh_keys, connect_within=timedelta(seconds=30)).open()
    with pytest.raises(ConsoleLost, match="does not let us in"):
        connect(board.ssh_port, other._replace(known_hosts=board.ssh_keys.known_hosts), **patient).open()
    with pytest.raises(ConsoleLost, match="Host key is not trusted"):
        connect(board.ssh_port, other._replace(user_key=board.ssh_keys.user_key), **patient).open()


def test_a_host_that_never_comes(board: VirtualBoard, connect: Connect) -> None:
    with pytest.raises(ConsoleLost, match=r"is away \(to open\): ConnectionRefused"):
        connect(board.ssh_port, board.ssh_keys, connect_within=timedelta(milliseconds=200)).open()


def test_the_shell_of_the_board(board: VirtualBoard) -> None:
    """As a person sees it, with OpenSSH's client."""
    ssh = shutil.which("ssh")
    if ssh is None:
        pytest.skip("there is no OpenSSH client on this machine")
    board.start()
    keys = board.ssh_keys
    options = [f"UserKnownHostsFile={keys.known_hosts}", "ConnectionAttempts=50", "IdentitiesOnly=yes"]
    arguments = [word for option in options for word in ("-o", option)]
    command = [ssh, "-F", "none", *arguments, "-i", str(keys.user_key), "-p", str(board.ssh_port), "rig@127.0.0.1"]
    done = subprocess.run(command, input="boots\nexit\n", capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "board> 1\nboard> "
    wrong = subprocess.run([*command, "nonsense"], capture_output=True, text=True, timeout=60, check=False)
    assert (wrong.returncode, wrong.stdout[:28]) == (1, "error: no command 'nonsense'")


@pytest.fixture
def openssh(tmp_path: Path) -> Iterator[tuple[int, Keys]]:
    """OpenSSH's server with its own configuration, port and keys."""
    if not SSHD.exists():
        pytest.skip(f"there is no {SSHD} on this machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keys = make_keys(tmp_path, port)
    config = tmp_path / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {keys.host_key}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {keys.authorized_keys}\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    os.makedirs("/run/sshd", exist_ok=True) if os.geteuid() == 0 else None
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=subprocess.DEVNULL)
    yield port, keys
    server.terminate()
    server.wait(timeout=10)


def test_openssh(openssh: tuple[int, Keys], connect: Connect, tmp_path: Path, wait_line: Any) -> None:
    port, keys = openssh
    (tmp_path / "agent.log").write_text("work: begun a1\n")
    console = connect(port, keys, follow=f"exec tail -n +1 -f {tmp_path}/agent.log")
    console.open()
    wait_line("work: begun a1")
    assert console.run("echo out; echo err >&2; printf half") in ("out\nerr\nhalf", "out\nhalferr", "err\nout\nhalf")
    assert console.run("exec 2>&1; echo out; echo err >&2; printf half") == "out\nerr\nhalf"
    assert console.run("exit 3") == ""
    with pytest.raises(ConsoleSilent, match="did not end within"):
        console.run("echo begun; exec tail -f /dev/null", timedelta(milliseconds=300))
    assert console.run("echo fine") == "fine"


def test_the_users_own_configuration_is_read(
    board: VirtualBoard, loop: LoopThread, trace: Trace, tmp_path: Path
) -> None:
    board.start()
    keys = board.ssh_keys
    config = tmp_path / "config"
    config.write_text(
        f"Host bench\n HostName 127.0.0.1\n Port {board.ssh_port}\n User rig\n IdentityFile {keys.user_key}\n"
        f" UserKnownHostsFile {keys.known_hosts}\n"
    )
    console = SshConsole("bench", loop=loop, trace=trace, config=[config])
    console.open()
    assert console.run("boots") == "1"
    console.close()
    assert lines(trace, "open") == ["bench"]

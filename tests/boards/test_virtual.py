"""The virtual board: boots, commands, and power that is really gone."""

from __future__ import annotations

import base64
import gc
import json
import os
from pathlib import Path
from typing import Any

import pytest

from rigs.boards.virtual import VirtualBoard
from rigs.errors import RigFault
from rigs.power.board import BoardPower


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_a_boot_log_ends_with_its_number(make_bench: Any) -> None:
    bench = make_bench(files={"version": b"2.7.1\n"})
    bench.wait("boot 1 complete")
    assert bench.lines() == ["jobrig virtual board, firmware 2.7.1", "flash: 3 files", "boot 1 complete"]
    assert bench.run("version") == "2.7.1"


def test_the_flash_and_its_files(make_bench: Any) -> None:
    bench = make_bench()
    assert bench.run(f"put certs/ca.pem {base64.b64encode(b'one' + bytes([10]) + b'two').decode()}") == ""
    assert bench.run("cat certs/ca.pem") == "one\ntwo"
    assert bench.run("cat certs/ca.pem 4") == "two"
    assert bench.run("cat certs/ca.pem 99") == ""
    assert bench.run("release n1") == ""
    assert (bench.board.flash / "release-n1").exists()
    assert bench.run(f"configure {encoded({'thing': 'bench-7', 'timing': {'poll': 1, 'retry': 2}})}") == ""
    assert bench.run(f"configure {encoded({'bug': None, 'timing': {'poll': 5}})}") == ""
    merged = {"thing": "bench-7", "timing": {"poll": 5, "retry": 2}, "bug": None}
    assert json.loads((bench.board.flash / "agent.json").read_text()) == merged


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("nonsense", "error: no command 'nonsense'; known: agent, reboot, boots"),
        ("cat absent", "error: [Errno 2] No such file"),
        ("cat ../run/board.json", "error: '../run/board.json' is no name of a file in the flash"),
        ("cat", "error: usage: cat NAME [OFFSET]"),
        ("put x $$$", "error: "),
        ("agent dance", "error: usage: agent start|stop|status"),
        ("agent start", "error: this board has no agent"),
        (f"configure {encoded([1])}", "error: configure takes a JSON object"),
        ("release", "error: usage: release NONCE"),
        ("cat x y", "error: "),
    ],
)
def test_mistakes_are_answered(make_bench: Any, command: str, error: str) -> None:
    bench = make_bench()
    assert bench.run(command).startswith(error)
    assert bench.run("boots") == "1"


def test_help_names_every_command(make_bench: Any) -> None:
    named = [line.split()[0] for line in make_bench().run("help").splitlines()]
    commands = "agent reboot boots storage cat put configure release version help"
    assert named == commands.split()


def test_a_reboot_keeps_flash_and_process(make_bench: Any) -> None:
    bench = make_bench(files={"note": b"kept"})
    pid = bench.board.pid
    for boots in (2, 3):
        assert bench.run("reboot") == "rebooting"
        bench.wait(f"boot {boots} complete")
        assert bench.run("boots") == str(boots)
    assert bench.run("cat note") == "kept"
    assert bench.board.pid == pid


def test_power_off_and_on(make_bench: Any) -> None:
    bench = make_bench()
    power = BoardPower(bench.board, trace=bench.trace)
    bench.wait("boot 1 complete")
    power.off()
    assert not bench.board.alive
    assert bench.board.pid is None
    power.on()
    bench.wait("boot 2 complete")
    power.reset()
    bench.wait("boot 3 complete")
    assert bench.run("boots") == "3"


def test_what_is_sent_to_a_board_without_power_is_lost(make_bench: Any) -> None:
    bench = make_bench()
    bench.wait("boot 1 complete")
    bench.board.kill()
    bench.console._send(b"reboot\n")
    bench.console._port.flush()
    bench.board.start()
    bench.wait("boot 2 complete")
    assert bench.run("boots") == "2"


def test_nobody_reads_and_the_board_goes_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "done")
    done = os.open(tmp_path / "done", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(done, True)
    script = f"seq 1 200000; echo end > {tmp_path}/done"
    board = VirtualBoard(tmp_path / "board", agent=["sh", "-c", script], autostart=True)
    board.start()
    held = os.open(tmp_path / "done", os.O_RDONLY)
    assert os.read(held, 100) == b"end\n"
    board.close()
    os.close(done)
    os.close(held)


def open_descriptors() -> set[str]:
    gc.collect()
    return set(os.listdir("/proc/self/fd"))


def test_nothing_is_left(tmp_path: Path) -> None:
    before = open_descriptors()
    for _ in range(3):
        board = VirtualBoard(tmp_path / "board", agent=["cat"], ssh=True, autostart=True)
        board.start()
        board.start()
        board.close()
        board.close()
    assert open_descriptors() == before
    with pytest.raises(RigFault, match="is closed"):
        board.start()


def test_two_boards_do_not_know_each_other(make_bench: Any, tmp_path: Path) -> None:
    bench = make_bench()
    other = VirtualBoard(tmp_path / "other", agent=[])
    other.start()
    other.close()
    assert bench.run("boots") == "1"
    assert bench.board.alive
    assert repr(bench.board).startswith(f"<VirtualBoard {bench.board.port} on in ")


def test_asking_a_board_without_ssh(make_bench: Any) -> None:
    board = make_bench().board
    with pytest.raises(RigFault, match="was made without ssh"):
        _ = board.ssh_port
    with pytest.raises(RigFault, match="was made without ssh"):
        _ = board.ssh_keys

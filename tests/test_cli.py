"""The command line: its table, its errors, and the commands that need no rig."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography import x509

from rigs.cli import COMMANDS, main


def test_an_unknown_command_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repport"]) == 4
    said = capsys.readouterr().err
    assert "no command 'repport' (did you mean report?)" in said
    assert all(name in said for name in COMMANDS)


@pytest.mark.parametrize("arguments", [[], ["ca"], ["report", "--nonsense"], ["cloud", "x", "--mqtt-port", "many"]])
def test_usage_errors_end_with_pytests_code(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 4
    assert "usage: jobrig" in capsys.readouterr().err


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert all(command.help in said for command in COMMANDS.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_owner(name: str) -> None:
    assert callable(COMMANDS[name].load())


def test_features_prints_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "features"


def test_ca_makes_pairs_that_belong_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["ca", str(tmp_path), "--ec", "--thing", "bench-7", "--host", "tap.local", "--ip", "10.0.0.3"]
    assert main(arguments) == 0
    assert "thing bench-7" in capsys.readouterr().out
    read = {
        name: x509.load_pem_x509_certificate((tmp_path / f"{name}.crt").read_bytes())
        for name in ("ca", "server", "bench-7")
    }
    for name in ("server", "bench-7"):
        read[name].verify_directly_issued_by(read["ca"])
    names = read["server"].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["tap.local"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.3"]


def test_ca_keeps_the_authority_that_is_there(tmp_path: Path) -> None:
    assert main(["ca", str(tmp_path), "--ec"]) == 0
    first = (tmp_path / "ca.crt").read_bytes()
    assert main(["ca", str(tmp_path), "--ec"]) == 0
    assert (tmp_path / "ca.crt").read_bytes() == first


def test_a_wrong_address_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ca", str(tmp_path), "--ec", "--ip", "10.0.0.300"]) == 4
    assert "10.0.0.300" in capsys.readouterr().err


def test_report_makes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "allure"
    folder.mkdir()
    (folder / "1-result.json").write_text(json.dumps({"name": "t", "status": "passed"}))
    assert main(["report", str(tmp_path)]) == 0
    assert f"report: {tmp_path / 'report.html'}" in capsys.readouterr().out
    assert main(["report", str(tmp_path / "nowhere")]) == 4


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(tmp_path / "nothing.jsonl")]) == 4
    assert "nothing.jsonl" in capsys.readouterr().err


def test_show_prints_a_trace_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text('{"format": "jobrig-trace", "version": 1, "rig": "bench-1"}\n')
    assert main(["show", str(trace)]) == 0
    assert "rig bench-1" in capsys.readouterr().out

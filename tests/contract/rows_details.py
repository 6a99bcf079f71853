"""UpdateJobExecution: statusDetails (jobs-protocol §2.4, evidence.md Part 1 e)."""

from __future__ import annotations

from tests.contract.moves import Move, accepted, queue
from tests.contract.row import open_row, row
from tests.contract.shapes import part
from tests.contract.words import RUNNING, STAMP, refused, report, shows


def pairs(count: int) -> dict[str, str]:
    return {f"key-{number}": "v" for number in range(count)}


def stored(details: dict[str, object], **expected: str) -> tuple[Move, ...]:
    """The details are taken and told again."""
    body = {**RUNNING, "statusDetails": details}
    found = expected or details
    return (queue("one"), accepted("@one/update", body, STAMP), described(found))


def described(details: object) -> Move:
    return accepted("@one/get", {}, part(execution=part(statusDetails=details)))


def unstored(details: object) -> tuple[Move, ...]:
    """The details are refused, and nothing has changed."""
    return (queue("one"), refused("InvalidRequest", {**RUNNING, "statusDetails": details}), shows("QUEUED", 1))


ROWS = (
    row(
        "UPD-40",
        "statusDetails replace the stored ones, they are not merged",
        "evidence.md Part 1 e",
        "A",
        queue("one"),
        report(statusDetails={"a": "1", "b": "2"}),
        report(statusDetails={"c": "3"}),
        described({"c": "3"}),
    ),
    row(
        "UPD-41",
        "An update without statusDetails leaves the stored ones",
        "jobs-protocol §4 statusDetails",
        "A",
        queue("one"),
        report(statusDetails={"a": "1"}),
        report(),
        described({"a": "1"}),
    ),
    row(
        "UPD-42",
        "An empty statusDetails is accepted",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted("@one/update", {**RUNNING, "statusDetails": {}}, STAMP),
    ),
    row(
        "UPD-43",
        "A value of 1024 characters is stored",
        "jobs-protocol §2.4; evidence.md Part 1 e",
        "A",
        *stored({"a": "x" * 1024}),
    ),
    open_row(
        "UPD-44",
        "A value of 1025 characters is refused",
        "evidence.md Part 1 e; jobs-protocol §10.7",
        "detail_length",
        (1024, unstored({"a": "x" * 1025})),
        (2048, stored({"a": "x" * 1025})),
        trust="A-",
    ),
    row("UPD-45", "Eight pairs are stored", "evidence.md Part 1 e", "B", *stored(dict(pairs(8)))),
    row("UPD-46", "Ten pairs are stored", "jobs-protocol §2.4", "A-", *stored(dict(pairs(10)))),
    open_row(
        "UPD-47",
        "Eleven pairs are refused",
        "jobs-protocol §10.7",
        "detail_pairs",
        (10, unstored(pairs(11))),
        (50, stored(dict(pairs(11)))),
    ),
    row("UPD-48", "A newline in a value is stored", "evidence.md Part 1 e", "A", *stored({"stderr": "No such file\n"})),
    open_row(
        "UPD-49",
        "Another control character in a value is refused",
        "jobs-protocol §2.4; evidence.md Part 1 e",
        "detail_controls",
        ("\n", unstored({"a": "\u0007"})),
        ("\n\u0007", stored({"a": "\u0007"})),
    ),
    row("UPD-50", "An empty value is refused", "jobs-protocol §2.4", "A-", *unstored({"a": ""})),
    row("UPD-51", "A key with a blank is refused", "jobs-protocol §2.4", "A-", *unstored({"a b": "1"})),
    row("UPD-52", "An empty key is refused", "jobs-protocol §2.4", "A-", *unstored({"": "1"})),
    row("UPD-53", "A key of 128 characters is stored", "jobs-protocol §2.4", "A-", *stored({"k" * 128: "1"})),
    row("UPD-54", "A key of 129 characters is refused", "jobs-protocol §2.4", "A-", *unstored({"k" * 129: "1"})),
    row(
        "UPD-55",
        "Keys may hold letters, digits, colon, underscore and hyphen",
        "jobs-protocol §2.4",
        "A",
        *stored({"aZ0:_-": "1"}),
    ),
    row(
        "UPD-56",
        "Letters beyond ASCII are stored in a value",
        "jobs-protocol §2.4",
        "A-",
        *stored({"a": "größer 温度"}),
    ),
    open_row(
        "UPD-57",
        "A number as a value is refused",
        "jobs-protocol §2.4; evidence.md Part 1 e",
        "detail_scalars",
        ("refused", unstored({"code": 404})),
        ("stored", stored({"code": 404}, code="404")),
    ),
    row("UPD-58", "A map as a value is refused", "jobs-protocol §2.4", "A-", *unstored({"a": {"b": "1"}})),
    row("UPD-59", "statusDetails that are a text are refused", "jobs-protocol §2.4", "A-", *unstored("done")),
    row(
        "UPD-60",
        "The details of the end are what the operator sees",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        report("FAILED", statusDetails={"reason": "disk full"}),
        shows("FAILED", 2, statusDetails={"detailsMap": {"reason": "disk full"}}),
    ),
)

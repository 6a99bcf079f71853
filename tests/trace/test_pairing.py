"""Requests and what became of them, from the records of both legs."""

from rigs.jobs.model import Kind, Operation
from rigs.trace.pairing import deliveries, paired, refusals, updates
from rigs.trace.tape import Tape


def connected() -> Tape:
    tape = Tape()
    tape.connect()
    return tape


def test_a_report_has_its_puback_its_reply_and_the_delivery_of_it() -> None:
    tape = connected()
    sent = tape.update("A", "SUCCEEDED", expectedVersion="2")
    given = tape.accept("A")
    [report] = updates(tape.records, "A")
    assert (report.n, report.status, report.expected_version) == (sent, "SUCCEEDED", 2)
    assert report.puback is not None
    assert report.reply is not None
    assert (report.reply.kind, report.reply.delivered) == (Kind.ACCEPTED, given)


def test_a_reply_that_the_tap_swallowed_is_there_but_not_delivered() -> None:
    tape = connected()
    tape.update("A", "SUCCEEDED")
    tape.accept("A", lost=True)
    pairing = paired(tape.records)
    assert pairing.exchanges[0].reply is not None
    assert not pairing.exchanges[0].answered
    assert pairing.open_requests == pairing.exchanges


def test_replies_in_the_other_order_are_paired_by_their_token() -> None:
    tape = connected()
    first = tape.update("A", "IN_PROGRESS", clientToken="one")
    second = tape.update("A", "IN_PROGRESS", clientToken="two")
    tape.refuse("A", "VersionMismatch", clientToken="two")
    tape.accept("A", clientToken="one")
    kinds = {one.n: one.reply.kind for one in updates(tape.records) if one.reply}
    assert kinds == {first: Kind.ACCEPTED, second: Kind.REJECTED}


def test_without_a_token_the_oldest_that_reached_the_service_is_answered() -> None:
    tape = connected()
    lost = tape.update("A", "IN_PROGRESS", sending={"lost": True})
    passed = tape.update("A", "SUCCEEDED")
    tape.accept("A")
    answered = {one.n: one.answered for one in updates(tape.records)}
    assert answered == {lost: False, passed: True}


def test_an_answer_does_not_outlive_its_connection() -> None:
    tape = connected()
    before = tape.update("A", "SUCCEEDED")
    tape.close()
    tape.connect()
    after = tape.update("A", "FAILED")
    tape.accept("A")
    assert {one.n: one.answered for one in updates(tape.records)} == {before: False, after: True}


def test_a_reply_with_a_strange_token_belongs_to_no_request() -> None:
    tape = connected()
    tape.update("A", "IN_PROGRESS", clientToken="mine")
    tape.refuse("A", "InvalidStateTransition", clientToken="somebody else's")
    pairing = paired(tape.records)
    assert not pairing.exchanges[0].replies
    assert len(pairing.strays) == 2


def test_a_redelivery_with_dup_is_the_same_report() -> None:
    tape = connected()
    tape.update("A", "SUCCEEDED", sending={"id": 7, "acked": False})
    tape.connect(clean=False)
    again = tape.update("A", "SUCCEEDED", sending={"id": 7, "dup": True})
    [report] = updates(tape.records)
    assert report.copies == [again]


def test_a_library_that_sends_again_on_the_next_link_without_dup_repeats_one_report() -> None:
    tape = connected()
    tape.update("A", "SUCCEEDED", sending={"id": 7, "acked": False})
    tape.connect()
    again = tape.update("A", "SUCCEEDED", sending={"id": 1})
    assert [one.copies for one in updates(tape.records)] == [[again]]


def test_equal_progress_twice_is_two_reports_once_the_first_was_acknowledged() -> None:
    tape = connected()
    tape.update("A", "IN_PROGRESS")
    tape.update("A", "IN_PROGRESS")
    assert len(updates(tape.records)) == 2


def test_equal_reports_at_qos_0_are_different_reports() -> None:
    tape = connected()
    tape.update("A", "IN_PROGRESS", sending={"qos": 0})
    tape.update("A", "IN_PROGRESS", sending={"qos": 0})
    assert len(updates(tape.records)) == 2


def test_the_taps_own_answer_belongs_to_the_request_that_it_kept_back() -> None:
    tape = connected()
    kept = tape.update("A", "IN_PROGRESS", sending={"lost": True})
    topic = tape.topic(Operation.UPDATE, Kind.REJECTED, "A")
    tape.packet("device", "down", "PUBLISH", topic=topic, payload={"code": "InternalError"}, of=kept, by="answer")
    [report] = refusals(tape.records, "A")
    assert report.n == kept
    assert report.reply is not None
    assert (report.reply.code, report.reply.n) == ("InternalError", None)


def test_an_invented_answer_without_a_link_goes_to_the_oldest_that_waits() -> None:
    tape = connected()
    tape.update("A", "IN_PROGRESS", sending={"lost": True})
    tape.down(tape.topic(Operation.UPDATE, Kind.REJECTED, "A"), {"code": "RequestThrottled"}, by="answer")
    assert [one.reply.code for one in refusals(tape.records, "A") if one.reply] == ["RequestThrottled"]


def test_refusals_are_those_that_reached_the_device() -> None:
    tape = connected()
    tape.update("A", "SUCCEEDED")
    tape.refuse("A", "VersionMismatch", lost=True)
    tape.update("A", "SUCCEEDED")
    tape.refuse("A", "InvalidStateTransition")
    tape.update("B", "SUCCEEDED")
    tape.refuse("B", "ResourceNotFound")
    assert [one.replies[0].code for one in refusals(tape.records, "A")] == ["InvalidStateTransition"]


def test_what_the_device_was_told_may_differ_from_what_the_service_said() -> None:
    tape = connected()
    tape.update("A", "IN_PROGRESS")
    topic = tape.topic(Operation.UPDATE, Kind.ACCEPTED, "A")
    said = tape.packet("cloud", "down", "PUBLISH", topic=topic, payload={"executionState": {"versionNumber": 2}})
    changed = {"executionState": {"versionNumber": 5}}
    tape.packet("device", "down", "PUBLISH", topic=topic, payload=changed, of=said.n, by="shift")
    reply = updates(tape.records)[0].replies[0]
    assert (reply.body["executionState"]["versionNumber"], reply.told["executionState"]["versionNumber"]) == (2, 5)


def test_deliveries_name_job_execution_version_and_message() -> None:
    tape = connected()
    tape.notify_next("A")
    tape.down(
        tape.topic(Operation.NOTIFY, Kind.NOTIFICATION),
        {"jobs": {"IN_PROGRESS": [{"jobId": "A", "versionNumber": 2, "executionNumber": 1}], "QUEUED": []}},
    )
    tape.start_next("B", executionNumber=3)
    tape.update("B", "SUCCEEDED")
    tape.refuse("B", "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 9})
    told = [(one.job, one.execution, one.version, one.status, one.by) for one in deliveries(tape.records)]
    assert told == [
        ("A", 1, 1, "QUEUED", Operation.NOTIFY_NEXT),
        ("A", 1, 2, "IN_PROGRESS", Operation.NOTIFY),
        ("B", 3, 2, "IN_PROGRESS", Operation.START_NEXT),
        ("B", None, 9, "IN_PROGRESS", Operation.UPDATE),
    ]


def test_a_notification_that_was_lost_is_no_delivery() -> None:
    tape = connected()
    tape.notify_next("A", lost=True)
    assert not list(deliveries(tape.records))


def test_an_exchange_reads_like_a_sentence() -> None:
    tape = connected()
    sent = tape.update("A", "FAILED")
    given = tape.refuse("A", "VersionMismatch")
    assert repr(updates(tape.records)[0]) == (
        f"<Exchange {sent} A/update FAILED <Reply rejected VersionMismatch delivered as {given}>>"
    )

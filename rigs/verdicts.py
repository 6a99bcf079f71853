"""A scenario between pytest and its verdict: the steps run, the frame closes, the judge speaks, the story is told."""

from __future__ import annotations

import shlex
from collections.abc import Generator

import msgspec
import pytest
from pytest_bdd.compat import inject_fixture

from rigs.description import Description
from rigs.errors import DeviceFault, NotReached, RigError
from rigs.fixtures import FRAME, begin
from rigs.frame import Frame
from rigs.judging import judge
from rigs.language import Case
from rigs.needs import lacks as lacking
from rigs.outcomes import JUDGED, Judged, judged
from rigs.report.bridge import AllureBridge
from rigs.report.sequence import sequence_svg
from rigs.report.story import STORY, Attachment, Message, Story, Table, blame_of, outcome_of
from rigs.report.tables import TIMER_HEADERS, VERSION_HEADERS, timer_rows, version_rows
from rigs.rounds import Round, summary, table, told
from rigs.run import RUN
from rigs.trace.records import AnyRecord, Console, Packet, Step, Verdict, encoder
from rigs.trace.timeline import describe
from rigs.trace.views import given, sent

CONSOLE_LINES = 400
RAISED = (pytest.skip.Exception, pytest.fail.Exception, Exception)


def lacks(case: Case, description: Description) -> str:
    """What the rig lacks for the case, "" when nothing."""
    return "; ".join(lacking((text for _, text in case.steps), case.functions, case.policies, description))


def run_scenario(item: pytest.Function) -> Generator[None, object, object]:
    """Let the steps run, close, judge, as often as `--count` says; raises the verdict."""
    result, error = None, None
    try:
        result = yield
    except RAISED as raised:
        error = raised
    count: int = item.config.getoption("count")
    rounds = [_end(item, error, 1)]
    while len(rounds) < count and not item.stash[FRAME].rig.stuck:
        rounds.append(_once_more(item, len(rounds) + 1))
    verdict = _conclude(item, rounds, count)
    if verdict is None:
        return result
    if isinstance(verdict, NotReached):
        pytest.skip(f"not reached: {verdict}")
    raise verdict


def _end(item: pytest.Function, raised: BaseException | None, number: int) -> Round:
    frame = item.stash[FRAME]
    verdict = judge(frame.close(_said(raised)))
    return Round(number=number, verdict=verdict, story=tell(item, frame, verdict), judged=judged(frame))


def _said(raised: BaseException | None) -> BaseException | None:
    """What a step said by what it raised.

    A user's step that skips while running says what NotReached says, and must not hide what the device did.
    """
    match raised:
        case pytest.skip.Exception():
            return NotReached(str(raised))
        case pytest.fail.Exception():
            return DeviceFault(str(raised))
        case _:
            return raised


def _once_more(item: pytest.Function, number: int) -> Round:
    """Another round of the same scenario: arranged, run and closed anew. Fixtures of a user's own stay as they are."""
    bridge = item.config.pluginmanager.get_plugin("jobrig-bridge")
    if isinstance(bridge, AllureBridge):
        bridge.next_round(item)
    try:
        inject_fixture(item._request, "course", begin(item, item.stash[FRAME].rig, number))
    except RigError as doubt:
        story = Story(outcome=outcome_of(doubt), blame=blame_of(doubt), sentence=str(doubt).splitlines()[0])
        return Round(number=number, verdict=doubt, story=story, judged=Judged())
    raised: BaseException | None = None
    try:
        item.obj(**{name: item.funcargs[name] for name in item._fixtureinfo.argnames})
    except RAISED as error:
        raised = error
    return _end(item, raised, number)


def _conclude(item: pytest.Function, rounds: list[Round], count: int) -> BaseException | None:
    """Put the story of the round that matters on the page; returns the verdict of all."""
    shown = told(rounds)
    item.stash[STORY], item.stash[JUDGED] = shown.story, shown.judged
    if count > 1:
        words = summary(rounds, count)
        item.stash[JUDGED] = msgspec.structs.replace(shown.judged, rounds=words)
        item.user_properties.append(("rounds", words))
        shown.story.round = shown.number
        shown.story.sentence = f"{words}. Round {shown.number}: {shown.story.sentence}"
        shown.story.tables.insert(0, table(rounds))
        if shown.verdict is not None:
            shown.verdict.add_note(f"{words}; this is round {shown.number}")
    return shown.verdict


def tell(item: pytest.Item, frame: Frame, verdict: BaseException | None) -> Story:
    """The story of a judged scenario, and its verdict on the trace."""
    rig, outcome = frame.rig, outcome_of(verdict)
    sentence = _sentence(frame, verdict)
    rig.trace.append(Verdict(scenario=frame.id, outcome=outcome, text=sentence))
    records = list(frame.records)
    run = [record for record in records if record.n >= frame.course.since]
    return Story(
        rig=rig.name,
        device=rig.trace.header.device,
        firmware=rig.firmware,
        outcome=outcome,
        blame=blame_of(verdict),
        sentence=sentence,
        reproduce=_reproduce(item, frame),
        pictures=[("sequence", sequence_svg(run, frame.name))],
        tables=_tables(run),
        messages=_messages(run),
        attachments=_attachments(frame, records),
        expected=_expected(run, verdict),
        actual=str(verdict) if outcome == "failed" else None,
        waivers=_declared(frame),
    )


def _sentence(frame: Frame, verdict: BaseException | None) -> str:
    jobs = ", ".join(job.id for job in frame.course.jobs if job.mark is not None) or "no job"
    if verdict is not None:
        first = (str(verdict) or type(verdict).__name__).splitlines()[0].removesuffix("; reports:").rstrip(":")
        return f"{first}; {frame.unrest}" if frame.unrest and frame.unrest not in first else first
    remarks = f"; {len(frame.remarks)} remarks" if frame.remarks else ""
    return f"The device did {jobs} as {frame.id} asks, and broke no rule on the way{remarks}."


def _reproduce(item: pytest.Item, frame: Frame) -> str:
    option = item.config.getoption
    words = ["pytest", item.nodeid, "--rig", str(option("rig")), "--seed", str(item.config.stash[RUN].seed)]
    words += [f"--{name}={option(name)}" for name in ("bug", "cloud") if option(name)]
    words += ["--faults=off"] if option("faults") == "off" else []
    words += [f"--count={option('count')}"] if option("count") > 1 else []
    words += [f"--profile={word}" for word in option("profile")]
    return shlex.join(words) + f"  # {frame.rig.name}, firmware {frame.rig.firmware or 'unknown'}"


def _expected(run: list[AnyRecord], verdict: BaseException | None) -> str | None:
    """What was to be seen when the device failed: the step that did not end, else the rules."""
    if outcome_of(verdict) != "failed":
        return None
    steps = [record for record in run if isinstance(record, Step)]
    open_step = steps[-1].text if steps and steps[-1].event != "end" else ""
    return open_step or "no rule is broken, and the device comes to rest"


def _declared(frame: Frame) -> list[str]:
    """Rules that are waived and promises that are not given: shown in every report."""
    profile = frame.rig.profile
    waived = [f"{rule}: {reason}" for rule, reason in profile.waived.items()]
    return waived + [f"not promised: {word} = {value}" for word, value in profile.deviations.items()]


def _tables(run: list[AnyRecord]) -> list[Table]:
    versions, timers = version_rows(run), timer_rows(run)
    tables = [Table("versions", VERSION_HEADERS, versions)] if versions else []
    return [*tables, Table("timers", TIMER_HEADERS, timers)] if timers else tables


def _messages(run: list[AnyRecord]) -> list[Message]:
    """Jobs messages of the device leg under the step in which they passed."""
    step, found = -1, []
    for record in run:
        if isinstance(record, Step) and record.event == "begin":
            step += 1
        elif isinstance(record, Packet) and (sent(record) or given(record)):
            found.append(Message(step, f"{record.n} {describe(record)}"[:160], record.payload))
    return found


def _attachments(frame: Frame, records: list[AnyRecord]) -> list[Attachment]:
    lines = b"".join(encoder.encode(record) + b"\n" for record in [frame.rig.trace.header, *records])
    start = records[0].at if records else 0.0
    console = [f"{record.at - start:9.3f} {record.text}" for record in records if isinstance(record, Console)]
    return [
        Attachment("trace of this scenario", "text/plain", lines),
        Attachment("console", "text/plain", "\n".join(console[-CONSOLE_LINES:]).encode()),
    ]

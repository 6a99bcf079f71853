"""Small conversations with a broker; each returns what its clients see."""

from __future__ import annotations

from typing import Any

from tests.interop.twindesk import V3, Stage


def qos(stage: Stage) -> Any:
    sender, taker = stage.connect("sender"), stage.connect("taker")
    codes = [taker.subscribe("zero", qos=0), taker.subscribe("one", qos=1)]
    for topic in ("zero", "one"):
        for level in (0, 1):
            sender.publish(topic, f"{level}", level)
    return codes, taker.told(sender)


def contents(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("é/+/", "empty", "large", qos=0)
    one.publish("é//", "ü")
    one.publish("empty", "")
    one.publish("large", "x" * 100_000)
    return one.told()


def order(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("#")
    for number in range(30):
        one.publish(f"t/{number % 3}", f"{number}")
    return [int(row[1]) for row in one.told()] == list(range(30))


def wildcards(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("a/+/c", "b/#")
    for topic in ("a/b/c", "a//c", "a/b", "a/b/c/d", "b/", "b/c/d", "B/c"):
        one.publish(topic, "", 0)
    return [row[0] for row in one.told()]


def parent(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("a/#")
    one.publish("a")
    return one.told()


def overlapping(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("a/#", qos=0)
    one.subscribe("a/b", "+/b", qos=1)
    one.publish("a/b")
    return sorted(one.told())


def again(stage: Stage) -> Any:
    one = stage.connect("one")
    codes = [one.subscribe("t", qos=1), one.subscribe("t", qos=0)]
    one.publish("t")
    return codes, one.told()


def unsubscribe(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("t", "u/#")
    one.unsubscribe("t", "u/#")
    one.publish("t")
    one.publish("u/1")
    return one.told()


def unsubscribe_unknown(stage: Stage) -> Any:
    return stage.connect("one").unsubscribe("t")


def retained(stage: Stage) -> Any:
    sender, taker = stage.connect("sender"), stage.connect("taker")
    taker.subscribe("live")
    for topic in ("live", "kept", "gone"):
        sender.publish(topic, "1", retain=True)
    sender.publish("kept", "2", 0, retain=True)
    sender.publish("kept", "3")
    sender.publish("gone", "", retain=True)
    sender.told()
    taker.subscribe("kept", "gone")
    return taker.told(sender)


def retained_wild(stage: Stage) -> Any:
    one = stage.connect("one")
    one.publish("t/kept", "1", retain=True)
    one.subscribe("t/+")
    return one.told()


def retained_shared(stage: Stage) -> Any:
    one = stage.connect("one")
    one.publish("t", "1", retain=True)
    one.subscribe("$share/g/t")
    return one.told()


def retain_handling(stage: Stage) -> Any:
    one = stage.connect("one")
    for handling in (0, 1, 2):
        one.publish(f"t{handling}", "kept", retain=True)
    seen = []
    for handling in (0, 1, 2) * 2:
        one.subscribe(f"t{handling}", retainHandling=handling)
        seen.append(len(one.told()))
    return seen


def retain_as_published(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("yes", retainAsPublished=True)
    one.subscribe("no", retainAsPublished=False)
    for topic in ("yes", "no"):
        one.publish(topic, "1", retain=True)
    return one.told()


def no_local(stage: Stage) -> Any:
    one, other = stage.connect("one"), stage.connect("other")
    one.subscribe("t", noLocal=True)
    one.publish("t", "own")
    other.publish("t", "other's")
    return one.told(other)


def shared(stage: Stage) -> Any:
    sender = stage.connect("sender")
    members = [stage.connect(f"member{number}") for number in range(2)]
    for member in members:
        member.subscribe("$share/g/t/+")
    for number in range(4):
        sender.publish(f"t/{number}")
    seen = [member.told(sender) for member in members]
    return sorted(row[0] for rows in seen for row in rows), [len(rows) for rows in seen]


def session(stage: Stage) -> Any:
    sender, taker = stage.connect("sender"), stage.connect("taker", keep=True)
    first = taker.present
    taker.subscribe("one", "wild/#", qos=1)
    taker.subscribe("zero", qos=0)
    taker.leave()
    for topic in ("one", "wild/x", "zero"):
        sender.publish(topic, "0", 0)
        sender.publish(topic, "1", 1)
    taker = stage.connect("taker", keep=True)
    return first, taker.present, taker.told(sender)


def session_lost(stage: Stage) -> Any:
    """Received, but not acknowledged when the connection is lost."""
    sender, taker = stage.connect("sender"), stage.connect("taker", keep=True, manual=True)
    taker.subscribe("t")
    sender.publish("t", "1")
    first = taker.next()
    taker.drop()
    sender.publish("t", "2")
    return first, stage.connect("taker", keep=True).told(sender, "dup")


def session_ended(stage: Stage) -> Any:
    """A clean start forgets all, and so does a session that was not to be kept."""
    sender, taker = stage.connect("sender"), stage.connect("taker", keep=True)
    taker.subscribe("t")
    taker.leave()
    sender.publish("t")
    anew = stage.connect("taker")
    seen = [anew.present, anew.told(sender)]
    anew.subscribe("t")
    anew.leave()
    sender.publish("t")
    later = stage.connect("taker", keep=True)
    return [*seen, later.present, later.told(sender)]


def take_over(stage: Stage) -> Any:
    sender, older = stage.connect("sender"), stage.connect("taker", keep=True)
    older.subscribe("t")
    newer = stage.connect("taker", keep=True)
    older.event("disconnected")
    sender.publish("t")
    return newer.present, newer.told(sender)


def will(stage: Stage) -> Any:
    observer = stage.connect("observer")
    observer.subscribe("wills/#")
    for name, end in (("polite", "leave"), ("lost", "drop")):
        getattr(stage.connect(name, will={"topic": f"wills/{name}", "payload": "gone", "qos": 1}), end)()
    seen = observer.next()
    kept = stage.connect("kept", will={"topic": "wills/kept", "payload": "gone", "retain": True})
    kept.drop()
    live = observer.next()
    observer.subscribe("wills/kept")
    return seen, live, observer.told()


def will_of_the_taken_over(stage: Stage) -> Any:
    observer = stage.connect("observer")
    observer.subscribe("wills/#")
    stage.connect("a", will={"topic": "wills/a", "payload": "gone", "qos": 1})
    stage.connect("a")
    return observer.next()


def will_with_disconnect(stage: Stage) -> Any:
    observer = stage.connect("observer")
    observer.subscribe("wills/#")
    stage.connect("a", will={"topic": "wills/a", "payload": "gone"}).leave("Disconnect with will message")
    return observer.next()


def members(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("t")
    wishes: dict[str, Any] = {
        "ContentType": "text",
        "ResponseTopic": "answers",
        "CorrelationData": b"\xff",
        "UserProperty": [("k", "v"), ("k", "w")],
        "PayloadFormatIndicator": 1,
        "MessageExpiryInterval": 1000,
    }
    one.publish("t", **wishes)
    names = ("ContentType", "ResponseTopic", "CorrelationData", "UserProperty", "PayloadFormatIndicator")
    return one.told(None, *names)


def members_in_a_session(stage: Stage) -> Any:
    sender, taker = stage.connect("sender"), stage.connect("taker", keep=True)
    taker.subscribe("t")
    taker.leave()
    sender.publish("t", ContentType="text", UserProperty=[("k", "v")])
    return stage.connect("taker", keep=True).told(sender, "ContentType", "UserProperty")


def alias(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("t/#")
    one.publish("t/1", "by name", TopicAlias=3)
    one.publish("", "by alias", TopicAlias=3)
    one.publish("t/2", "another", TopicAlias=3)
    one.publish("", "by alias", TopicAlias=3)
    return one.told()


def no_id(stage: Stage) -> Any:
    told = stage.connect("").connack
    return stage.version == V3 or bool(told.AssignedClientIdentifier)


def nobody_listens(stage: Stage) -> Any:
    return stage.connect("one").publish("t")


def many_filters(stage: Stage) -> Any:
    return set(stage.connect("one").subscribe(*(f"t/{number}" for number in range(9))))


def subscribe_at_2(stage: Stage) -> Any:
    return stage.connect("one").subscribe("t", qos=2)


def nobodys_topic(stage: Stage) -> Any:
    return stage.connect("one").subscribe("$SYS/broker/clients/total", qos=0)

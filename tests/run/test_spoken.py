"""Messages as features name them: which packets are meant."""

from __future__ import annotations

import pytest

from rigs.mqtt.packets import Subscribe, Subscription
from rigs.spoken import MESSAGES
from rigs.tap.match import Seen

ROOT = "$aws/things/bench/jobs"
FILTERS = {
    f"{ROOT}/notify-next": True,
    f"{ROOT}/notify": True,
    f"{ROOT}/#": True,
    "$aws/things/+/jobs/+": True,
    f"{ROOT}/start-next/+": False,
    f"{ROOT}/+/update/accepted": False,
    "$aws/things/bench/shadow/#": False,
    "notify": False,
}


@pytest.mark.parametrize(("text", "meant"), FILTERS.items(), ids=FILTERS)
def test_a_subscription_to_notifications_is_one_that_takes_them(text: str, meant: bool) -> None:
    packet = Subscribe(packet_id=1, filters=(Subscription(filter="other", qos=0), Subscription(filter=text, qos=1)))
    (match,) = MESSAGES["the subscription to notifications"].matches("")
    assert match.fits(Seen(n=1, way="up", raw=b"", packet=packet)) is meant

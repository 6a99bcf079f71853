"""What it costs to read and to write a PUBLISH of 200 bytes at QoS 1, beside other codecs that are installed.

    pip install paho-mqtt zmqtt mqtt5; python -m benchmarks.codec [--runs 5]

Microseconds a packet, median of runs in turn. "read" is framing and parsing of the bytes as they come from a socket;
paho's own function begins behind the framing, and it writes only inside its client, so that cell stays empty. mqtt5 is
written in Rust and has no 3.1.1. The rivals' functions are their private ones: what cannot be imported is left out.
"""

from __future__ import annotations

import argparse
import statistics
import timeit
from collections.abc import Callable
from importlib import import_module
from typing import Any

from rigs.mqtt.codec import Framer, decode, encode
from rigs.mqtt.packets import VERSION_3_1_1, VERSION_5, Publish

LIMIT = 3.0
NUMBER = 20_000
TOPIC = "$aws/things/bench-7/jobs/job-1/update"
PAYLOAD = b"x" * (200 - len(TOPIC))
OURS = Publish(topic=TOPIC, payload=PAYLOAD, qos=1, packet_id=7)
RAW = {version: encode(OURS, version) for version in (VERSION_3_1_1, VERSION_5)}
NAMES = {VERSION_3_1_1: "3.1.1", VERSION_5: "5"}

Work = Callable[[], Any]
Cells = dict[str, Work]
"""What a codec can do, by "read 3.1.1", "write 5" and so on."""


def jobrig() -> Cells:
    framer = Framer()

    def reader(version: int) -> Work:
        raw = RAW[version]
        return lambda: [decode(one, version) for one in framer.feed(raw)]

    def writer(version: int) -> Work:
        return lambda: encode(Publish(topic=TOPIC, payload=PAYLOAD, qos=1, packet_id=7), version)

    return {f"{word} {NAMES[version]}": make(version) for version in RAW for word, make in _both(reader, writer)}


def _both(reader: Callable[[int], Work], writer: Callable[[int], Work]) -> list[tuple[str, Callable[[int], Work]]]:
    return [("read", reader), ("write", writer)]


def paho() -> Cells:
    packet, enums = import_module("paho.mqtt._packet"), import_module("paho.mqtt.enums")
    versions = {VERSION_3_1_1: enums.MQTTProtocolVersion.MQTTv311, VERSION_5: enums.MQTTProtocolVersion.MQTTv5}

    def reader(version: int) -> Work:
        first, body = RAW[version][0], RAW[version][3:]
        return lambda: packet.decode_publish(first, body, versions[version])

    return {f"read {NAMES[version]}": reader(version) for version in RAW}


def zmqtt() -> Cells:
    codec, publish = import_module("zmqtt._internal.packets.codec"), import_module("zmqtt._internal.packets.publish")
    qos = import_module("zmqtt._internal.types.qos").QoS.AT_LEAST_ONCE
    properties = import_module("zmqtt._internal.packets.properties").PublishProperties
    names = {VERSION_3_1_1: "3.1.1", VERSION_5: "5.0"}

    def reader(version: int) -> Work:
        return lambda: codec.decode(RAW[version], version=names[version])

    def writer(version: int) -> Work:
        more = {"properties": properties()} if version == VERSION_5 else {}
        return lambda: codec.encode(
            publish.Publish(topic=TOPIC, payload=PAYLOAD, qos=qos, retain=False, dup=False, packet_id=7, **more),
            version=names[version],
        )

    return {f"{word} {NAMES[version]}": make(version) for version in RAW for word, make in _both(reader, writer)}


def mqtt5() -> Cells:
    module = import_module("mqtt5")
    view, qos = memoryview(RAW[VERSION_5]), module.QoS.AT_LEAST_ONCE
    return {
        "read 5": lambda: module.read(view),
        "write 5": lambda: module.PublishPacket(TOPIC, PAYLOAD, qos=qos, packet_id=7).write(),
    }


CODECS: dict[str, Callable[[], Cells]] = {"jobrig": jobrig, "paho-mqtt": paho, "zmqtt": zmqtt, "mqtt5": mqtt5}
COLUMNS = ("read 3.1.1", "read 5", "write 3.1.1", "write 5")


def there() -> dict[str, Cells]:
    """The codecs that can be imported; the others are named."""
    found = {}
    for name, make in CODECS.items():
        try:
            found[name] = make()
        except ImportError as missing:
            print(f"{name} is left out: {missing}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    codecs, runs = there(), parser.parse_args().runs
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(runs):
        for name, cells in codecs.items():
            for column, work in cells.items():
                seconds = timeit.timeit(work, number=NUMBER)
                times.setdefault((name, column), []).append(seconds / NUMBER * 1e6)
    print(f"{'µs a packet':12}" + "".join(f"{column:>13}" for column in COLUMNS))
    for name in codecs:
        row = [f"{statistics.median(times[name, one]):.2f}" if (name, one) in times else "–" for one in COLUMNS]
        print(f"{name:12}" + "".join(f"{cell:>13}" for cell in row))
    worst = max(statistics.median(times["jobrig", column]) for column in COLUMNS)
    print(f"limit for jobrig {LIMIT:.1f}{'' if worst <= LIMIT else '   MISSED'}")


if __name__ == "__main__":
    main()

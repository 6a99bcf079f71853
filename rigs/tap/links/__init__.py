"""One fault of the link, one small file (docs/faults-of-the-link.md says how to write another)."""

from rigs.tap.links.expired import Expired
from rigs.tap.links.latency import Latency
from rigs.tap.links.longer_chain import LongerChain
from rigs.tap.links.not_yet_valid import NotYetValid
from rigs.tap.links.only_tls import OnlyTls
from rigs.tap.links.refuse_tcp import RefuseTcp
from rigs.tap.links.small_records import SmallRecords
from rigs.tap.links.throttle import Throttle
from rigs.tap.links.turn_away import TurnAway
from rigs.tap.links.wrong_ca import WrongCa
from rigs.tap.links.wrong_name import WrongName

__all__ = [
    "Expired",
    "Latency",
    "LongerChain",
    "NotYetValid",
    "OnlyTls",
    "RefuseTcp",
    "SmallRecords",
    "Throttle",
    "TurnAway",
    "WrongCa",
    "WrongName",
]

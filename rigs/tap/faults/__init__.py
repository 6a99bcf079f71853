"""One fault, one small file (docs/faults.md says how to write another)."""

from rigs.tap.faults.act import Act
from rigs.tap.faults.answer import Answer, AnswerEmpty
from rigs.tap.faults.copy import Copy
from rigs.tap.faults.corrupt import Corrupt
from rigs.tap.faults.cut import Cut
from rigs.tap.faults.delay import Delay
from rigs.tap.faults.drop import Drop
from rigs.tap.faults.forget import Forget
from rigs.tap.faults.goodbye import Goodbye
from rigs.tap.faults.hold import Hold
from rigs.tap.faults.insert import Insert
from rigs.tap.faults.refuse import Refuse
from rigs.tap.faults.reorder import Reorder
from rigs.tap.faults.replace import Replace
from rigs.tap.faults.shift import Shift
from rigs.tap.faults.truncate import Truncate
from rigs.tap.faults.watch import Watch

__all__ = [
    "Act",
    "Answer",
    "AnswerEmpty",
    "Copy",
    "Corrupt",
    "Cut",
    "Delay",
    "Drop",
    "Forget",
    "Goodbye",
    "Hold",
    "Insert",
    "Refuse",
    "Reorder",
    "Replace",
    "Shift",
    "Truncate",
    "Watch",
]

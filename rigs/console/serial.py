"""A console on a serial port: any pyserial URL (`/dev/serial/by-id/…`, `rfc2217://`, `socket://`)."""

from __future__ import annotations

import threading
from datetime import timedelta

import serial

from rigs.console.conversation import Conversation
from rigs.console.framing import Framing
from rigs.console.log import ConsoleLog
from rigs.console.transcript import Recorder, Transcript
from rigs.errors import ConsoleLost, ConsoleSilent

# Set once: over RFC 2217 each change of a time-out renegotiates the whole port, 0.3 s a time.
READ_TIMEOUT_SECONDS = 0.2
WRITE_TIMEOUT_SECONDS = 10.0
REOPEN_EVERY_SECONDS = 0.05
GONE = (serial.SerialException, OSError, TypeError)  # TypeError: pyserial's read of a port that has just been closed


class SerialConsole:
    """Reads from `open` to `close` in a thread of its own; commands may come from any thread.

    `dtr` and `rts` are set before the port is opened, since opening a port resets many boards. A port that goes away
    raises ConsoleLost in every waiter; with `vanishes_with_device` (USB-CDC ports go at each reset) it is opened again
    as soon as it is back, and commands wait for that within their bound.
    """

    def __init__(
        self,
        url: str,
        *,
        trace: Recorder,
        framing: Framing,
        name: str = "serial",
        log: ConsoleLog | None = None,
        baud: int = 115200,
        newline: str = "\n",
        dtr: bool = False,
        rts: bool = False,
        vanishes_with_device: bool = False,
    ) -> None:
        self.name, self.url = name, url
        self._baud, self._newline, self._returns = baud, newline, vanishes_with_device
        self._dtr, self._rts = dtr, rts
        self._conversation = Conversation(framing, Transcript(trace, name, log))
        self._closing = threading.Event()
        self._port: serial.SerialBase | None = None
        self._thread: threading.Thread | None = None

    def __repr__(self) -> str:
        return f"<SerialConsole {self.name} {self.url} {self._baud} baud>"

    def open(self) -> None:
        """Open the port and start reading; nothing happens when it is open. Raises ConsoleLost."""
        if self._thread is not None:
            return
        try:
            self._port = self._connect()
        except GONE as cause:
            raise ConsoleLost(
                f"{self.name}: cannot open {self.url}: {cause}\n"
                "Is it plugged in, is no other program (a terminal, ModemManager) using it, may this user open it?"
            ) from cause
        self._closing.clear()
        self._conversation.up(self.url)
        self._thread = threading.Thread(target=self._read, name=f"{self.name}-reader", daemon=True)
        self._thread.start()

    def run(self, command: str, within: timedelta = timedelta(seconds=10)) -> str:
        """Send a command and return what it printed; raises ConsoleLost, ConsoleSilent."""
        return self._conversation.ask(command, self._send, self._newline, within)

    def set_lines(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """Set the port's modem lines, as a power switch on them needs it; raises ConsoleLost when it is not open."""
        self._dtr = self._dtr if dtr is None else dtr
        self._rts = self._rts if rts is None else rts
        port = self._port
        if port is None:
            raise ConsoleLost(f"{self.name}: {self.url} is not open, its lines cannot be set")
        port.dtr, port.rts = self._dtr, self._rts

    def close(self) -> None:
        """Stop reading and give the port back; may be called twice."""
        self._closing.set()
        port, thread = self._port, self._thread
        if port is not None and hasattr(port, "cancel_read"):
            port.cancel_read()
        if thread is not None:
            thread.join(timeout=10)
        self._thread = None
        self._drop()
        self._conversation.close(ConsoleLost(f"{self.name} is closed"))

    def _connect(self) -> serial.SerialBase:
        port = serial.serial_for_url(self.url, do_not_open=True, baudrate=self._baud, timeout=READ_TIMEOUT_SECONDS)
        if "://" not in self.url:
            port.write_timeout, port.exclusive = WRITE_TIMEOUT_SECONDS, True
        port.dtr, port.rts = self._dtr, self._rts
        port.open()
        return port

    def _drop(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _send(self, data: bytes) -> None:
        port = self._port
        if port is None:
            raise ConsoleLost(f"{self.name}: {self.url} went away")
        try:
            port.write(data)
        except serial.SerialTimeoutException as late:
            raise ConsoleSilent(f"{self.name}: nobody takes what is sent to {self.url}: {late}") from late
        except GONE as cause:
            raise ConsoleLost(f"{self.name}: {self.url} went away: {cause}") from cause

    def _read(self) -> None:
        while not self._closing.is_set():
            port = self._port
            try:
                if port is None:
                    self._reopen()
                    continue
                data = port.read(1)
                data += port.read(port.in_waiting) if data else b""  # type: ignore[attr-defined]  # typeshed has it on each kind
            except GONE as cause:
                self._drop()
                self._conversation.down(cause, final=not self._returns)
                if not self._returns:
                    return
                continue
            if data:
                self._conversation.received(data)

    def _reopen(self) -> None:
        try:
            self._port = self._connect()
        except GONE:
            # Still away: callers are told by their own bound, with the cause of the loss.
            self._closing.wait(REOPEN_EVERY_SECONDS)
        else:
            self._conversation.up(self.url)

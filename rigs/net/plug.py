"""What is done to a TCP socket itself, below asyncio."""

from __future__ import annotations

import socket
import struct
from typing import Any


def reset(transport: Any) -> None:
    """End the connection by RST; one that is ending already is cut short."""
    if not transport.is_closing():
        plug = transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def acknowledge_quickly(transport: Any) -> None:
    """A server that sends no session tickets has nothing to send on the client's last flight of a handshake.

    The system would hold its acknowledgement back for 40 ms, and a client with Nagle's algorithm its CONNECT.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

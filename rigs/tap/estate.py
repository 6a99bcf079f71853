"""Packets that may outlive the connection on which they came."""

from __future__ import annotations

from rigs.tap.parcel import Parcel


class Estate:
    """Per client what is kept for its next connection, in the order in which it came; one a tap."""

    def __init__(self) -> None:
        self._parcels: dict[str, list[Parcel]] = {}

    def __repr__(self) -> str:
        return f"<Estate of {len(self._parcels)} clients, {sum(map(len, self._parcels.values()))} packets>"

    def add(self, client_id: str, parcel: Parcel) -> None:
        """A packet is kept that is not to be lost with its connection."""
        self._parcels.setdefault(client_id, []).append(parcel)

    def remove(self, parcel: Parcel) -> None:
        """It has left after all; nothing happens when it was never here."""
        left = {client: [one for one in parcels if one is not parcel] for client, parcels in self._parcels.items()}
        self._parcels = {client: parcels for client, parcels in left.items() if parcels}

    def take(self, client_id: str | None) -> list[Parcel]:
        """What the client's new connection takes over; an old connection that still lives has it no more.

        The broker ends that one before it accepts the new (MQTT-3.1.4-3).
        """
        return self._parcels.pop(client_id or "", [])

    def clear(self) -> None:
        """Nothing goes over to a next connection any more."""
        self._parcels.clear()

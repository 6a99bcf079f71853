"""Who may connect: certificates, policies and what they are attached to, as boto3's `iot` sets them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rigs.cloud.registry_attachments import AttachmentCalls
from rigs.cloud.registry_certificates import CertificateCalls
from rigs.cloud.registry_policies import PolicyCalls
from rigs.cloud.registry_rows import Certificate
from rigs.cloud.registry_store import Store
from rigs.jobs.api import Call
from rigs.jobs.ledger import Ledger
from rigs.jobs.table import Table
from rigs.net.certs import Authority, fingerprint


class Registry:
    """The operations by the model's names, and the rows that they work on.

    `authority` signs the certificates that are made here; one of its own is made when none is given. All methods
    belong to one thread.
    """

    def __init__(self, ledger: Ledger, authority: Authority | None = None) -> None:
        self.store = Store(ledger)
        calls = (
            CertificateCalls(self.store, authority or Authority.make(ec=True)),
            PolicyCalls(self.store),
            AttachmentCalls(self.store),
        )
        self.by_name: Mapping[str, Call] = {name: call for one in calls for name, call in one.by_name.items()}

    def __repr__(self) -> str:
        return f"<Registry {len(self.store.certificates)} certificates {len(self.store.policies)} policies>"

    def on_inactive(self, cut: Callable[[str], None]) -> None:
        """Let `cut` end the connections of a certificate, by its id, when it is no longer ACTIVE.

        Source: botocore, UpdateCertificate: "IoT disconnects all devices that used that certificate to connect".
        """
        self.store.on_inactive = cut

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """What a restart must bring back, beside the ledger's."""
        return self.store.tables

    def register(self, thing: str, certificate_pem: bytes | str, now: float, *, foreign: bool) -> None:
        """Let a certificate have the rights of a thing itself, without policies; `foreign`: another CA signed it.

        One that is known keeps its state. Raises ValueError when it is no PEM certificate.
        """
        pem = certificate_pem.decode() if isinstance(certificate_pem, bytes) else certificate_pem
        name = fingerprint(pem)
        row = self.store.certificates.get(name) or Certificate(
            id=name, pem=pem, status="ACTIVE", created_at=now, updated_at=now, foreign=foreign
        )
        if thing not in row.own:
            self.store.certificates.put(name, replace(row, own=(*row.own, thing)))

    def foreign(self) -> list[bytes]:
        """The certificates of other authorities, PEM: each is trusted by itself."""
        return [row.pem.encode() for row in self.store.certificates.values() if row.foreign]

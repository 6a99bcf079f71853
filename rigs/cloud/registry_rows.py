"""What the registry of identities keeps: certificates, policies with their versions, and what these are attached to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509

from rigs.jobs.names import arn
from rigs.jobs.refusals import ApiError

Status = Literal["ACTIVE", "INACTIVE", "REVOKED"]
Sort = Literal["cert", "thinggroup"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Certificate:
    """A device's certificate; `id` is its SHA-256, instants are seconds since the epoch.

    `own` are things for which the cloud issued or registered it itself: it has the rights of these things, whatever
    policies it has. `foreign` says that another authority signed it, so that it is trusted by itself.
    """

    id: str
    pem: str
    status: Status
    created_at: float
    updated_at: float
    version: int = 1
    foreign: bool = False
    own: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Certificate {self.id[:16]}… {self.status}>"

    @property
    def arn(self) -> str:
        return arn("cert", self.id)

    @property
    def active(self) -> bool:
        """Whether devices may connect with it."""
        return self.status == "ACTIVE"

    @property
    def validity(self) -> tuple[datetime, datetime]:
        """From when to when its issuer vouches for it."""
        read = x509.load_pem_x509_certificate(self.pem.encode())
        return read.not_valid_before_utc, read.not_valid_after_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One document of a policy."""

    id: str
    document: str
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StoredPolicy:
    """A policy; the version with the id `default` is in force, `last` is the highest id that was given."""

    name: str
    versions: tuple[PolicyVersion, ...]
    default: str
    last: int
    created_at: float
    updated_at: float

    def __repr__(self) -> str:
        return f"<StoredPolicy {self.name} v{self.default} of {len(self.versions)}>"

    @property
    def arn(self) -> str:
        return arn("policy", self.name)

    @property
    def document(self) -> str:
        """The text in force."""
        return self.version(self.default).document

    def version(self, wanted: str) -> PolicyVersion:
        """The version with this id; raises ApiError ResourceNotFoundException."""
        found = next((one for one in self.versions if one.id == wanted), None)
        if found is None:
            have = ", ".join(one.id for one in self.versions)
            text = f"The policy version does not exist (name={self.name},version={wanted}); there are {have}"
            raise ApiError("ResourceNotFoundException", text)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a policy is attached to: a certificate or a thing group.

    `id` tells a group from a later one of the same name; a certificate's is its name.
    """

    sort: Sort
    name: str
    id: str

    @property
    def arn(self) -> str:
        return arn(self.sort, self.name)

    @property
    def key(self) -> str:
        """Its place in a table."""
        return f"{self.sort}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A policy is attached to a target."""

    policy: str
    target: Target

    @property
    def key(self) -> str:
        """Its place in a table; a policy's name has no slash."""
        return f"{self.policy}/{self.target.key}"

"""What policies may ask about whoever uses a certificate: the values of policy variables and condition keys.

Sources below https://docs.aws.amazon.com/iot/latest/developerguide/: basic-policy-variables, thing-policy-variables,
cert-policy-variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cryptography import x509
from cryptography.x509.oid import NameOID

from rigs.cloud.policies import Context
from rigs.jobs.ledger import Thing

ATTRIBUTES: Mapping[x509.ObjectIdentifier, str] = {
    NameOID.DN_QUALIFIER: "DistinguishedNameQualifier",
    NameOID.COUNTRY_NAME: "Country",
    NameOID.ORGANIZATION_NAME: "Organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OrganizationalUnit",
    NameOID.STATE_OR_PROVINCE_NAME: "State",
    NameOID.COMMON_NAME: "CommonName",
    NameOID.SERIAL_NUMBER: "SerialNumber",
    NameOID.TITLE: "Title",
    NameOID.SURNAME: "Surname",
    NameOID.GIVEN_NAME: "GivenName",
    NameOID.INITIALS: "Initials",
    NameOID.PSEUDONYM: "Pseudonym",
    NameOID.GENERATION_QUALIFIER: "GenerationQualifier",
}
# cert-policy-variables, "limitations": a value with one of the first is not put in, nor a longer one; of more values
# than MOST the rest is ignored; the others get a backslash.
WILD = frozenset("*$+?#")
LONGEST, MOST = 1024, 5
_SPECIAL = re.compile(r'[,"\\=<>;]')


def of_certificate(name: str, pem: str) -> Context:
    """Of a certificate: its id, serial number, subject and issuer."""
    read = x509.load_pem_x509_certificate(pem.encode())
    return {
        "iot:CertificateId": (name,),
        "iot:Certificate.SerialNumber": (format(read.serial_number, "x"),),
        **_names("iot:Certificate.Subject", read.subject),
        **_names("iot:Certificate.Issuer", read.issuer),
    }


def of_connection(client_id: str | None, thing: Thing | None) -> Context:
    """Of an MQTT connection; over HTTPS there is no client id, so nothing but that there is no connected thing."""
    connected = {} if client_id is None else {"iot:ClientId": (client_id,)}
    if client_id is None or thing is None:
        return {**connected, "iot:Connection.Thing.IsAttached": ("false",)}
    attributes = {f"iot:Connection.Thing.Attributes[{name}]": (text,) for name, text in thing.attributes.items()}
    named = {"iot:Connection.Thing.ThingName": (thing.name,), "iot:Connection.Thing.IsAttached": ("true",)}
    return {**connected, **named, **attributes}


def _names(prefix: str, name: x509.Name) -> dict[str, tuple[str, ...]]:
    """Each attribute's first value by its name, the n-th as `.n` counted from 0, all as `.List`."""
    found: dict[str, list[str]] = {}
    for one in name:
        value = str(one.value)
        if one.oid in ATTRIBUTES and len(value) <= LONGEST and not WILD & set(value):
            found.setdefault(f"{prefix}.{ATTRIBUTES[one.oid]}", []).append(_SPECIAL.sub(r"\\\g<0>", value))
    values: dict[str, tuple[str, ...]] = {}
    for key, texts in found.items():
        several = tuple(texts[:MOST])
        values |= {key: several[:1], f"{key}.List": several}
        values |= {f"{key}.{place}": (text,) for place, text in enumerate(several)}
    return values

"""What policies may ask about a certificate."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rigs.cloud.registry_context import of_certificate
from tests.cloud.registrydesk import CA


def test_values_of_a_certificate() -> None:
    """The first value by its name, the n-th counted from 0, all as a list; one with a wildcard is none."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [("Example Corp, Inc", NameOID.ORGANIZATION_NAME), ("Any", NameOID.ORGANIZATION_NAME)]
    names += [("de*", NameOID.COMMON_NAME), ("DE", NameOID.COUNTRY_NAME)]
    subject = x509.Name([x509.NameAttribute(oid, text) for text, oid in names])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem = CA.certify(made.public_bytes(serialization.Encoding.PEM))
    found = of_certificate("id", pem.decode())
    values = {key: value for key, value in found.items() if ".Subject." in key}
    corp = "Example Corp\\, Inc"
    assert values == {
        "iot:Certificate.Subject.Organization": (corp,),
        "iot:Certificate.Subject.Organization.0": (corp,),
        "iot:Certificate.Subject.Organization.1": ("Any",),
        "iot:Certificate.Subject.Organization.List": (corp, "Any"),
        "iot:Certificate.Subject.Country": ("DE",),
        "iot:Certificate.Subject.Country.0": ("DE",),
        "iot:Certificate.Subject.Country.List": ("DE",),
    }
    assert (found["iot:CertificateId"], found["iot:Certificate.Issuer.CommonName"]) == (("id",), ("local cloud",))

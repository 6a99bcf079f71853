"""Certificates for boards that do not know the time, read back by the cryptography package and by OpenSSL."""

from __future__ import annotations

import hashlib
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from rigs.net.certs import Authority, common_name, fingerprint


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make("bench CA", ec=True)


def test_certificates_are_valid_from_2000_to_2037(authority: Authority) -> None:
    for pem in (authority.certificate_pem, authority.issue("tap", ec=True).certificate_pem):
        certificate = x509.load_pem_x509_certificate(pem)
        assert certificate.not_valid_before_utc.isoformat() == "2000-01-01T00:00:00+00:00"
        assert certificate.not_valid_after_utc.isoformat() == "2037-12-31T23:59:59+00:00"


@pytest.mark.parametrize(("wish", "kind"), [(False, rsa.RSAPublicKey), (True, ec.EllipticCurvePublicKey)])
def test_the_key_is_rsa_2048_unless_ec_is_asked_for(authority: Authority, wish: bool, kind: type) -> None:
    key = x509.load_pem_x509_certificate(authority.issue("tap", ec=wish).certificate_pem).public_key()
    assert isinstance(key, kind)
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    assert key.key_size == (256 if wish else 2048)


def test_a_server_has_its_names_and_a_device_may_be_a_client(authority: Authority) -> None:
    server = x509.load_pem_x509_certificate(
        authority.issue("tap", dns=["tap.lab", "localhost"], ips=["10.0.0.7", "::1"], ec=True).certificate_pem
    )
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["tap.lab", "localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7", "::1"]
    device = x509.load_pem_x509_certificate(authority.issue("bench-7", ec=True, client=True).certificate_pem)
    purposes = [list(one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) for one in (server, device)]
    assert purposes == [[ExtendedKeyUsageOID.SERVER_AUTH], [ExtendedKeyUsageOID.CLIENT_AUTH]]


def test_a_fingerprint_is_the_sha_256_of_the_der_bytes_like_an_aws_certificate_id(authority: Authority) -> None:
    pair = authority.issue("bench-7", ec=True)
    der = ssl.PEM_cert_to_DER_cert(pair.certificate_pem.decode())
    assert pair.fingerprint == fingerprint(pair.certificate_pem.decode()) == hashlib.sha256(der).hexdigest()
    assert common_name(der) == "bench-7"
    assert common_name(b"no certificate") is None


def test_files_load_into_openssl_and_the_key_is_the_owners_alone(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("bench-7", client=True).write(tmp_path / "new", "bench-7")
    ssl.create_default_context().load_cert_chain(certificate, key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"BEGIN RSA PRIVATE KEY" in key.read_bytes()


def test_an_authority_stays_the_same_in_its_folder(tmp_path: Path) -> None:
    made, loaded = Authority.open(tmp_path, "bench CA", ec=True), Authority.open(tmp_path, "another name")
    assert made.certificate_pem == loaded.certificate_pem
    assert repr(loaded) == "<Authority bench CA>"
    assert loaded.file == tmp_path / "ca.crt"
    issuer = x509.load_pem_x509_certificate(made.certificate_pem)
    x509.load_pem_x509_certificate(loaded.issue("tap", ec=True).certificate_pem).verify_directly_issued_by(issuer)


@pytest.mark.parametrize("curve", [False, True])
def test_an_authority_below_another_shows_both_and_keeps_the_kind_of_key(curve: bool) -> None:
    top = Authority.make("top", ec=curve)
    pair = top.below("between").issue("tap", dns=["tap.lab"], ec=curve)
    leaf, between = x509.load_pem_x509_certificates(pair.certificate_pem)
    between.verify_directly_issued_by(x509.load_pem_x509_certificate(top.certificate_pem))
    leaf.verify_directly_issued_by(between)
    assert pair.ec is curve
    assert pair.chain_bytes == sum(len(one.public_bytes(Encoding.DER)) for one in (leaf, between))
    with pytest.raises(ValueError, match="<Authority between> may sign no other authority"):
        top.below("between").below("one more")


def test_a_certificate_is_issued_again_with_other_dates_or_names(authority: Authority) -> None:
    pair = authority.issue("tap", dns=["tap.lab", "localhost"], ips=["10.0.0.7"], ec=True)
    again = authority.reissue(pair, end=datetime(2001, 1, 1, tzinfo=UTC))
    assert again.names == pair.names == (["tap.lab", "localhost"], ["10.0.0.7"])
    assert x509.load_pem_x509_certificate(again.certificate_pem).not_valid_after_utc.year == 2001
    assert authority.reissue(pair, dns=["other.lab"], ips=[]).names == (["other.lab"], [])
    assert authority.issue("bench-7", ec=True, client=True).names == ([], [])

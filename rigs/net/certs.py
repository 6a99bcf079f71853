"""Certificates for boards, taps and clouds; valid from 2000 to 2037, for boards that do not know the time."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as curves
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# A board without a clock starts in 1970 or at its build date; 32-bit time ends in January 2038.
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
END = datetime(2037, 12, 31, 23, 59, 59, tzinfo=UTC)
RSA_BITS = 2048

CURVES = ("secp256r1", "secp384r1", "secp521r1")

Key = rsa.RSAPrivateKey | curves.EllipticCurvePrivateKey
PublicCurveKey = curves.EllipticCurvePublicKey
PublicKey = rsa.RSAPublicKey | PublicCurveKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A certificate, perhaps with those that are shown along with it behind it, and its private key; PEM."""

    certificate_pem: bytes
    key_pem: bytes

    def __repr__(self) -> str:
        return f"<Pair {self.fingerprint[:16]}…>"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in lower-case hex: AWS's certificate id."""
        return fingerprint(self.certificate_pem)

    @property
    def ec(self) -> bool:
        """Whether the key is one on an elliptic curve, not RSA."""
        return isinstance(x509.load_pem_x509_certificate(self.certificate_pem).public_key(), PublicCurveKey)

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """The DNS names and IP addresses that the certificate is for."""
        found = x509.load_pem_x509_certificate(self.certificate_pem).extensions
        try:
            names = found.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return [], []
        return names.get_values_for_type(x509.DNSName), [str(one) for one in names.get_values_for_type(x509.IPAddress)]

    @property
    def chain_bytes(self) -> int:
        """The size of the certificate and those that are shown along with it, in bytes (DER)."""
        chain = x509.load_pem_x509_certificates(self.certificate_pem)
        return sum(len(one.public_bytes(serialization.Encoding.DER)) for one in chain)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write NAME.crt and NAME.key, the key for the owner alone, and return their paths.

        Each is there as a whole or not at all, the certificate last: where it is, its key is too.
        """
        folder.mkdir(parents=True, exist_ok=True)
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        for path, pem, mode in ((key, self.key_pem, 0o600), (certificate, self.certificate_pem, 0o644)):
            new = path.with_name(f"{path.name}.new")
            new.unlink(missing_ok=True)
            new.touch(mode=mode)
            new.write_bytes(pem)
            new.replace(path)
        return certificate, key


class Authority:
    """A certificate authority in a folder (ca.crt, ca.key): loaded when it is there, made when not.

    What it issues carries `chain` (PEM) along: the authorities between it and the one that is trusted.
    """

    def __init__(self, pair: Pair, file: Path | None = None, chain: bytes = b"") -> None:
        self.pair, self.file, self.chain = pair, file, chain
        self._certificate = x509.load_pem_x509_certificate(pair.certificate_pem)
        self._key = _load_key(pair.key_pem)

    def __repr__(self) -> str:
        return f"<Authority {common_name(self._certificate.public_bytes(serialization.Encoding.DER))}>"

    @classmethod
    def make(cls, name: str = "jobrig test CA", *, ec: bool = False) -> Authority:
        """A new one in memory, which trusts itself; one more authority may stand below it."""
        key = _new_key(ec)
        builder = _authority(_builder(name, key), ec=ec, path_length=1).issuer_name(_name(name))
        return cls(_pair(builder.sign(key, hashes.SHA256()), key))

    @classmethod
    def open(cls, folder: Path, name: str = "jobrig test CA", *, ec: bool = False) -> Authority:
        """The folder's own; made and written there the first time."""
        certificate, key = folder / "ca.crt", folder / "ca.key"
        if not certificate.exists():
            cls.make(name, ec=ec).pair.write(folder, "ca")
        return cls(Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes()), certificate)

    @property
    def certificate_pem(self) -> bytes:
        """What the other side must trust."""
        return self.pair.certificate_pem

    def below(self, name: str) -> Authority:
        """A new authority that this one has signed. Raises ValueError when this one may sign none."""
        limits = self._certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        if limits.path_length == 0:
            where = self.file or "its certificate"
            raise ValueError(f"{self!r} may sign no other authority (path length 0): delete {where} to have a new one")
        key = _new_key(self.pair.ec)
        builder = _authority(_builder(name, key), ec=self.pair.ec, path_length=0)
        pair = _pair(builder.issuer_name(self._certificate.subject).sign(self._key, hashes.SHA256()), key)
        return Authority(pair, chain=pair.certificate_pem + self.chain)

    def reissue(
        self,
        pair: Pair,
        *,
        dns: Sequence[str] | None = None,
        ips: Sequence[str] | None = None,
        begin: datetime = BEGIN,
        end: datetime = END,
    ) -> Pair:
        """A server's certificate like another one, with a new key of the same kind; for its names unless others are
        given.
        """
        known_dns, known_ips = pair.names
        dns, ips = known_dns if dns is None else dns, known_ips if ips is None else ips
        return self.issue(next(iter(dns), "server"), dns=dns, ips=ips, ec=pair.ec, begin=begin, end=end)

    def issue(
        self,
        common_name: str,
        *,
        dns: Sequence[str] = (),
        ips: Sequence[str] = (),
        ec: bool = False,
        client: bool = False,
        begin: datetime = BEGIN,
        end: datetime = END,
    ) -> Pair:
        """A certificate for a server (with its DNS names and IP addresses) or, with `client`, for a device."""
        key = _new_key(ec)
        builder = self._leaf(_builder(common_name, key, begin, end), rsa_key=not ec, client=client)
        names: list[x509.GeneralName] = [x509.DNSName(one) for one in dns]
        names += [x509.IPAddress(ipaddress.ip_address(one)) for one in ips]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _pair(builder.sign(self._key, hashes.SHA256()), key, self.chain)

    def certify(self, request_pem: bytes | str) -> bytes:
        """A device's certificate (PEM) for a signing request: its subject and key, signed by us.

        The key must be RSA of 2048 bits or more, or on the curve P-256, P-384 or P-521 (botocore,
        CreateCertificateFromCsr). Raises ValueError for another one, and for what is no request or not signed by it.
        """
        request = x509.load_pem_x509_csr(request_pem.encode() if isinstance(request_pem, str) else request_pem)
        key = request.public_key()
        large = isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS
        known = isinstance(key, PublicCurveKey) and key.curve.name in CURVES
        if not isinstance(key, PublicKey) or not (large or known):
            raise ValueError(f"the key must be RSA of {RSA_BITS} bits or more, or EC on {', '.join(CURVES)}")
        if not request.is_signature_valid:
            raise ValueError("the request is not signed by its own key")
        builder = self._leaf(_builder(request.subject, key), rsa_key=large, client=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _leaf(self, builder: x509.CertificateBuilder, *, rsa_key: bool, client: bool) -> x509.CertificateBuilder:
        """What every certificate of ours has that is not an authority's."""
        builder = builder.issuer_name(self._certificate.subject)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(ca=False, rsa_key=rsa_key), critical=True)
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._certificate.public_key())  # type: ignore[arg-type]
        return builder.add_extension(issuer, critical=False)


def fingerprint(certificate_pem: bytes | str) -> str:
    """SHA-256 of a PEM certificate in lower-case hex: AWS's certificate id. Raises ValueError for what is none."""
    data = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
    return hashlib.sha256(x509.load_pem_x509_certificate(data).public_bytes(serialization.Encoding.DER)).hexdigest()


def common_name(certificate: bytes) -> str | None:
    """The subject's common name of a DER certificate; None when it has none or cannot be read."""
    try:
        names = x509.load_der_x509_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return None
    return str(names[0].value) if names else None


def _new_key(ec: bool) -> Key:
    if ec:
        return curves.generate_private_key(curves.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _load_key(pem: bytes) -> Key:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey | curves.EllipticCurvePrivateKey):
        raise ValueError(f"the authority's key must be RSA or EC, not {type(key).__name__}")
    return key


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: str | x509.Name, key: Key | PublicKey, begin: datetime = BEGIN, end: datetime = END
) -> x509.CertificateBuilder:
    name = _name(subject) if isinstance(subject, str) else subject
    public = key.public_key() if isinstance(key, Key) else key
    builder = x509.CertificateBuilder().subject_name(name).public_key(public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _authority(builder: x509.CertificateBuilder, *, ec: bool, path_length: int) -> x509.CertificateBuilder:
    """What every authority's certificate has; `path_length` authorities may stand below it."""
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_usage(ca=True, rsa_key=not ec), critical=True)


def _usage(*, ca: bool, rsa_key: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=rsa_key and not ca,  # the suites without forward secrecy in AWS's policy need it
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pair(certificate: x509.Certificate, key: Key, chain: bytes = b"") -> Pair:
    # "EC PRIVATE KEY" and "RSA PRIVATE KEY": the small TLS stacks of boards read them, PKCS 8 not always
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return Pair(certificate_pem=certificate.public_bytes(serialization.Encoding.PEM) + chain, key_pem=private)

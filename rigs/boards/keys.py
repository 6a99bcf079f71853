"""The keys of a virtual board's SSH server and of the rig that logs in to it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


class Keys(NamedTuple):
    """Files: the host's key, what the host lets in, the user's key, and the host's key as a client pins it."""

    host_key: Path
    authorized_keys: Path
    user_key: Path
    known_hosts: Path


def make_keys(folder: Path, port: int) -> Keys:
    """New keys in `folder` for a server on 127.0.0.1:`port`."""
    keys = Keys(*(folder / name for name in ("host_key", "authorized_keys", "user_key", "known_hosts")))
    keys.known_hosts.write_text(f"[127.0.0.1]:{port} {_make(keys.host_key)}\n")
    keys.authorized_keys.write_text(_make(keys.user_key) + "\n")
    return keys


def _make(path: Path) -> str:
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

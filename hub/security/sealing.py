"""Sealing 加密: personal data sealed to keep, and hashed to match.

AES-256-GCM, or 国密 SM4-GCM, with a nonce derived from key, id and content: a message decoded again
seals to the same bytes, and no nonce ever serves two contents.
"""

import base64
import hmac
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from hub.settings import Suite

KEY_BYTES = 32
SM4_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16


class Ring(NamedTuple):
    """The keys that there are, the one that seals first, the oldest last; and what seals."""

    keys: tuple[bytes, ...]
    suite: Suite


class SealError(ValueError):
    """A sealed text that does not open: another key, or damaged."""


class Key:
    """One 32-byte key, with a subkey for each purpose."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise SealError(f"the key has {len(key)} bytes, not {KEY_BYTES}")
        self.key_id = sha256(b"id" + key).hexdigest()[:8]
        self.match = hmac.digest(key, b"match", "sha256")
        self._nonce = hmac.digest(key, b"nonce", "sha256")
        self._aes = AESGCM(hmac.digest(key, b"seal", "sha256"))
        self._sm4 = SM4(hmac.digest(key, b"seal-sm4", "sha256")[:SM4_BYTES])

    def seal(self, suite: Suite, bound: bytes, data: bytes) -> bytes:
        """Return nonce, ciphertext and tag."""
        nonce = hmac.digest(self._nonce, bound + b"\0" + data, "sha256")[:NONCE_BYTES]
        if suite is Suite.AES:
            return nonce + self._aes.encrypt(nonce, data, bound)
        box = Cipher(self._sm4, GCM(nonce)).encryptor()
        box.authenticate_additional_data(bound)
        return nonce + box.update(data) + box.finalize() + box.tag

    def open(self, suite: Suite, bound: bytes, sealed: bytes) -> bytes:
        """Return what was sealed; raises `InvalidTag`."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if suite is Suite.AES:
            return self._aes.decrypt(nonce, rest, bound)
        box = Cipher(self._sm4, GCM(nonce, rest[-TAG_BYTES:])).decryptor()
        box.authenticate_additional_data(bound)
        return box.update(rest[:-TAG_BYTES]) + box.finalize()


VERSIONS = {"v1": Suite.AES, "v2": Suite.SM4}
"""What is written before what is sealed."""


class Sealer:
    """Seals with one key, opens with it and older ones, and hashes with the oldest.

    So a person is recognised by the same hash after the key has changed.
    """

    def __init__(self, key: bytes, *older: bytes, suite: Suite = Suite.AES) -> None:
        self._take(Ring((key, *older), suite))

    def _take(self, ring: Ring) -> None:
        keys = [Key(one) for one in ring.keys]
        self._suite, self._key, self._match_key = ring.suite, keys[0], keys[-1].match
        self._keys = {one.key_id: one for one in keys}

    @property
    def key_id(self) -> str:
        """Name of the key that seals."""
        return self._key.key_id

    def seal(self, bound_to: str, data: bytes) -> str:
        """Return `<version>.<key id>.<base64 of nonce and ciphertext>`, bound to an id."""
        version = next(name for name, suite in VERSIONS.items() if suite is self._suite)
        sealed = self._key.seal(self._suite, bound_to.encode(), data)
        return f"{version}.{self._key.key_id}.{base64.b64encode(sealed).decode()}"

    def open(self, bound_to: str, sealed: str) -> bytes:
        """Return what was sealed; raises `SealError` where key, id or bytes do not fit."""
        version, key_id, blob = ([*sealed.split("."), "", ""])[:3]
        suite, key = VERSIONS.get(version), self._keys.get(key_id)
        if suite is None or key is None:
            known = ", ".join(self._keys)
            raise SealError(f"sealed with key {key_id or '?'}, the keys here are {known}")
        try:
            return key.open(suite, bound_to.encode(), base64.b64decode(blob))
        except InvalidTag as error:
            raise SealError("what was sealed is damaged, or of another id") from error

    def match_key(self, kind: str, value: str) -> str:
        """Return the keyed hash by which one person is recognised; empty for an empty value."""
        if not value:
            return ""
        return hmac.new(self._match_key, f"{kind}:{value}".encode(), "sha256").hexdigest()

"""Sealing 加密: encrypts personal data for storage, and hashes it for matching.

It uses AES-256-GCM or 国密 SM4-GCM. The nonce is derived from key, id and content. So a message
that is decoded again seals to the same bytes, and two contents never share a nonce.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from hub.runtime.errors import HubError
from hub.settings.sealing import Suite

KEY_BYTES = 32
SM4_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16


class Ring(NamedTuple):
    """The keys, from the newest (which seals) to the oldest, and the cipher suite that seals."""

    keys: tuple[bytes, ...]
    suite: Suite


class SealError(HubError, ValueError):
    """A value cannot be sealed or opened; the message gives the reason."""


class UnknownKeyError(SealError):
    """The key of this sealed value is not in the ring; the value may be intact."""

    def __init__(self, key_id: str, known: Iterable[str]) -> None:
        super().__init__(f"sealed with key {key_id}; the key file has only {', '.join(known)}")


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

    def seal(self, suite: Suite, bound: bytes, data: bytes, header: bytes = b"") -> bytes:
        """Return header, nonce, ciphertext and tag."""
        nonce = hmac.digest(self._nonce, bound + b"\0" + data, "sha256")[:NONCE_BYTES]
        if suite is Suite.AES:
            return b"".join((header, nonce, self._aes.encrypt(nonce, data, bound)))
        box = Cipher(self._sm4, GCM(nonce)).encryptor()
        box.authenticate_additional_data(bound)
        return b"".join((header, nonce, box.update(data), box.finalize(), box.tag))

    def open(self, suite: Suite, bound: bytes, sealed: bytes) -> bytes:
        """Return the opened bytes; raises `InvalidTag`."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if suite is Suite.AES:
            return self._aes.decrypt(nonce, rest, bound)
        box = Cipher(self._sm4, GCM(nonce, rest[-TAG_BYTES:])).decryptor()
        box.authenticate_additional_data(bound)
        return box.update(rest[:-TAG_BYTES]) + box.finalize()


VERSIONS = {"v1": Suite.AES, "v2": Suite.SM4}
"""Version in the header of a sealed value, and its cipher suite."""
VERSION_OF = {suite: name for name, suite in VERSIONS.items()}
KEY_ID_BYTES = 4
HEADER_BYTES = 1 + KEY_ID_BYTES
SEALED_BYTES_MORE = HEADER_BYTES + NONCE_BYTES + TAG_BYTES
"""Number of bytes that sealing adds."""


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that sealed a binary value, from its header."""
    return sealed[1:HEADER_BYTES].hex()


class Keys(NamedTuple):
    """A ring with derived keys. It is replaced as a whole, so no thread sees half of a change."""

    suite: Suite
    newest: Key
    by_id: Mapping[str, Key]
    match: bytes


class Sealer:
    """Seals with the newest key, opens with every key, and hashes with the oldest.

    So a person keeps the same hash after a key rotation.
    """

    def __init__(self, key: bytes, *older: bytes, suite: Suite = Suite.AES) -> None:
        self._take(Ring((key, *older), suite))

    def _take(self, ring: Ring) -> None:
        keys = [Key(key) for key in ring.keys]
        by_id = {key.key_id: key for key in keys}
        self._keys = Keys(ring.suite, keys[0], by_id, keys[-1].match)

    def _current(self) -> Keys:
        """Return the keys to seal with now."""
        return self._keys

    def _key(self, key_id: str) -> Key:
        """Return the key of an id; raises `UnknownKeyError`."""
        keys = self._current().by_id
        if key_id not in keys:
            raise UnknownKeyError(key_id or "?", keys)
        return keys[key_id]

    @property
    def key_id(self) -> str:
        """Id of the key that seals."""
        return self._current().newest.key_id

    @property
    def key_ids(self) -> frozenset[str]:
        """Ids of all keys that open."""
        return frozenset(self._current().by_id)

    def seal(self, bound_to: str, data: bytes) -> str:
        """Return `<version>.<key id>.<base64 of nonce and ciphertext>`, bound to an id."""
        keys = self._current()
        sealed = keys.newest.seal(keys.suite, bound_to.encode(), data)
        encoded = base64.b64encode(sealed).decode()
        return f"{VERSION_OF[keys.suite]}.{keys.newest.key_id}.{encoded}"

    def open(self, bound_to: str, sealed: str) -> bytes:
        """Return the opened bytes; raises `SealError` if key, id or bytes do not match."""
        version, key_id, blob = ([*sealed.split("."), "", ""])[:3]
        suite = VERSIONS.get(version)
        if suite is None:
            raise UnknownKeyError(key_id or "?", self._current().by_id)
        return _opened(self._key(key_id), suite, bound_to, base64.b64decode(blob))

    def seal_bytes(self, bound_to: str, data: bytes) -> bytes:
        """Return the sealed bytes in binary form, bound to an id.

        They are 1 byte of version, 4 of key id, 12 of nonce, the ciphertext, and 16 of tag
        (`docs/security.md`).
        """
        keys = self._current()
        header = _VERSION_BYTES[keys.suite] + bytes.fromhex(keys.newest.key_id)
        return keys.newest.seal(keys.suite, bound_to.encode(), data, header)

    def open_bytes(self, bound_to: str, sealed: bytes) -> bytes:
        """Open a value of `seal_bytes`.

        Raises `UnknownKeyError` if its key is not in the ring, or `SealError` if id or bytes do
        not match.
        """
        suite = _SUITE_OF_BYTE.get(sealed[:1])
        if suite is None or len(sealed) < SEALED_BYTES_MORE:
            raise SealError("the sealed value is damaged: it has no header")
        key = self._key(key_id_of(sealed))
        return _opened(key, suite, bound_to, sealed[HEADER_BYTES:])

    def match_key(self, kind: str, value: str) -> str:
        """Return the keyed hash that identifies a person; empty for an empty value."""
        if not value:
            return ""
        return hmac.digest(self._keys.match, f"{kind}:{value}".encode(), "sha256").hex()


_VERSION_BYTES = {suite: bytes([int(name[1:])]) for name, suite in VERSIONS.items()}
_SUITE_OF_BYTE = {byte: suite for suite, byte in _VERSION_BYTES.items()}


def _opened(key: Key, suite: Suite, bound_to: str, sealed: bytes) -> bytes:
    try:
        return key.open(suite, bound_to.encode(), sealed)
    except InvalidTag as error:
        raise SealError("the sealed value is damaged, or belongs to another id") from error

"""Personal data 个人信息保护: sealed to keep, hashed to match, masked to show.

AES-256-GCM with a nonce derived from key, id and content: a message decoded again seals to the
same bytes, and no nonce ever serves two contents.
"""

import base64
import hmac
import os
import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
PHONE = re.compile(r"(?<!\d)(1[3-9]\d)(\d{4})(\d{4})(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?)(\d{3,4})(\d{4})(?!\d)")


class SealError(ValueError):
    """A sealed text that does not open: another key, or damaged."""


def mask_text(text: str) -> str:
    """Mask phone and ID numbers: 138****5678, 4202**********1234."""
    text = ID_NUMBER.sub(lambda m: f"{m[1]}**********{m[2]}", text)
    text = PHONE.sub(lambda m: f"{m[1]}****{m[3]}", text)
    return LANDLINE.sub(lambda m: f"{m[1]}****{m[3]}", text)


def mask_name(name: str) -> str:
    """Mask a name: 张*."""
    return f"{name[0]}{'*' * (len(name) - 1)}" if len(name) > 1 else name


def masker_of(names: Iterable[str]) -> Callable[[str], str]:
    """Return what masks numbers and these names in a text; one letter is no name."""
    told = sorted({name for name in names if len(name) > 1}, key=lambda name: (-len(name), name))

    def mask(text: str) -> str:
        for name in told:
            text = text.replace(name, mask_name(name))
        return mask_text(text)

    return mask


def mask_values(value: Any, mask: Callable[[str], str]) -> Any:
    """Apply `mask` to every text and number inside any JSON value."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {str(key): mask_values(item, mask) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_values(item, mask) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        masked = mask(str(value))
        return value if masked == str(value) else masked
    return value


class Sealer:
    """Seals and hashes with subkeys of one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise SealError(f"the key has {len(key)} bytes, not {KEY_BYTES}")
        self.key_id = sha256(b"id" + key).hexdigest()[:8]
        self._nonce_key = hmac.digest(key, b"nonce", "sha256")
        self._match_key = hmac.digest(key, b"match", "sha256")
        self._cipher = AESGCM(hmac.digest(key, b"seal", "sha256"))

    def seal(self, bound_to: str, data: bytes) -> str:
        """Return `v1.<key id>.<base64 of nonce and ciphertext>`, bound to an id."""
        bound = bound_to.encode()
        nonce = hmac.digest(self._nonce_key, bound + b"\0" + data, "sha256")[:NONCE_BYTES]
        sealed = self._cipher.encrypt(nonce, data, bound)
        return f"v1.{self.key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, bound_to: str, sealed: str) -> bytes:
        """Return what was sealed; raises `SealError` where key, id or bytes do not fit."""
        version, key_id, blob = ([*sealed.split("."), "", ""])[:3]
        if version != "v1" or key_id != self.key_id:
            raise SealError(f"sealed with key {key_id or '?'}, this is key {self.key_id}")
        data = base64.b64decode(blob)
        try:
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound_to.encode())
        except InvalidTag as error:
            raise SealError("what was sealed is damaged, or of another id") from error

    def match_key(self, kind: str, value: str) -> str:
        """Return the keyed hash by which one person is recognised; empty for an empty value."""
        if not value:
            return ""
        return hmac.new(self._match_key, f"{kind}:{value}".encode(), "sha256").hexdigest()


def key_path(settings: Settings) -> Path:
    """Return where the key is."""
    return settings.key_file or settings.data / "seal.key"


def load_key(settings: Settings) -> bytes:
    """Return the key; raises `SealError` where there is none, or the file is no key."""
    path = key_path(settings)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise SealError(f"no key at {path}: set HUB_KEY_FILE to the key that sealed") from error
    except ValueError as error:
        raise SealError(f"{path} is no key: 64 hexadecimal digits are expected") from error
    if len(key) != KEY_BYTES:
        raise SealError(f"{path} is no key: 64 hexadecimal digits are expected")
    return key


def open_sealer(settings: Settings) -> Sealer:
    """Return what opens, with the key that is there; raises `SealError`."""
    return Sealer(load_key(settings))


def load_or_create_key(settings: Settings) -> bytes:
    """Return the key; where none is, make one with mode 0600 and say so.

    Raises `SealError` where the file is not a key.
    """
    path = key_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_key(settings)
    key = os.urandom(KEY_BYTES)
    with os.fdopen(handle, "w") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    click.echo(f"hub: made the key that seals personal data: {path} (keep a copy)", err=True)
    return key

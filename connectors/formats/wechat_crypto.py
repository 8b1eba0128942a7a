"""WeChat's message signature and encrypted mode 消息加解密, after its public specification.

Signature: SHA-1 of token, timestamp, nonce (and the ciphertext) sorted and joined. Cipher:
AES-256-CBC, key = base64(EncodingAESKey + "="), IV = first 16 bytes of the key, PKCS#7 padding to
32; inside are 16 random bytes, the length (4 bytes, big-endian), the message, the app id.
"""

import base64
import binascii
import hmac
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
RANDOM_BYTES = 16
LENGTH_BYTES = 4


class CipherError(ValueError):
    """The ciphertext does not open with this key, or is for another account."""


def signature(token: str, *parts: str) -> str:
    """Return the hex SHA-1 that WeChat sends as `signature` or `msg_signature`."""
    # SHA-1 is the platform's choice; nothing but its messages rests on it.
    return sha1("".join(sorted((token, *parts))).encode(), usedforsecurity=False).hexdigest()


def is_signed(token: str, shown: str, *parts: str) -> bool:
    """Return whether `given` is the signature; never by an empty token."""
    return bool(token) and hmac.compare_digest(
        signature(token, *parts).encode(), shown.lower().encode("utf-8", "replace")
    )


def _key(encoding_aes_key: str) -> bytes:
    try:
        key = base64.b64decode(encoding_aes_key + "=", validate=True)
    except binascii.Error as error:
        raise CipherError("encoding_aes_key is no base64 of 43 characters") from error
    if len(key) != BLOCK:
        raise CipherError("encoding_aes_key is no base64 of 43 characters")
    return key


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(message: bytes, encoding_aes_key: str, app_id: str, random: bytes) -> str:
    """Return the base64 ciphertext; `random` are 16 bytes."""
    plain = random + len(message).to_bytes(LENGTH_BYTES, "big") + message + app_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(_key(encoding_aes_key)).encryptor()
    sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(ciphertext: str, encoding_aes_key: str, app_id: str) -> bytes:
    """Return the message; raises `CipherError`."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CipherError("the ciphertext is no base64") from error
    if not sealed or len(sealed) % 16:
        raise CipherError("the ciphertext is not whole blocks")
    decryptor = _cipher(_key(encoding_aes_key)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    padding = padded[-1]
    if not 1 <= padding <= BLOCK or len(padded) < padding + RANDOM_BYTES + LENGTH_BYTES:
        raise CipherError("wrong key: the padding does not fit")
    plain = padded[:-padding]
    start = RANDOM_BYTES + LENGTH_BYTES
    end = start + int.from_bytes(plain[RANDOM_BYTES:start], "big")
    if end > len(plain) or plain[end:] != app_id.encode():
        raise CipherError("wrong key, or a message for another account")
    return plain[start:end]

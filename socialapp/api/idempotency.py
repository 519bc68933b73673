"""Idempotency keys: a request that is sent again under the same key makes nothing new.

As in draft-ietf-httpapi-idempotency-key-header. A digest of what came with the key is stored beside it, so that a
different request under the same key is not mistaken for a repetition.
"""

import hashlib
import json
from collections.abc import Callable
from typing import TypeVar

KEY_LENGTH = 64

T = TypeVar("T")


class KeyUsedUp(Exception):
    """The key was used before, for something that cannot be the answer now."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


class KeyReused(KeyUsedUp):
    """This key came with something else before. Use a new key for a new request."""


class KeyOutlived(KeyUsedUp):
    """What was made under this key has been deleted. To make it again, use another key."""


def digest_of(*parts: object) -> str:
    """Return a digest of what came with a key."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def made_anyway(make: Callable[[str], T], key: str) -> T:
    """Return what `make` makes under a key, or under another key where that one is used up: people on pages mean it.

    The other key is derived from the first, so that a form that is sent twice still makes one thing.
    """
    while True:
        try:
            return make(key)
        except KeyUsedUp as used:
            key = digest_of(key, used.digest)


def check_repetition(*, known: str, digest: str, is_gone: bool) -> None:
    """Raise KeyReused or KeyOutlived unless this is a repetition. `known` is "" for rows older than digests."""
    if known and known != digest:
        raise KeyReused(digest)
    if is_gone:
        raise KeyOutlived(digest)

"""Idempotency keys: what is sent again under the same key is made once.

As in draft-ietf-httpapi-idempotency-key-header. What came with a key is kept as a digest beside it, so that nothing is
taken for a repetition that is not one.
"""

import hashlib
import json
from collections.abc import Callable
from typing import TypeVar

KEY_LENGTH = 64

T = TypeVar("T")


class KeyUsedUp(Exception):
    """Something was made under this key, and it is not what is sent now."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


class KeyReused(KeyUsedUp):
    """This key came with something else before. Send what is new under a key of its own."""


class KeyOutlived(KeyUsedUp):
    """What was made under this key was deleted since. To make it again, use another key."""


def digest_of(*parts: object) -> str:
    """Of what came with a key."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def made_anyway(make: Callable[[str], T], key: str) -> T:
    """What `make` makes under a key. Who sends it by a page means it: where the key is used up, another is taken.

    The same other one each time, so that what is sent twice is still made once.
    """
    while True:
        try:
            return make(key)
        except KeyUsedUp as used:
            key = digest_of(key, used.digest)


def check_repetition(*, known: str, digest: str, is_gone: bool) -> None:
    """Raises KeyReused and KeyOutlived. `known` is "" for what was made before digests were kept."""
    if known and known != digest:
        raise KeyReused(digest)
    if is_gone:
        raise KeyOutlived(digest)

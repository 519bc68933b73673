"""The keys that sign."""

import os
import secrets
from functools import cached_property
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.env.reading import Variables

SHORTEST_KEY, FEWEST_LETTERS = 50, 5  # what Django's security.W009 asks for


class Keys(Variables):
    """The secret key, and those before it."""

    @cached_property
    def secret_key(self) -> str:
        """From the environment, else from the data folder, where the first start makes it (0600)."""
        if key := os.environ.get("SOCIALAPP_SECRET_KEY"):
            return _key("SOCIALAPP_SECRET_KEY", key)
        path = self.data / "secret_key"
        try:
            return self._kept_key(path)
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"SOCIALAPP_DATA: the secret key cannot be kept in {path}: {error}. Name a folder that this user may "
                "write to, or set SOCIALAPP_SECRET_KEY."
            ) from error

    def keep_secret_key(self, key: str) -> None:
        """Have the key of a backup in the place of the one in the data folder."""
        _draft_of_key(self.data / "secret_key", key).replace(self.data / "secret_key")

    def _kept_key(self, path: Path) -> str:
        try:
            return path.read_text()
        except FileNotFoundError:
            self.data.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(64)
        # Written aside and linked: of two processes that start at once, one key wins, whole.
        draft = _draft_of_key(path, key)
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text()
        finally:
            draft.unlink()
        return key

    @cached_property
    def secret_key_fallbacks(self) -> list[str]:
        """Former keys: what was signed with them is valid as long as they are named here."""
        named = os.environ.get("SOCIALAPP_SECRET_KEY_FALLBACKS", "").replace(",", " ").split()
        return [_key("SOCIALAPP_SECRET_KEY_FALLBACKS", key) for key in named]


def _draft_of_key(path: Path, key: str) -> Path:
    draft = path.with_name(f"secret_key.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(key)
    return draft


def _key(variable: str, key: str) -> str:
    if not (key.isascii() and key.isprintable()) or len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS:
        raise ImproperlyConfigured(
            f"{variable} can be guessed: it must have {SHORTEST_KEY} characters or more, and not the "
            "same few again and again. Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'."
        )
    return key

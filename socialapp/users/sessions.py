"""Sessions stored under a digest of their key: they cannot be used by reading the table, or a backup of it."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from socialapp.users.models import Person


def stored_key(key: str) -> str:
    """The stored form of a session key: 160 of 256 bits, as many as the column has room for."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def is_hash_of(person: "Person", known: str) -> bool:
    """Whether a session that keeps this hash is open: the password was not changed since, nor all sessions ended."""
    hashes = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    return any(constant_time_compare(known, each) for each in hashes)


class SessionStore(db.SessionStore):
    """Django's store, with digests as keys of rows. Not for asynchronous use."""

    def _get_session_from_db(self) -> Session | None:
        key = stored_key(self.session_key or "")
        found = Session.objects.filter(session_key=key, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def cycle_key(self) -> None:
        """Give the session another key. The list of log-ins still has it as the same one."""
        from socialapp.users.models import LogIn  # which needs the table of sessions, and so this module

        before, values = self.session_key, dict(self.items())
        self.create()
        self._session_cache = values
        if before:
            LogIn.objects.filter(session=stored_key(before)).update(session=stored_key(self.session_key or ""))
            self.delete(before)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored_key(key))

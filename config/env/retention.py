"""How long data that is no longer in use is kept."""

import re
from datetime import timedelta
from functools import cached_property

from django.core.exceptions import ImproperlyConfigured

from config.env.reading import Variables

# The audit looks for the deliveries of the last FEWEST_DAYS (notifications/history/audit.py).
FEWEST_DAYS, MOST_DAYS = 7, 3_650


class Retention(Variables):
    """The age at which periodic tasks remove rows for good."""

    @cached_property
    def keep_deliveries(self) -> timedelta:
        """How long deliveries are kept after they ended."""
        return self._days("SOCIALAPP_KEEP_DELIVERIES_DAYS") or timedelta(days=30)

    @cached_property
    def keep_deleted_posts(self) -> timedelta:
        """How long posts are kept after their author deleted them; until then the author can restore them."""
        return self._days("SOCIALAPP_KEEP_DELETED_POSTS_DAYS") or timedelta(days=30)

    @cached_property
    def keep_versions(self) -> timedelta | None:
        """How long earlier texts of posts are kept after an edit; None is as long as the post."""
        return self._days("SOCIALAPP_KEEP_VERSIONS_DAYS")

    @cached_property
    def keep_evidence(self) -> timedelta:
        """How long evidence is kept after its case was closed."""
        return self._days("SOCIALAPP_KEEP_EVIDENCE_DAYS") or timedelta(days=90)

    @cached_property
    def keep_sessions(self) -> timedelta:
        """How long sessions are kept after the log-in."""
        return self._days("SOCIALAPP_KEEP_SESSIONS_DAYS") or timedelta(days=60)

    @cached_property
    def keep_left_accounts(self) -> timedelta:
        """How long accounts are kept, hidden, after their owners deleted them with a way back."""
        return self._days("SOCIALAPP_KEEP_LEFT_ACCOUNTS_DAYS", fewest=1) or timedelta(days=30)

    @cached_property
    def keep_exports(self) -> timedelta:
        """How long archives of people's own data are kept after they were ready."""
        return self._days("SOCIALAPP_KEEP_EXPORTS_DAYS", fewest=1) or timedelta(days=7)

    @cached_property
    def keep_imports(self) -> timedelta:
        """How long the lines of an imported file, and what became of each, are kept after the import was done."""
        return self._days("SOCIALAPP_KEEP_IMPORTS_DAYS", fewest=1) or timedelta(days=30)

    def _days(self, variable: str, fewest: int = FEWEST_DAYS) -> timedelta | None:
        value = self.named(variable)
        if value is None:
            return None
        if not (re.fullmatch("[0-9]{1,4}", value) and fewest <= int(value) <= MOST_DAYS):
            raise ImproperlyConfigured(f"{variable}: {value} must be a number of days from {fewest} to {MOST_DAYS}.")
        return timedelta(days=int(value))

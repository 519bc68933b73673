"""How often people may do what is limited (socialapp.limits.rates)."""

from datetime import timedelta
from functools import cached_property

from django.core.exceptions import ImproperlyConfigured

from config.env.reading import Variables
from socialapp.limits.rates import KINDS, OFF, Rates

# Each variable, and the kind that it limits.
LIMITED = {f"SOCIALAPP_LIMIT_{kind.upper()}": kind for kind in KINDS}
MOST_NEW_DAYS = 3_650


class Limits(Variables):
    """The rates of each kind, and how long an account is new."""

    @cached_property
    def limits(self) -> dict[str, Rates]:
        """The rates by kind, without those that are off."""
        if self.are_limits_off:
            return {}
        rates = {kind: self._rates(variable, KINDS[kind].rates) for variable, kind in LIMITED.items()}
        return {kind: found for kind, found in rates.items() if found}

    @cached_property
    def are_limits_off(self) -> bool:
        value = self.named("SOCIALAPP_LIMITS") or "on"
        if value not in {"on", OFF}:
            raise ImproperlyConfigured(f"SOCIALAPP_LIMITS: {value} must be on or off.")
        return value == OFF

    @cached_property
    def limits_new_for(self) -> timedelta:
        """How long an account is new, and has the stricter rates."""
        value = self.named("SOCIALAPP_LIMIT_NEW_DAYS") or "7"
        if not (value.isascii() and value.isdigit() and len(value) < 5 and int(value) <= MOST_NEW_DAYS):
            raise ImproperlyConfigured(
                f"SOCIALAPP_LIMIT_NEW_DAYS: {value} must be a number of days from 0 to {MOST_NEW_DAYS}."
            )
        return timedelta(days=int(value))

    def _rates(self, variable: str, otherwise: str) -> Rates | None:
        value = self.named(variable) or otherwise
        try:
            return Rates.of(value)
        except ValueError:
            raise ImproperlyConfigured(
                f"{variable}: {value} must look like 100/h (m, h and d are a minute, an hour and a day), or 100/h 20/h "
                "with a stricter rate for new accounts, or off."
            ) from None

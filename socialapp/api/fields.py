"""Fields of the API's bodies and queries. Each accepts what the schema says, and nothing larger than its limit.

DRF's own accept "7" for a number, 7 for a text and "yes" for true, and validate all elements of a list before its
length.
"""

import re
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from socialapp.api.pagination import BIGINT
from socialapp.text.cleaning import lines

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
# RFC 3339, 5.6.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


class TextField(serializers.CharField):
    """A string. Lone surrogates, which UTF-8 cannot encode, are refused; so is NUL, by CharField."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError as error:
            raise serializers.ValidationError(_("This text has half a character in it (a lone surrogate).")) from error
        return super().to_internal_value(data)


class BodyField(TextField):
    """A text of several lines. Its length is checked as it was sent, a line break counted once; then it is cleaned."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if not isinstance(data, str):
            return super().run_validation(data)
        if len(data.replace("\r\n", "\n")) > (self.max_length or 0):
            raise serializers.ValidationError(self.error_messages["max_length"].format(max_length=self.max_length))
        return super().run_validation(lines(data))


class Flag(serializers.BooleanField):
    """A boolean: true or false, nothing else."""

    def to_internal_value(self, data: Any) -> bool | None:  # type: ignore[override]
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Number(serializers.IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdField(Number):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BIGINT - 1, **options)


@extend_schema_field({"type": "string", "pattern": _CLOCK, "example": "22:00"})
class ClockField(serializers.TimeField):
    """A local time of day without a zone, such as "22:00". (`format: time` of JSON Schema would ask for a zone.)"""

    def to_internal_value(self, value: Any) -> Any:
        if not (isinstance(value, str) and re.fullmatch(_CLOCK[1:-1], value)):
            self.fail("invalid", format="hh:mm[:ss]")
        return super().to_internal_value(value)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.DateTimeField):
    """A date and time with its offset from UTC, by RFC 3339."""

    def to_internal_value(self, value: Any) -> Any:
        if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        return super().to_internal_value(value)


class ShortList(serializers.ListField):
    """A list whose length is checked before its elements."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, Collection) and len(data) > (self.max_length or 0):
            self.fail("max_length", max_length=self.max_length)
        values: list[Any] = super().to_internal_value(data)
        return values

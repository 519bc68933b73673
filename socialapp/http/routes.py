"""How routes are written. `<id:post_id>` in a path is a row's id, and never one that PostgreSQL cannot hold."""

from django.urls import register_converter


class IdConverter:
    """Decimal digits that fit a bigint; anything else is a 404."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")

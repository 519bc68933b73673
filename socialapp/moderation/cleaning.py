"""Clean what people write before it is stored."""

from django.db.models import Model


def clean(row: Model, *names: str) -> None:
    """Clean and validate these fields of a new row. Raises ValidationError."""
    row.clean_fields(exclude=[field.name for field in row._meta.fields if field.name not in names])

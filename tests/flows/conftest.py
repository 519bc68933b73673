"""Flows run against the whole product, as `bin/up` starts it, in processes of its own."""

from collections.abc import Iterator

import pytest

from tests.flows.traces import trace
from tests.notifications.fakes import other
from tests.product import Product, running_product

__all__ = ["other", "product", "trace"]


@pytest.fixture
def product() -> Iterator[Product]:
    """Healthy and empty."""
    with running_product("--no-demo", "--workers", "2") as running:
        yield running

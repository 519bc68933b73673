"""One running product for the attacks that need real servers."""

from collections.abc import Iterator

import pytest

from tests.product import Product, running_product


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """One of its own, with the demo's people."""
    with running_product() as running:
        yield running

"""Each test begins without files of exports: those of the test before have no rows any more."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import storages


@pytest.fixture(autouse=True)
def no_exports() -> Iterator[None]:
    """An empty storage."""
    yield
    shutil.rmtree(Path(storages["exports"].location), ignore_errors=True)  # type: ignore[attr-defined]

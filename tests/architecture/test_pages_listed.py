"""No page is forgotten by the tests that look at every page."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.every_page import NO_PAGES, PAGES

ELSEWHERE = ("admin/", "api/")  # Django's own pages, and the API's


def addresses(resolver: URLResolver, route: str = "", space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each named address below a resolver, with its namespace."""
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern) and pattern.name:
            yield space + pattern.name, pattern
        elif isinstance(pattern, URLResolver) and not here.startswith(ELSEWHERE):
            yield from addresses(pattern, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def answers_to_get(pattern: URLPattern) -> bool:
    """Does it refuse GET before it looks at anything else?"""
    nothing: dict[str, Any] = dict.fromkeys(pattern.pattern.converters, 1)
    try:
        return bool(pattern.callback(RequestFactory().get("/"), **nothing).status_code != 405)
    except Exception:  # noqa: BLE001  it went on, with a request that has nothing in it
        return True


@pytest.mark.filterwarnings("ignore")
def test_each_page_is_listed_or_says_why_not() -> None:
    found = {name for name, pattern in addresses(get_resolver()) if answers_to_get(pattern)}
    assert found == {page.name for page in PAGES} | set(NO_PAGES)

"""Which words of a text lead somewhere, and that the page and the tables agree on it."""

import re

import pytest

from socialapp.users.templatetags.people import prose
from socialapp.users.words import as_tag, names_in, tags_in

TAGS = [
    ("#fog", ["fog"]),
    ("#Fog and #fog and #FOG", ["fog"]),
    ("(#fog), #bread! “#rye”", ["fog", "bread", "rye"]),
    ("#Brötchen #हिन्दी #日本語 #می‌خواهم", ["brötchen", "हिन्दी", "日本語", "می‌خواهم"]),
    ("#e\u0301t\u00e9", ["\u00e9t\u00e9"]),
    ("#2026 #1 #_", []),
    ("#1st #a_b_1", ["1st", "a_b_1"]),
    ("a#b #a#b ##c &#39; &#x27; x.#d", []),
    ("https://fog.example/#fog", []),
    ("#" + "x" * 50, ["x" * 50]),
    ("#" + "x" * 51, []),
    ("'#fog' <#rye>", ["fog", "rye"]),
]
NAMES = [
    ("@ada", ["ada"]),
    ("@Ada, @ADA and @bob.", ["ada", "bob"]),
    ("ada@example.org https://fog.example/@ada @ada@fog.example", []),
    ("(@ada) '@bob' <@charlie>", ["ada", "bob", "charlie"]),
    ("@" + "x" * 31, []),
    (" ".join(f"@p{n}" for n in range(12)), [f"p{n}" for n in range(10)]),
]


@pytest.mark.parametrize(("text", "tags"), TAGS)
def test_hashtags_are_found_and_linked(text: str, tags: list[str]) -> None:
    assert tags_in(text) == tags
    linked = re.findall(r'<a href="/tags/[^"]+/">#([^<]+)</a>', prose(text))
    assert list(dict.fromkeys(as_tag(tag) for tag in linked)) == tags


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_names_are_found_and_linked(text: str, names: list[str]) -> None:
    assert names_in(text) == names
    linked = re.findall(r'<a href="/@(\w+)/">@', prose(text))
    assert list(dict.fromkeys(linked))[:10] == names


def test_all_else_stays_text() -> None:
    assert prose("<b>#fog</b> & 'x'") == '&lt;b&gt;<a href="/tags/fog/">#fog</a>&lt;/b&gt; &amp; &#x27;x&#x27;'
    assert 'href="/tags/%C3%A9t%C3%A9/"' in prose("#Été")

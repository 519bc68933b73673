"""Which words of a text lead somewhere, and that the page and the tables agree on it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialapp.users.models import Person
from socialapp.users.operations import suspend
from socialapp.users.templatetags.people import prose
from socialapp.users.text_entities import all_names_in, as_tag, is_tag, names_in, tags_in
from tests.elements import Element, elements

TAGS = [
    ("#fog", ["fog"]),
    ("#Fog and #fog and #FOG", ["fog"]),
    ("(#fog), #bread! “#rye”", ["fog", "bread", "rye"]),
    ("#Brötchen #हिन्दी #日本語 #می‌خواهم", ["brötchen", "हिन्दी", "日本語", "میخواهم"]),
    ("#e\u0301t\u00e9", ["\u00e9t\u00e9"]),
    ("#2026 #1 #_", []),
    ("#1st #a_b_1", ["1st", "a_b_1"]),
    ("a#b ##c &#39; &#x27; x.#d", []),
    ("#one#two #один#два", ["one", "two", "один", "два"]),
    (".#tag -#rye /#fog ＃タグ 今日は#晴れ", ["tag", "rye", "fog", "タグ", "晴れ"]),
    ("#İstanbul #istanbul #ISTANBUL #Iğdır #IĞDIR", ["istanbul", "iğdir"]),
    ("#Straße #STRASSE #οδος #ΟΔΟΣ #ＡＢＣ #abc #ﬁn", ["strasse", "οδοσ", "abc", "fin"]),
    ("#català #catala", ["català", "catala"]),
    (
        "#il·lusió #スター・ウォーズ #ｽﾀｰ･ｳｫｰｽﾞ #トロピカル～ジュ #トロピカル〜ジュ",
        ["il·lusió", "スター・ウォーズ", "トロピカル〜ジュ"],
    ),
    ("#fog· #fog・#rye～ #话题#", ["fog", "rye", "话题"]),
    ("#c++ #C++, #c+++ #a+b #notepad++.", ["c++", "c", "a", "notepad++"]),
    ("#fog\u200b #fog\ufe0f #fog\u200d", ["fog"]),
    ("#ﷺ #" + "ß" * 50, ["ss" * 50]),
    ("#ﬁ #fi #ﬃ #ﬆ #ǆ #Ⅷ #㎏", ["fi", "ffi", "st", "dž", "viii"]),
    ("#x\u00ad #x\u00ad.", ["x"]),
    ("#Wolken\u00adkratzer #wolkenkratzer #\u00adfog", ["wolkenkratzer", "fog"]),
    ("#می\u200cخواهم #میخواهم", ["میخواهم"]),
    ("#क्\u200dष #क्ष #क्\u200cष #हिन्दी\u200d", ["क्ष", "हिन्दी"]),
    ("#ශ්\u200dරී_ලංකා #ශ්රී_ලංකා", ["ශ්රී_ලංකා"]),
    ("#അവന്\u200d! #ক্\u200dষ", ["അവന്", "ক্ষ"]),
    ("#葛\U000e0100飾 #葛飾 #ᠮᠣᠩ\u180bᠭᠣᠯ", ["葛飾", "ᠮᠣᠩᠭᠣᠯ"]),
    ("#fo\u2060g #f\u034fog #f\ufe0fog #fog\u200e #fog\u200f #f\ufeffog #fog\U000e0067", ["fog"]),
    ("#fog\u200bbank", ["fog"]),
    (
        "#fog👨\u200d👩\u200d👧 👨\u200d👩\u200d👧#rye #❤\ufe0f #👩\u200d🚀 🏳\ufe0f\u200d🌈\u200d#tea",
        ["fog", "rye", "tea"],
    ),
    ("#\ufe0f\u20e3fog #\u20e3fog #\u00ad #\u200d\ufe0f", []),
    ("https://fog.example/a。#fog", ["fog"]),
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
    ("@viktorさん @bobの投稿 @ada님 你好@eve，안녕@mia", ["viktor", "bob", "ada", "eve", "mia"]),
    (".@viktor -@bob ;@ada /@eve ＠mia ש-@lea …@tom", ["viktor", "bob", "ada", "eve", "mia", "lea", "tom"]),
    ("a.@viktor a-@bob b=@ada 1&@eve x/@mia é@lea user＠tom", []),
    ("@viktoré", ["viktor"]),  # usernames are ASCII, so it ends there
    ("@jose\u0301 josé@ada.example @ada@fog.example", []),
    ("https://fog.example/a、@ada", ["ada"]),
]


@pytest.mark.parametrize(("text", "tags"), TAGS)
def test_hashtags_are_found_and_linked(text: str, tags: list[str]) -> None:
    assert tags_in(text) == tags
    linked = [link.text[1:] for link in links(prose(text), "/tags/")]
    assert list(dict.fromkeys(as_tag(tag) for tag in linked)) == tags


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_names_are_found_and_linked(text: str, names: list[str]) -> None:
    assert names_in(text) == names
    linked = [str(link.attributes["href"]).strip("/@") for link in links(prose(text, all_names_in(text)), "/@")]
    assert list(dict.fromkeys(linked))[:10] == names


def links(html: str, to: str) -> list[Element]:
    """Those whose address begins so, and whose text begins with a sign in any width."""
    found = [link for link in elements(html, "a") if str(link.attributes["href"]).startswith(to)]
    assert {link.text[0] for link in found} <= set("#＃@＠")
    return found


def test_all_else_stays_text() -> None:
    assert prose("<b>#fog</b> & 'x'") == '&lt;b&gt;<a href="/tags/fog/">#fog</a>&lt;/b&gt; &amp; &#x27;x&#x27;'
    assert 'href="/tags/%C3%A9t%C3%A9/"' in prose("#Été")


@given(st.text(max_size=60))
def test_a_tag_is_stored_in_one_way(word: str) -> None:
    assert as_tag(as_tag(word)) == as_tag(word)


@given(st.text(max_size=60), st.text(max_size=20))
def test_every_tag_found_is_one(before: str, word: str) -> None:
    assert all(is_tag(name) and as_tag(name) == name for name in tags_in(f"{before}#{word}"))


def test_a_mention_of_nobody_is_text(ada: Person, bob: Person, django_assert_num_queries: Any) -> None:
    suspend(person=bob, reason="spam")
    text = "@ada @bob @nobody_ @media (min-width: 1px) {}"
    with django_assert_num_queries(1):
        assert re.findall(r"<a[^>]*>([^<]*)</a>", prose(text)) == ["@ada"]
    with django_assert_num_queries(0):
        assert prose("Nobody is here: #fog").count("<a") == 1

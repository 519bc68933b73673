"""Where links begin and end, that they lead where people typed, and that nobody is misled by what they look like."""

import html
import string
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socialapp.text.links import SHOWN_LENGTH, links_in
from socialapp.users.templatetags.people import prose

BAR = "https://foo.example/bar"
WRAPPED = [
    *(
        "“{}”",
        "«{}»",
        "»{}«",
        "„{}“",
        "‘{}’",
        "‹{}›",
        '"{}"',
        "'{}'",
        "({})",
        "[{}]",
        "{{{}}}",
        "<{}>",
        "`{}`",
        "``{}``",
    ),
    *(
        "（{}）",
        "「{}」",
        "『{}』",
        "【{}】",
        "《{}》",
        "〈{}〉",
        "［{}］",
        "｛{}｝",
        "〔{}〕",
        "*{}*",
        "**{}**",
        "_{}_",
        "__{}__",
    ),
    *(
        "~~{}~~",
        "|{}|",
        "[text]({})",
        "[text]({}).",
        "![{}]",
        "これは{} です",
        "リンク：{}",
        "Quelle:{}",
        "Ссылка:{}",
        "см.{}",
    ),
    *(
        "{}。次の文",
        "{}、次",
        "{}，然后",
        "{}！",
        "{}？",
        "{}؟",
        "{}، ثم",
        "{}।",
        "{}’s",
        "{}'s",
        "{}… more",
        "{}—and so on",
    ),
    *(
        "{}.",
        "{},",
        "{}:",
        "{};",
        "{}!",
        "{}?",
        "{}?!",
        "{}...",
        "{}).",
        "({}).",
        "(see {}).",
        "(see {})—or",
        "({})and",
    ),
    *("{}\nnext", "{}\u00a0next", "{}\u3000次", "{}\u200b", "{}\u202e", "{}”。", "{}<br>", "→ {}"),
]
WHOLE = [
    "https://shop.example/list?page=2&section=news&region=eu&currency=EUR",
    *(
        f"https://x.example/?a=b&{name}=1"
        for name in ("copy", "amp", "lt", "notify", "times", "para", "yen", "deg", "shy")
    ),
    "https://x.example/?a=1&amp;b=2",
    "https://x.example/#!/a?b=c&section=1",
    "https://en.example/wiki/C%23_(programming_language)",
    "https://en.example/wiki/Virginia_Woolf%3F",
    "https://git.example/group%2Fproject",
    "https://x.example/#:~:text=foo%2C-",
    *(
        f"https://x.example/{rest}"
        for rest in ("?flag", "?c;d", "?a&&b", "?u=https%253A%252F%252Fy.example", "?q=%E4", "%E4%T6")
    ),
    "https://x.example/a'b",
    "https://x.example/a)b",
    "https://x.example/?c='x'",
    "https://x.example/!$&'()*+,;=:@-._~/x",
    "https://🦊.example/",
    "https://x.example:8443/a//b/../c",
    "https://[2001:db8::1]:80/x",
    "http://localhost",
    "HTTP://X.example/A",
    "https://de.example/wiki/Ångström",
    "https://ja.example/wiki/ハリー・ポッター",
    "https://en.example/wiki/Michelson–Morley",
    "https://fa.example/wiki/می‌خواهم",
]


class _Links(HTMLParser):
    """The addresses and texts of a page's links, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self.tags: set[str] = set()
        self._inside = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append((dict(attrs)["href"] or "", ""))
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "a"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside:
            href, text = self.links[-1]
            self.links[-1] = href, text + data


@pytest.mark.parametrize("surroundings", WRAPPED)
def test_what_surrounds_a_link_does_not_belong_to_it(surroundings: str) -> None:
    text = surroundings.format(BAR)
    page = _Links(prose(text, ()))
    assert page.links == [(BAR, BAR)]
    assert page.text == text


@pytest.mark.parametrize("address", WHOLE)
def test_a_link_leads_to_what_was_typed(address: str) -> None:
    expected = address.replace("%T6", "%25T6")  # which is no escape
    assert [href for href, _ in _Links(prose(f"See {address} and more", ())).links] == [expected]


_PCT = st.integers(0, 255).map(lambda byte: f"%{byte:02X}")
_UNRESERVED = string.ascii_letters + string.digits + "-._~"
_IRI = st.characters(categories=("Ll", "Lu", "Lo", "Nd"), min_codepoint=0xA0)


def _part(more: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(_UNRESERVED + "!$&'()*+,;=:@" + more) | _PCT | _IRI, max_size=30).map("".join)


_HOST = st.lists(st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=9), min_size=1, max_size=4).map(
    ".".join
)
_URI = st.builds(
    "{}://{}{}{}{}{}".format,
    st.sampled_from(["http", "https"]),
    _HOST,
    st.sampled_from(["", ":80"]),
    _part("/").map(lambda path: f"/{path}"),
    st.just("") | _part("/?").map(lambda query: f"?{query}"),
    st.just("") | _part("/?").map(lambda fragment: f"#{fragment}"),
    # Its end is a letter: of a mark, one cannot know to which of the two it belongs.
).map(lambda uri: f"{uri}x")
_AROUND = st.sampled_from(
    [
        ("", ""),
        ("“", "”"),
        ("«", "»"),
        ("「", "」"),
        ("（", "）"),
        ("<", ">"),
        ('"', '"'),
        ("`", "`"),
        ("*", "*"),
        ("_", "_"),
        ("これは", "。次"),
        ("：", "、"),
        ("Quelle:", "… more"),
        ("\n", "\n"),
        ("'", "'"),
        ("#fog ", " @ada"),
        ("", "?!"),
        ("", "’s"),
    ]
)


@given(_URI, _AROUND)
@example("http://a/'x", ("'", "'"))
def test_a_valid_address_is_linked_character_by_character(uri: str, around: tuple[str, str]) -> None:
    page = _Links(prose(around[0] + uri + around[1], ()))
    assert [href for href, _ in page.links if not href.startswith("/tags/")] == [uri]


@given(_URI)
def test_an_address_in_brackets_is_linked_when_its_own_are_paired(uri: str) -> None:
    uri = uri.replace("(", "").replace(")", "")
    for text in (f"({uri})", f"[here]({uri}), and more", f"(see {uri}/a_(b))"):
        href = uri + ("/a_(b)" if "see" in text else "")
        assert [link.text for link in links_in(text)] == [href]


_HOSTILE = st.sampled_from([*"<>\"'&;=#@/:.?()[] \n\u202e\u2028ahtps😀日", "https://", "javascript:", "&lt;", "&#39;"])


@given(st.lists(_HOSTILE | st.characters(), max_size=40).map("".join))
def test_whatever_is_typed_stays_text(text: str) -> None:
    page = _Links(prose(text, ()))
    assert page.tags <= {"a", "wbr"}
    assert all(href.lower().startswith(("http://", "https://", "/tags/")) for href, _ in page.links)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "JAVASCRIPT://x.example/%0aalert(1)",
        "vbscript:x",
        "ftp://x.example/",
        "//x.example/",
    ],
)
def test_only_addresses_of_the_web_are_links(text: str) -> None:
    assert prose(text, ()) == html.escape(text)


@pytest.mark.parametrize(
    "text",
    [
        "www.example.com",
        "example.com",
        "ada@example.com",
        "xhttps://x.example/",
        "https://",
        "https:///x",
        "https://.",
        "https://?x",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert "<a" not in prose(text, ())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://example.org@evil.example/", "http://evil.example/"),
        ("https://example.org:443@evil.example/@x", "https://evil.example/@x"),
        ("https://www.аррӏе.com/", "https://www.xn--80ak6aa92e.com/"),
        ("https://pаypal.com/", "https://xn--pypal-4ve.com/"),
        ("https://εхamрle.org/", "https://xn--amle-kmd05f6a.org/"),
        ("https://paypal.com∕login.evil.example/", "https://paypal.xn--comlogin-0f7d.evil.example/"),
        ("https://paypal\u200d.com/", "https://xn--paypal-uf0c.com/"),
        ("https://ΑΒΕ.com/", "https://αβε.com/"),
        ("https://ｅxample.com/", "https://example.com/"),
        ("https://müller.example/", "https://müller.example/"),
        ("https://例え.テスト/", "https://例え.テスト/"),
        ("https://пример.рф/", "https://пример.рф/"),
        ("https://оса.рф/", "https://оса.рф/"),
        ("https://i❤️.example/", "https://i❤️.example/"),
        ("https://xn--mller-kva.example/", "https://xn--mller-kva.example/"),
    ],
)
def test_no_link_feigns_another_host(address: str, shown: str) -> None:
    assert _Links(prose(address, ())).links == [(address, shown)]


def test_long_addresses_are_shown_short_and_lead_where_they_should() -> None:
    address = "https://x.example/" + "é" * 200
    ((href, shown),) = _Links(prose(address, ())).links
    assert href == address
    assert shown == address[: SHOWN_LENGTH - 1] + "…"

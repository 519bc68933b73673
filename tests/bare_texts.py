"""Finds the texts for people that nobody could translate: words of a template outside of its tags, literals in Python."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

# What is the same in every language.
NAMES = {"socialapp", "api", "utc", "ms", "outbox", "postgresql", "msg"}
FOR_PEOPLE = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "content", "summary"}
# Tags whose literals are names of things.
TECHNICAL = {"load", "extends", "static", "url", "styles", "icon", "block", "cycle", "translate", "templatetag"}
_WORD = re.compile(r"[^\W\d_]{2,}")
_LITERAL = re.compile(r'(?<!_\()"([^"]*)"')
_SPOKEN = re.compile(r"^[A-Z][a-z]+|[a-z]{2,} [a-z]{2,}")
_OWN_DATE = re.compile(r'\|date:"([^"]*)"')
_DATE_FORMATS = re.compile(r"[A-Z_]+_FORMAT|c|U|H:i|H:i:s")


class _Reader(HTMLParser):
    """What a person sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in {"script", "style"}
        if tag == "meta" and ("name", "description") not in attrs:
            return
        for name, value in attrs:
            if value and (name in FOR_PEOPLE or (name.startswith("data-") and _SPOKEN.search(value))):
                self.texts.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def spoken(html: str) -> list[str]:
    """Each text of a page that people see or hear, without the space around it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [text for text in (" ".join(text.split()) for text in reader.texts) if text]


def of_template(source: str) -> list[str]:
    """Texts outside of translate and blocktranslate, literals in tags, and dates spelled out in one language's order."""
    left, found, inside = [], [], ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(None, 1)[0] if token.contents else ""
        if inside:
            inside = "" if name == f"end{inside}" and token.token_type == TokenType.BLOCK else inside
        elif token.token_type == TokenType.TEXT:
            left.append(token.contents)
        elif token.token_type == TokenType.BLOCK and name in {"blocktranslate", "comment"}:
            inside = name
            found += _in_tag(token.contents)
        elif token.token_type != TokenType.COMMENT:
            left.append("\0")
            found += _in_tag(token.contents)
    texts = [text for text in spoken("".join(left)) if _is_spoken(text)]
    return [text.replace("\0", "…") for text in texts] + found


def _in_tag(contents: str) -> list[str]:
    own_dates = [form for form in _OWN_DATE.findall(contents) if not _DATE_FORMATS.fullmatch(form)]
    if contents.split(None, 1)[0] in TECHNICAL:
        return own_dates
    return own_dates + [text for text in _LITERAL.findall(contents) if _SPOKEN.search(text) and _is_spoken(text)]


def _is_spoken(text: str) -> bool:
    return any(word.lower() not in NAMES for word in _WORD.findall(text))


# --- Python: arguments that people are shown ---

_FIRST = {"ValidationError", "PermissionDenied", "ParseError", "NotFound", "AuthenticationFailed", "Step", "Story"}
_SECOND = {"success", "error", "info", "warning", "say_with_undo", "RegexValidator", "Step"}
_NAMED = {"label", "help_text", "description", "placeholder", "required", "search_help_text", "default_detail"}


def of_python(source: str) -> list[str]:
    """Literals that are shown to people as they stand."""
    return [text for node in ast.walk(ast.parse(source)) for text in _shown(node)]


def _shown(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if getattr(owner, "id", "") == "logger" or name.startswith("OpenApi"):
            return
        for index, argument in enumerate(node.args[:2]):
            if name in (_FIRST, _SECOND)[index]:
                yield from _literals(argument)
        for keyword in node.keywords:
            if keyword.arg in _NAMED:
                yield from _literals(keyword.value)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _NAMED:
                yield from _literals(value)
    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _NAMED:
        yield from _literals(node.value)


def _literals(node: ast.AST) -> Iterator[str]:
    """Itself, or in a list, a dict or an f-string; not what is handed to a function, which may be gettext."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SPOKEN.search(node.value):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "…".join(part.value for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.IfExp):
        parts = (
            node.values
            if isinstance(node, ast.Dict)
            else node.elts
            if not isinstance(node, ast.IfExp)
            else [node.body, node.orelse]
        )
        for part in parts:
            yield from _literals(part)


def of_file(path: Path) -> list[str]:
    """Whichever it is."""
    source = path.read_text()
    if path.suffix == ".py":
        return of_python(source)
    return of_template(source) if path.suffix != ".js" else []

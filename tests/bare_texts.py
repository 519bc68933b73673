"""Finds the texts for people that nobody could translate: words outside of a template's tags, literals in Python."""

import ast
import re
from collections.abc import Set
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

# What is the same in every language.
NAMES = {"socialapp", "api", "utc", "ms", "outbox", "postgresql", "msg"}
FOR_PEOPLE = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "content", "summary"}
# Tags whose literals are names of things.
TECHNICAL = {"load", "extends", "static", "url", "styles", "icon", "block", "cycle", "translate", "templatetag"}
_WORD = re.compile(r"[^\W\d_]{2,}")
# Neither is a `class` or a `style`, which a tag may be given as HTML has them.
_LITERAL = re.compile(r'(?<!_\()(?<!class=)(?<!style=)"([^"]*)"')
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
    """Texts outside of (block)translate, literals in tags, and dates spelled out in the order of one language."""
    left, found, inside = [], [], ""
    for token in Lexer(source).tokenize():
        name = (token.contents.split(None, 1) or [""])[0]
        if inside:
            inside = "" if name == f"end{inside}" and token.token_type == TokenType.BLOCK else inside
        elif token.token_type == TokenType.TEXT:
            left.append(token.contents)
        elif token.token_type == TokenType.BLOCK and name in {"blocktranslate", "comment"}:
            inside = name
            found += _in_tag(token.contents)
        elif token.token_type != TokenType.COMMENT:
            left.append("\0" if token.token_type == TokenType.VAR else "")
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


# --- Python: what is shown to people as it stands ---

# Functions whose first or second argument is shown; and names of arguments, keys and attributes that are.
_FIRST = {"ValidationError", "PermissionDenied", "ParseError", "NotFound", "AuthenticationFailed", "Story"}
_SECOND = {"success", "error", "info", "warning", "flash_with_undo", "RegexValidator", "Step"}
_NAMED = {"label", "help_text", "description", "placeholder", "required", "search_help_text", "default_detail"}


def of_python(source: str, named: Set[str] = _NAMED) -> list[str]:
    """Literals in the places where texts for people stand."""
    shown = [shown for node in ast.walk(ast.parse(source)) for shown in _shown(node, named)]
    return [text for node in shown for text in _literals(node) if _is_spoken(text)]


def _shown(node: ast.AST, named: Set[str]) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        return _of_call(node, named)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value in named]
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in named:
        return [node.value]
    return []


def _of_call(call: ast.Call, named: Set[str]) -> list[ast.expr]:
    owner, name = "", getattr(call.func, "id", "")
    if isinstance(call.func, ast.Attribute):
        owner, name = getattr(call.func.value, "id", ""), call.func.attr
    # Logs, commands and the API's description are English.
    if owner in {"logger", "argparse"} or name.startswith("OpenApi"):
        return []
    shown = [argument for argument, names in zip(call.args, (_FIRST, _SECOND), strict=False) if name in names]
    return shown + [keyword.value for keyword in call.keywords if keyword.arg in named]


def _literals(node: ast.expr) -> list[str]:
    """Itself, or inside of a list, a dict, an f-string; not what is handed to a function, which may be gettext."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return ["…".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))]
    inside: list[ast.expr] = [*getattr(node, "elts", []), *getattr(node, "values", [])]
    if isinstance(node, ast.IfExp):
        inside = [node.body, node.orelse]
    return [text for part in inside for text in _literals(part)]


def of_file(path: Path) -> list[str]:
    """Whichever it is."""
    source = path.read_text()
    if path.suffix == ".py":
        # What help the API's fields give is its description, which is English.
        return of_python(
            source, _NAMED - {"help_text"} if path.name.endswith("api.py") or "api" in path.parts else _NAMED
        )
    return of_template(source) if path.suffix != ".js" else []

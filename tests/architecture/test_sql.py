"""SQL in strings: how much of it there is, where it lives, and that no statement is made of the text of another."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from config.env import CHECKOUT

PRODUCT = ("bin", "config", "socialapp", "reactions", "notifications")
# Lines of literals that look like SQL; 20 of them ask PostgreSQL of itself, for backup, doctor, replica and migrations.
# It may only fall: the ORM is the rule, and a hot statement the exception. (14 are of limits, 69 of follow requests, 30
# of whom a post is for, 14 of request ids and of what audits name, 10 of moderation, 14 of mutes in feeds,
# 12 of strangers, 6 of who may reply, 2 of the silenced,
# 11 of what may be spam.)
LINES = 1562
LONG = 3  # lines; a longer statement lives in a file called sql.py, or in a package of that name
ELSEWHERE = {
    "config/management/commands/restored.py": "PostgreSQL's own sequences, after a restore",
    "socialapp/database.py": "PostgreSQL's own settings and sessions",
    "socialapp/posts/ids.py": "a function of the first migration, beside the Python that computes the same",
    "socialapp/text/folding.py": "two functions of a migration, beside the Python that computes the same",
}
_LOOKS_LIKE_SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|EXISTS \(|JOIN|WHERE|CASE WHEN|WITH|ON CONFLICT|IS NULL)"
    r"(?!\w)"
)


def test_sql_in_strings_does_not_grow() -> None:
    lines = {path: sum(_lines_of(node) for node in _sql_in(path)) for path in _modules()}
    assert sum(lines.values()) <= LINES, {str(path): count for path, count in lines.items() if count}


def test_a_long_statement_lives_in_a_file_called_sql() -> None:
    found = {
        str(path)
        for path in _modules()
        if "sql" not in {path.stem, path.parent.name} and any(_lines_of(node) > LONG for node in _sql_in(path))
    }
    assert found - set(ELSEWHERE) == set()


def test_no_statement_is_a_template_of_a_template() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in _modules()
        for node in _sql_in(path)
        if isinstance(node, ast.JoinedStr) and any(re.search(r"\{\w+\}", part) for part in _parts(node))
    ]
    assert found == []


def test_each_rule_about_who_may_be_seen_is_written_once() -> None:
    rule = re.compile(r"(deleted_at|hidden_at|suspended_at) IS NULL AND \S*(deleted_at|hidden_at|suspended_at) IS NULL")
    found = [path for path in _modules() for node in _sql_in(path) if rule.search(_text(node).replace("{}.", ""))]
    assert {str(path) for path in found} == {"socialapp/sql.py"}
    paths = re.compile(r"\w__(hidden_at|suspended_at)=None")
    assert not [str(path) for path in _modules() if paths.search((CHECKOUT / path).read_text())]


def _modules() -> list[Path]:
    found = (path.relative_to(CHECKOUT) for folder in PRODUCT for path in (CHECKOUT / folder).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def _sql_in(path: Path) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Literals that look like SQL, each once: those inside of an f-string are parts of it."""
    tree = ast.parse((CHECKOUT / path).read_text())
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in passed_over or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        if _LOOKS_LIKE_SQL.search(_text(node)):
            yield node


def _parts(node: ast.JoinedStr) -> list[str]:
    return [part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node.value, str) else ""


def _lines_of(node: ast.Constant | ast.JoinedStr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1

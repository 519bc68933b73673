"""`bin/translations`: brings the catalogue up to date with the sources and compiles it; `--check` only looks.

Templates go through Django's own `templatize`, which is what makemessages gives to
xgettext; Babel reads that and Python. So no gettext tools are needed, on any machine.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.env import CHECKOUT

SOURCES = ("config", "socialapp", "reactions", "notifications")
LOCALES = CHECKOUT / "config" / "locale"
# The source texts are English; each other language is a folder here.
LANGUAGES = sorted(path.name for path in LOCALES.iterdir() if path.is_dir())
KEYWORDS: dict[str, Any] = {
    name: spec
    for base, spec in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for name in (base, f"{base}_lazy", f"{base}_noop")
} | {"_": None}
TEMPLATES = {".html", ".txt", ".js"}


def sources() -> list[Path]:
    """Python and templates of ours; scripts in static/ have no texts."""
    found = [path for source in SOURCES for path in (CHECKOUT / source).rglob("*")]
    return sorted(path for path in found if path.suffix == ".py" or is_template(path))


def is_template(path: Path) -> bool:
    """Of ours."""
    return path.suffix in TEMPLATES and "templates" in path.parts


def extracted() -> Catalog:
    """Each text of the sources, with the files it stands in."""
    catalogue = Catalog(charset="utf-8")
    for path in sources():
        name = path.relative_to(CHECKOUT).as_posix()
        for text, context, comments in texts_of(path):
            python = any("%(" in part for part in parts(text))
            catalogue.add(
                text, locations=[(name, 0)], auto_comments=comments, context=context,
                flags={"python-format"} if python else set(),
            )  # fmt: skip
    return catalogue


def texts_of(path: Path) -> Iterator[tuple[Any, str | None, list[str]]]:
    """(text, or singular and plural; context; comments for translators)."""
    source = path.read_text()
    if is_template(path):
        # As Python, for Babel: without the indentation of HTML.
        source = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).splitlines())
    found: Any = extract_python(io.BytesIO(source.encode()), KEYWORDS, ["Translators"], {"encoding": "utf-8"})
    for _line, function, arguments, comments in found:
        said = list(arguments) if isinstance(arguments, tuple) else [arguments]
        context = said.pop(0) if "pgettext" in function else None
        count = 2 if function.startswith(("ngettext", "npgettext")) else 1
        said = said[:count]
        if all(said):
            yield (said[0] if count == 1 else tuple(said)), context, comments


def catalogue_of(language: str) -> Catalog:
    """As it lies in the checkout; an empty one for a new language."""
    path = po(language)
    if not path.exists():
        return Catalog(locale=language, project="socialapp", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def merged(language: str) -> Catalog:
    """The same with each text of the sources, new ones untranslated, and none that is gone."""
    catalogue = catalogue_of(language)
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """Without line numbers, which would change with every edit."""
    out = io.BytesIO()
    write_po(out, catalogue, width=120, include_lineno=False, sort_by_file=True)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """What Django reads."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def po(language: str) -> Path:
    """The catalogue that people edit."""
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def mo(language: str) -> Path:
    """Its compiled form."""
    return po(language).with_suffix(".mo")


def faults(catalogue: Catalog) -> list[str]:
    """Texts without a translation, doubtful ones, and those whose placeholders differ."""
    return [fault for message in catalogue if message.id for fault in _faults(message)]


def _faults(message: Message) -> Iterator[str]:
    name = parts(message.id)[0]
    translated = parts(message.string)
    if not all(translated):
        yield f"untranslated: {name}"
        return
    if message.fuzzy:
        yield f"fuzzy: {name}"
    wanted = {place for part in parts(message.id) for place in _placeholders(part)}
    # A singular may say "one" for its number.
    for number, part in enumerate(translated):
        missing = wanted - _placeholders(part) - ({"n", "count"} if number == 0 and message.pluralizable else set())
        if missing or _placeholders(part) - wanted:
            yield f"placeholders differ: {name}"


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text))


def parts(text: Any) -> list[str]:
    """A text, or each of its plural forms."""
    return list(text) if isinstance(text, tuple | list) else [text]


def main() -> int:
    """0 when all is translated and up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, and exit 1 when there is something to do")
    check = parser.parse_args().check
    wrong = 0
    for language in LANGUAGES:
        catalogue = merged(language)
        for path, content in ((po(language), as_po(catalogue)), (mo(language), as_mo(catalogue))):
            if path.exists() and path.read_bytes() == content:
                continue
            if check:
                print(f"{path.relative_to(CHECKOUT)} is out of date: run bin/translations.")
                wrong += 1
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        found = faults(catalogue)
        wrong += len(found)
        print(*found, f"{language}: {len(catalogue)} texts, {len(found)} to do.", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

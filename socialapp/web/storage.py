"""One stylesheet and one script for all pages, made of the small files when static files are collected.

Two requests in the place of thirty, both answered by the browser's cache from the second page on; and in the sources a
file for each component and behaviour, beside the templates of its app: `static/APP/css/` and `static/APP/js/`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import Storage as AnyStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHELL = "web"
# What the rest of the shell builds on.
FIRST = ["tokens.css", "base.css", "layout.css", "header.css", "button.css", "form.css"]
BUNDLES = {"socialapp/all.css": "css", "socialapp/all.js": "js"}
# They import each other, so each is imported by the name that has its content's digest.
MODULES = ["notifications/live*.js"]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Stores static files named by content, compressed and cached for ever, and makes the two bundles."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((ours, CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]) for ours in MODULES),
    )

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        for bundle, kind in BUNDLES.items():
            texts = [_read(*paths[path]) for path in parts(kind, paths)]
            if kind == "js":
                texts = [f"{{\n{text}}}\n" for text in texts]  # each keeps its names to itself
            self.delete(bundle)
            self._save(bundle, ContentFile("\n".join(texts).encode()))
            paths[bundle] = (self, bundle)
        yield from super().post_process(paths, *args, **options)


def parts(kind: str, paths: Iterable[str]) -> list[str]:
    """Return the files of our apps that are joined, of a kind: "css" or "js".

    Sheets of the shell come first, and those of each app after those of the apps it builds on, whose rules they may
    override. Scripts are independent of each other, and sorted by name.
    """
    order = bundled_apps()

    def place(path: str) -> tuple[int, int, str]:
        app, _, name = path.split("/")
        if kind == "js":
            return 0, 0, name
        return order.index(app), FIRST.index(name) if name in FIRST else len(FIRST), name

    return sorted((path for path in paths if path.split("/")[:-1] in [[app, kind] for app in order]), key=place)


def bundled_apps() -> list[str]:
    """Return the shell, then the apps that build on it: those before it in INSTALLED_APPS, backwards."""
    labels = [config.label for config in apps.get_app_configs()]
    return labels[labels.index(SHELL) :: -1]


def _read(storage: AnyStorage, path: str) -> str:
    with storage.open(path) as file:
        text: str = file.read().decode()
    return text

"""One stylesheet and one script for all pages, made of the small files when static files are collected.

Two requests in the place of thirty, both answered by the browser's cache from
the second page on; and in the sources a file for each component and behaviour.
"""

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage as AnyStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# What others build on comes first; then by name.
FIRST = ["tokens.css", "base.css", "layout.css", "header.css", "button.css", "form.css", "avatar.css"]
MODULES = ["notifications/js/*.js", "socialapp/js/*.js"]
FOLDERS = {
    "socialapp/all.css": ("socialapp/css/",),
    "socialapp/all.js": ("socialapp/js/all/", "posts/js/", "reactions/js/", "users/js/"),
}


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Named by content, compressed, cached for ever; and the two bundles."""

    # A module of ours that imports another names it by its content, too.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((ours, CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]) for ours in MODULES),
    )

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        for bundle, folders in FOLDERS.items():
            parts = sorted((path for path in paths if path.startswith(folders)), key=_place)
            texts = [_read(*paths[path]) for path in parts]
            if bundle.endswith(".js"):
                texts = [f"{{\n{text}}}\n" for text in texts]  # each keeps its names to itself
            self.delete(bundle)
            self._save(bundle, ContentFile("\n".join(texts).encode()))
            paths[bundle] = (self, bundle)
        yield from super().post_process(paths, *args, **options)


def _place(path: str) -> tuple[int, str]:
    name = path.rpartition("/")[2]
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _read(storage: AnyStorage, path: str) -> str:
    with storage.open(path) as file:
        text: str = file.read().decode()
    return text

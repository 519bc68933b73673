"""Change a module of the product right after it was imported."""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import reduce
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Change = Callable[[ModuleType], None]

_waiting: defaultdict[str, list[Change]] = defaultdict(list)


class _Finder(MetaPathFinder):
    """Finds as the others do, and has the changes made once the module has run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _waiting:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)):
                return _with_changes(spec)
        return None


def when_imported(name: str, change: Change) -> None:
    """Now, if the module is there already. The first that was registered is made first."""
    if name in sys.modules:
        change(sys.modules[name])
        return
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    _waiting[name].append(change)


def replace(module: str, path: str, make: Callable[[Any], Any]) -> None:
    """Put `make(what was there)` in place of module.path ("_claim", "Dispatcher.set_flag"). It must be there."""

    def change(found: ModuleType) -> None:
        *owners, name = path.split(".")
        owner = reduce(getattr, owners, found)
        setattr(owner, name, make(getattr(owner, name)))

    when_imported(module, change)


def _with_changes(spec: ModuleSpec) -> ModuleSpec:
    loader: Any = spec.loader
    run = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        run(module)
        for change in _waiting.pop(module.__name__, []):
            change(module)

    loader.exec_module = exec_module
    return spec

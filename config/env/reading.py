"""How a variable is read: what all modules of this package share."""

import json
import os
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# Lists and JSON may be written in several lines.
_SPACED = {"SOCIALAPP_HOSTS", "SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "SOCIALAPP_ANYMAIL", "SOCIALAPP_SECRET_KEY_FALLBACKS"}


class Variables:
    """The environment, the data folder, and what `bin/up` wrote there about the servers that it started."""

    @cached_property
    def data(self) -> Path:
        return folder("SOCIALAPP_DATA", CHECKOUT / "var")

    def named(self, name: str) -> str | None:
        """The variable, if it is set and not empty. DATABASE_URL or REDIS_URL then name a server we need not start."""
        return os.environ.get(name) or None

    def of_children(self, *, data: Path, public_url: str) -> dict[str, str]:
        """The environment of the processes that `bin/up` starts."""
        return {
            **os.environ,
            "SOCIALAPP_DATA": str(data),
            "SOCIALAPP_URL": os.environ.get("SOCIALAPP_URL") or public_url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    @cached_property
    def _embedded(self) -> dict[str, str]:
        try:
            urls: dict[str, str] = json.loads((self.data / "embedded.json").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"Cannot read {self.data / 'embedded.json'}: {error}. Start bin/up, which makes it anew."
            ) from error
        return urls

    def _server(self, name: str) -> str:
        url = os.environ.get(name) or self._embedded.get(name)
        if not url:
            raise ImproperlyConfigured(
                f"No {name}, and no embedded server was ever started in {self.data}. "
                f"Start bin/up, or set {name}, or name the data folder in SOCIALAPP_DATA."
            )
        return url


def parts_of(variable: str, url: str) -> SplitResult:
    """Split a URL; raise ImproperlyConfigured, without any part of it, if it cannot be read."""
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError  # nothing listens there
    except ValueError:  # whose words may have a part of the password
        raise ImproperlyConfigured(
            f"{variable} cannot be read. A port must be a number up to 65535; an IPv6 address must stand in brackets; "
            "in user and password, / ? # @ are written as %2F %3F %23 %40."
        ) from None
    return parts


def check_letters(variable: str) -> None:
    """Refuse a space or an end of line that came along from a file, and what no terminal shows."""
    value = os.environ[variable]
    if variable not in _SPACED and not (value.isprintable() and value == value.strip()):
        raise ImproperlyConfigured(
            f"{variable} must be on one line, without spaces before and after it, and of letters that can be printed: "
            f"it is {len(value)} characters long."
        )


def folder(variable: str, otherwise: Path) -> Path:
    """The folder that a variable names, which exists or can be made; else another, unchecked."""
    path = Path(os.environ.get(variable) or otherwise).absolute()
    if os.environ.get(variable) and (fault := _fault_of_folder(path)):
        raise ImproperlyConfigured(
            f"{variable}: {path} must be a folder, or a place where this user can make one: {fault}."
        )
    return path


def _fault_of_folder(folder: Path) -> str | None:
    """Why nothing can be kept there; one that exists may be for reading only (a worker need not write)."""
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
    except OSError as error:
        return error.strerror
    if not there.is_dir():
        return f"{there} is a file"
    if there == folder:
        return None if os.access(there, os.R_OK | os.X_OK) else f"{there} may not be read"
    return None if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written to"


def check_installed(needs: str, requirements: str, *packages: str) -> None:
    """Raise ImproperlyConfigured if a package is missing. `bin/up` installs what few need where it is needed."""
    if any(find_spec(package) is None for package in packages):
        raise ImproperlyConfigured(
            f"{needs} needs packages of {requirements}: with the setting, run python3 bin/runtime/environment.py run"
        )

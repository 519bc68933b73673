"""Where pictures are kept, and what a place for files is: a folder, or a bucket of S3."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, quote

from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import has_host
from config.env.reading import Variables, check_installed, folder, parts_of

# Names that every server of S3 takes, and that stand in a URL as they are.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*")
_REGION = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class S3:
    """A place in a bucket. `prefix` is empty or ends in a slash. boto3 finds its keys itself (AWS_ACCESS_KEY_ID)."""

    bucket: str
    prefix: str
    endpoint: str | None = None
    region: str | None = None
    url: str | None = None

    @property
    def own_url(self) -> str:
        """The address of this place itself."""
        if self.endpoint:
            return f"{self.endpoint.rstrip('/')}/{self.bucket}/{self.prefix}"
        region = f".{self.region}" if self.region else ""
        return f"https://{self.bucket}.s3{region}.amazonaws.com/{self.prefix}"

    @property
    def public_url(self) -> str:
        """Where browsers find what is in public/: as named, else the place's own address."""
        return f"{self.url.rstrip('/')}/" if self.url else f"{self.own_url}public/"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


class Storage(Variables):
    """Pictures."""

    @cached_property
    def media(self) -> Path | S3:
        url = self.named("SOCIALAPP_MEDIA") or ""
        return s3("SOCIALAPP_MEDIA", url) if _has_scheme(url) else folder("SOCIALAPP_MEDIA", self.data / "media")


def place(variable: str, text: str) -> Path | S3:
    """A folder, or what a URL names. Raises ImproperlyConfigured, in the name of `variable`."""
    return s3(variable, text) if _has_scheme(text) else Path(text).absolute()


def s3(variable: str, url: str) -> S3:
    """s3://bucket/prefix?endpoint=https://…&region=…&url=https://…; raises ImproperlyConfigured."""
    check_installed(f"{variable}: S3", "requirements-s3.txt", "storages", "boto3")
    parts = parts_of(variable, url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    prefix = f"{parts.path.strip('/')}/" if parts.path.strip("/") else ""
    is_place = parts.scheme == "s3" and _BUCKET.fullmatch(parts.netloc) and _PREFIX.fullmatch(prefix)
    if not is_place or parts.fragment or set(options) - {"endpoint", "region", "url"}:
        raise ImproperlyConfigured(
            f"{variable} must look like s3://bucket/prefix?endpoint=https://s3.example&region=eu-central-1, or be a "
            "folder. Keys do not belong in it: they are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    for name in ("endpoint", "url"):
        address = parts_of(variable, options.get(name, ""))
        is_whole = address.scheme in {"http", "https"} and has_host(address) and not address.query
        if name in options and not (is_whole and options[name] == quote(options[name], safe=":/[]%")):
            raise ImproperlyConfigured(f"{variable}: {name} must look like https://s3.example.")
    if "region" in options and not _REGION.fullmatch(options["region"]):
        raise ImproperlyConfigured(f"{variable}: region must look like eu-central-1.")
    return S3(parts.netloc, prefix, **options)


def _has_scheme(text: str) -> bool:
    return "://" in text

"""Pictures on a server that speaks S3. There, too, a file is complete or not there, and is overwritten as a whole.

Imported only where S3 is named: elsewhere, django-storages and boto3 are not installed (requirements-s3.txt).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.deconstruct import deconstructible
from storages.backends import s3

from socialapp.media.files import CONTENT_TYPE

# No picture is sent in parts, of which a killed process would leave some behind.
PART = 64 * 2**20
ATTEMPTS = 3
# The same as in socialapp.media.serving.
CACHED = "public, max-age=86400, s-maxage=600, immutable"


@deconstructible(path="socialapp.media.s3.S3Storage")
class S3Storage(s3.S3Storage):  # type: ignore[misc]
    """A prefix in a bucket. What the server refuses, or that it is away, is an OSError, as it is with a folder.

    `public_url` is where browsers find the files of a public one. The bucket's policy makes it public, not we: many
    servers refuse files that bring an access list of their own.
    """

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        endpoint: str | None = None,
        region: str | None = None,
        public_url: str | None = None,
    ) -> None:
        self.public_url = public_url
        super().__init__(
            bucket_name=bucket,
            location=prefix,
            endpoint_url=endpoint,
            region_name=region,
            file_overwrite=True,
            object_parameters={"ContentType": CONTENT_TYPE, "CacheControl": CACHED} if public_url else {},
            transfer_config=TransferConfig(multipart_threshold=PART, multipart_chunksize=PART),
            client_config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                signature_version="s3v4",
                # Few but Amazon have a name for each bucket, or the checksums that boto3 adds.
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def url(self, name: str | None, *_args: Any, **_options: Any) -> str:
        if not self.public_url:
            raise ValueError("What is stored here has no URL.")
        return f"{self.public_url}{name}"

    def files(self) -> Iterator[tuple[str, int]]:
        """List the name and size of each file."""
        start = f"{self.location}/".lstrip("/")
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=start)
        with _faults():
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(start), found["Size"]

    def take(self, path: Path, name: str) -> None:
        """Store a file that was made in the scratch folder."""
        with _faults():
            self._client.upload_file(
                str(path), self.bucket_name, self._normalize_name(name), Config=self.transfer_config
            )

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder of this machine for what is being made, for as long as the block runs."""
        with TemporaryDirectory() as folder:
            yield Path(folder)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give a file of this machine with that content, for as long as the block runs."""
        with self.scratch() as folder:
            path = folder / "file"
            with _faults():
                self._client.download_file(self.bucket_name, self._normalize_name(name), str(path))
            yield path

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _open(self, name: str, _mode: str = "rb") -> File:  # type: ignore[type-arg]
        with _faults():
            answer = self._client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
            return ContentFile(answer["Body"].read(), name)

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        with _faults():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with _faults():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _faults():
            super().delete(name)

    def size(self, name: str) -> int:
        with _faults():
            return int(super().size(name))


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        # Not if the bucket is missing: its contents may not be lost.
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            raise FileNotFoundError(str(error)) from error
        raise OSError(str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(str(error)) from error

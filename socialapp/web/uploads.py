"""Limits the size of forms with files."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class WeighedUpload(FileUploadHandler):
    """Refuses a body beyond settings.UPLOAD_MAX_SIZE before it is stored; the other handlers take the rest.

    A body of moderate excess is read to its end and dropped: a browser that is
    still sending does not read the answer, and would show a broken connection.
    """

    # Named as Django calls them.
    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: ARG002, N803
        content_length: int,
        boundary: str,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        if content_length <= settings.UPLOAD_MAX_SIZE:
            return
        if content_length <= 4 * settings.UPLOAD_MAX_SIZE:
            while input_data.read(self.chunk_size):
                pass
        raise RequestDataTooBig("This is too large. Send less at once.")

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes:
        return raw_data

    def file_complete(self, _file_size: int) -> None:
        return None

"""JSON bodies, read with limits on size and depth, and cheap content negotiation where there is one format."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# The longest honest body is a post of 5,000 emoji, each escaped to 12 characters, and its pictures.
MOST_JSON_BYTES = 64 * 1024


class CarefulJSONParser(JSONParser):
    """DRF's JSON parser, but 413 beyond MOST_JSON_BYTES and 400 for what is nested too deeply."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > MOST_JSON_BYTES:
            raise RequestDataTooBig
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deep.")) from error

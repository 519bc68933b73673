"""Pictures in the API: upload them first, then name them in a post."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.media import operations
from socialapp.media.models import Picture
from socialapp.media.queries import picture_of


class ImageParser(BaseParser):
    """Reads a body that is the picture itself. Its Content-Type is not trusted."""

    media_type = "image/*"

    def parse(self, stream: Any, _media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > operations.MOST_BYTES:
            raise RequestDataTooBig
        return {"picture": ContentFile(stream.read())}


class UploadBody(serializers.Serializer[Any]):
    """A picture, as multipart/form-data."""

    picture = serializers.FileField(use_url=False)


UPLOAD = {"multipart/form-data": UploadBody, "image/*": {"type": "string", "format": "binary"}}


class PictureSerializer(serializers.Serializer[Picture]):
    """A picture: `waiting` to be prepared, `ready`, or `failed` for the reason in `fault`.

    `urls` has an address for each width in pixels, and is null until the picture is ready. `width` and `height` are
    those of the largest.
    """

    id = serializers.IntegerField()
    state = serializers.CharField()
    fault = serializers.SerializerMethodField(allow_null=True)
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    urls = serializers.SerializerMethodField(allow_null=True)

    def get_fault(self, picture: Picture) -> str | None:
        """Why it failed, as a sentence for its owner; null unless it failed."""
        return picture.get_fault_display() if picture.fault else None

    def get_urls(self, picture: Picture) -> dict[str, str] | None:
        """The address of each width; null until it is ready."""
        return picture.absolute_urls if picture.is_ready else None


def uploaded(request: Request) -> Any:
    """Return the file that a request sends, as a form field or as its body. Raises ValidationError without one."""
    data: Any = request.data
    file = data.get("picture")
    if not hasattr(file, "read"):
        raise ValidationError(
            {"picture": [_("Send a picture: as the field `picture` of a form, or as the body itself.")]}
        )
    return file


def _caller(request: Request) -> int:
    """Return the id of the person who is authenticated."""
    return int(request.user.pk or 0)


class PicturesView(APIView):
    """The caller's uploads."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser, ImageParser)

    @extend_schema(request=UPLOAD, responses={201: PictureSerializer})
    def post(self, request: Request) -> Response:
        """Upload a picture for a post: JPEG, PNG, WebP, GIF or AVIF, up to 10 MB and 64 million pixels.

        Answers 201 with its id; it is prepared within seconds. Name it in a post within a day, or it is removed.
        Sending the same file again makes another picture. 400 when it is no picture or too many are unused, 413 when it
        is too large.
        """
        picture = operations.upload(owner_id=_caller(request), file=uploaded(request))
        return Response(PictureSerializer(picture).data, status=201)


class PictureView(APIView):
    """One of the caller's pictures."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=PictureSerializer)
    def get(self, request: Request, picture_id: int) -> Response:
        """Return one of the caller's pictures: whether it is ready, and where its files are."""
        return Response(PictureSerializer(picture_of(_caller(request), picture_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, picture_id: int) -> Response:
        """Remove a picture that is in no post.

        Answers 204 in any case. A picture that is in a post stays until the post is edited or deleted.
        """
        operations.discard(owner_id=_caller(request), ids=[picture_id])
        return Response(status=204)

"""Live updates for programs that cannot hold a stream open."""

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.inbox.cursor import Cursor
from notifications.inbox.sql.reading import UNREAD_CAP
from notifications.live.updates import updates_for
from socialapp.api.endpoints import checked_query
from socialapp.api.fields import Flag, TextField
from socialapp.users.requests import MemberApiRequest

NEWS = inline_serializer(
    "News",
    {
        "cursor": serializers.CharField(),
        "person": serializers.IntegerField(),
        "unread": serializers.IntegerField(max_value=UNREAD_CAP),
        "posts": serializers.ListField(child=serializers.DictField(child=serializers.IntegerField())),
        "counts": serializers.DictField(child=serializers.DictField(child=serializers.IntegerField())),
        "entries": serializers.ListField(child=serializers.DictField(), required=False),
        "more": serializers.BooleanField(required=False),
    },
)


class NewsQuery(serializers.Serializer[Any]):
    """What the client knows already, and which posts it shows."""

    after = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="The `cursor` of the last answer, or the last event id of a stream. Left out the first time.",
    )
    posts = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=2_000,
        validators=[RegexValidator(r"\A([0-9]{1,18}(,[0-9]{1,18})*)?\Z")],
        help_text="Ids of posts whose counts are wanted, separated by commas: 1,2,3.",
    )
    entries = Flag(
        required=False, default=False, help_text="Also return the rows that moved up in the inbox since `after`."
    )


class NewsView(APIView):
    """The news of the live stream, by polling."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[NewsQuery], responses=NEWS)
    def get(self, request: MemberApiRequest) -> Response:
        """Return what the live stream would have sent since `after`, for clients that cannot hold a stream open.

        That is the number of unread notifications, new posts of the home feed, and the counts of `posts`. Ask again
        with the `cursor` of the answer. Asking changes nothing.
        """
        query = checked_query(NewsQuery, request)
        posts = [int(id_) for id_ in query["posts"].split(",") if id_]
        return Response(
            updates_for(request.user.pk, Cursor.read(query["after"]), posts=posts, with_entries=query["entries"])
        )

"""The inbox in the API."""

from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.inbox import reading
from notifications.inbox.cursor import Cursor
from notifications.inbox.queries import Entry, inbox
from notifications.inbox.sentences import sentence
from notifications.inbox.sql.reading import UNREAD_CAP
from notifications.inbox.unread_counts import inbox_states, unread_count
from notifications.models import Kind
from socialapp.api.endpoints import PAGE_PARAMETERS, checked, checked_query, page_query, paged
from socialapp.api.fields import Flag, ShortList, TextField
from socialapp.users.api import PersonSerializer
from socialapp.users.requests import MemberApiRequest

IDS_AT_ONCE = 1_000
UNREAD = inline_serializer("Unread", {"count": serializers.IntegerField(max_value=UNREAD_CAP)})


class NotificationSerializer(serializers.Serializer[Entry]):
    """One row of the inbox: `count` people did `kind` to `post` (an id, null for follows), `times` times in all.

    `people` are the newest of them, at most 3. `excerpt` is the beginning of the newest reply, whose id is `comment`,
    or of the post when `comment` is null.
    """

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    post = serializers.IntegerField(source="post.pk", default=None, allow_null=True)
    count = serializers.IntegerField()
    times = serializers.IntegerField()
    people = PersonSerializer(many=True)
    comment = serializers.IntegerField(source="reply_id", allow_null=True)
    excerpt = serializers.CharField()
    unread = serializers.BooleanField()
    at = serializers.DateTimeField()
    text = serializers.SerializerMethodField()

    def get_text(self, entry: Entry) -> str:
        """The row as a sentence in the caller's language: "Alice, Bob and 12 others liked your post"."""
        return sentence(entry)


INBOX_PAGE = inline_serializer(
    "NotificationPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "until": serializers.CharField(),
        "results": NotificationSerializer(many=True),
    },
)


class InboxQuery(serializers.Serializer[Any]):
    """A filter for the inbox."""

    unread = Flag(required=False, default=False, help_text="Only rows that are unread.")
    kind = serializers.ChoiceField(choices=Kind.choices, required=False, help_text="Only rows of this kind.")


class EntryId(TextField):
    """The `id` of a row of the inbox."""

    def __init__(self) -> None:
        super().__init__(max_length=19, validators=[RegexValidator(r"\A[np][0-9]{1,18}\Z")])


class Reading(serializers.Serializer[Any]):
    """What to mark read: `ids`, or `all`; and in `until` how far the caller has seen it."""

    ids = ShortList(child=EntryId(), required=False, max_length=IDS_AT_ONCE)
    all = Flag(required=False, default=False)
    until = TextField(
        required=False,
        max_length=60,
        validators=[RegexValidator(r"\A[0-9]{1,18}\.[0-9]{1,18}\.[0-9]{1,18}\Z")],
        help_text=(
            "What came after this stays unread: the `until` of the page, the `cursor` of the news or the id of the "
            "stream's event that showed them. Without it, the last time that the first page was shown."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of `ids` and `all`."""
        if attrs["all"] == ("ids" in attrs):
            raise serializers.ValidationError(_('Send either {"ids": […]} or {"all": true}.'))
        return attrs


class UnreadIds(serializers.Serializer[Any]):
    """The rows to mark unread."""

    ids = ShortList(child=EntryId(), max_length=IDS_AT_ONCE)


class InboxView(APIView):
    """The caller's inbox."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        parameters=[InboxQuery, *PAGE_PARAMETERS],
        responses=INBOX_PAGE,
    )
    def get(self, request: MemberApiRequest) -> Response:
        """List the caller's notifications, grouped, the newest first.

        Send the answer's `until` when you mark read what you showed of it: what came later then stays unread.
        """
        standing = inbox_states([request.user.pk])[request.user.pk]
        until = Cursor(standing.seq, standing.version, standing.at)
        query = checked_query(InboxQuery, request)
        cursor, size = page_query(request)
        page = inbox(request.user.pk, unread=query["unread"], kind=query.get("kind"), token=cursor, size=size)
        if query.get("kind") is None:
            reading.note_shown(person_id=request.user.pk, place=until, page=page)
        answer = paged(request, page, NotificationSerializer)
        answer.data["until"] = str(until)
        return answer


class UnreadView(APIView):
    """The caller's unread notifications."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=UNREAD)
    def get(self, request: MemberApiRequest) -> Response:
        """Return how many of the caller's notifications are unread; 100 stands for that many or more."""
        return Response({"count": unread_count(request.user.pk)})

    @extend_schema(request=UnreadIds, responses=UNREAD)
    def post(self, request: MemberApiRequest) -> Response:
        """Mark notifications unread, and return how many are unread now.

        Ids that are not in the caller's inbox are ignored. Repeating it changes nothing.
        """
        reading.mark_unread(person_id=request.user.pk, ids=checked(UnreadIds, request.data)["ids"])
        return self.get(request)


class ReadView(APIView):
    """Marking notifications read."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=Reading, responses=UNREAD)
    def post(self, request: MemberApiRequest) -> Response:
        """Mark notifications read, as far as they were seen, and return how many are unread now.

        Send either `ids` or `all`. Ids that are not in the caller's inbox are ignored. Repeating it changes nothing.
        """
        values = checked(Reading, request.data)
        until = Cursor.read(values.get("until", "")) or reading.last_shown(request.user.pk)
        if values["all"]:
            reading.mark_all_read(person_id=request.user.pk, until=until)
        else:
            reading.mark_read(person_id=request.user.pk, ids=values["ids"], until=until.seq if until else None)
        return Response({"count": unread_count(request.user.pk)})

"""The API that explains why somebody was, or was not, notified."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.history import trace
from notifications.models import Kind, Reason
from socialapp.api.endpoints import checked_query
from socialapp.api.fields import IdField
from socialapp.api.problems import problems
from socialapp.users.api import UsernameField
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest


class TraceEventSerializer(serializers.Serializer[trace.TraceEvent]):
    """One step of a trace: when it happened, and what."""

    at = serializers.DateTimeField()
    text = serializers.CharField()
    detail = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True, help_text="The code of `detail`.")


class TraceSerializer(serializers.Serializer[trace.Trace]):
    """What became of a notification in the inbox, or on its way to one endpoint."""

    title = serializers.CharField()
    steps = TraceEventSerializer(many=True)


class WhyQuery(serializers.Serializer[Any]):
    """Which activity: who did what to which post."""

    actor = UsernameField(help_text="The username of the person who did it.")
    kind = serializers.ChoiceField(choices=[kind for kind in Kind.choices if kind[0] != Kind.POST])
    post = IdField(required=False, default=None, help_text="The id of the post. Left out for follows.")
    recipient = UsernameField(
        required=False,
        default=None,
        help_text="The username of the person who was to be notified, by default the caller. Only for admins.",
    )


class WhyView(APIView):
    """The trace of one activity."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[WhyQuery], responses={200: TraceSerializer(many=True), **problems(403, 404)})
    def get(self, request: MemberApiRequest) -> Response:
        """Explain what became of an activity: in the inbox, and attempt by attempt on its way to each endpoint.

        An empty list means that there was no such activity. Only admins may ask about other recipients; 403 otherwise.
        """
        query = checked_query(WhyQuery, request)
        recipient = request.user
        if query["recipient"]:
            if not (request.user.is_staff and request.user.has_perm("notifications.view_delivery")):
                raise PermissionDenied(_("Only admins may ask for others."))
            recipient = person_named(query["recipient"])
        stories = trace.of_reaction(
            recipient_id=recipient.pk,
            actor_id=person_named(query["actor"]).pk,
            kind=query["kind"],
            post_id=query["post"],
        )
        return Response([TraceSerializer(story).data for story in stories])

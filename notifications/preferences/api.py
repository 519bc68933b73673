"""What people choose, through the API: what reaches them, when, and what they are spared."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.models import DeliverySchedule, FromWhom, Kind, Mute, Rhythm
from notifications.preferences import bells, mutes
from notifications.preferences.operations import DEFAULTS, choices_of, choose
from notifications.preferences.quiet_hours import choose_schedule, places, schedule_of
from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.fields import ClockField, IdField, MomentField, ShortList
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.users.api import UsernameField
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest

CHANNELS = sorted({channel for _, channel in DEFAULTS})


class ChoiceSerializer(serializers.Serializer[Any]):
    """From whom a kind is wanted by a channel."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    channel = serializers.ChoiceField(choices=CHANNELS)
    from_whom = serializers.ChoiceField(choices=FromWhom.choices)


class ChoicesSerializer(serializers.Serializer[Any]):
    """Some or all of them."""

    choices = ShortList(child=ChoiceSerializer(), max_length=len(DEFAULTS))


class ZoneField(serializers.ChoiceField):
    """One of the places; the one that was chosen before goes on being one, whatever it is."""

    def to_internal_value(self, data: Any) -> Any:
        """The name."""
        known = getattr(self.parent, "instance", None)
        return data if known is not None and data == known.time_zone else super().to_internal_value(data)


class ScheduleSerializer(serializers.ModelSerializer[DeliverySchedule]):
    """Quiet hours and how often mail comes. Times are those of the clock on the wall, "22:00"."""

    time_zone = ZoneField(choices=places(), required=False)
    quiet_from = ClockField(allow_null=True, required=False)
    quiet_to = ClockField(allow_null=True, required=False)
    mail_rhythm = serializers.ChoiceField(choices=Rhythm.choices, required=False)
    digest_at = ClockField(required=False)

    class Meta:
        model = DeliverySchedule
        fields = ("time_zone", "quiet_from", "quiet_to", "mail_rhythm", "digest_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both ends of the quiet hours, or neither."""
        start = attrs.get("quiet_from", self.instance.quiet_from if self.instance else None)
        end = attrs.get("quiet_to", self.instance.quiet_to if self.instance else None)
        if (start is None) != (end is None) or (start is not None and start == end):
            raise serializers.ValidationError(_("Give both ends of the quiet hours, not the same, or null for both."))
        return attrs

    def update(self, instance: DeliverySchedule, validated_data: dict[str, Any]) -> DeliverySchedule:
        """What is held follows."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        choose_schedule(instance)
        return instance


class MuteSerializer(serializers.ModelSerializer[Mute]):
    """A person (a username), or a post (an id) and perhaps one kind on it; `until` null is for good."""

    person = UsernameField(source="muted.username", default=None, allow_null=True)
    post = IdField(source="post_id", default=None, allow_null=True)
    kind = serializers.ChoiceField(choices=Kind.choices, default="", allow_blank=True)
    until = MomentField(default=None, allow_null=True)

    class Meta:
        model = Mute
        fields = ("id", "person", "post", "kind", "until", "created_at")
        read_only_fields = ("id", "created_at")


class PreferencesView(APIView):
    """What reaches the caller, and from whom."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=ChoicesSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """All of them; what was never chosen is the default."""
        said = choices_of(request.user.pk).items()
        return Response(
            {"choices": [{"kind": kind, "channel": channel, "from_whom": whom} for (kind, channel), whom in said]}
        )

    @extend_schema(request=ChoicesSerializer, responses=ChoicesSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change these; others stay."""
        said = checked(ChoicesSerializer, request.data)["choices"]
        choose(person_id=request.user.pk, choices={(cell["kind"], cell["channel"]): cell["from_whom"] for cell in said})
        return self.get(request)


class ScheduleView(APIView):
    """When the caller may be disturbed."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=ScheduleSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """As it stands."""
        return Response(ScheduleSerializer(schedule_of(request.user)).data)

    @extend_schema(request=ScheduleSerializer, responses=ScheduleSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change these; others stay."""
        serializer = ScheduleSerializer(schedule_of(request.user), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(ScheduleSerializer(serializer.save()).data)


class MutesView(APIView):
    """What the caller hears nothing of."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(MuteSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """Those that have not ended, the newest first."""
        cursor, size = page_query(request)
        page = paginate(mutes.mutes_of(request.user).order_by(), ["-id"], cursor, size)
        return paged(request, page, MuteSerializer)

    @extend_schema(request=MuteSerializer, responses={201: MuteSerializer, **problems(404)})
    def post(self, request: MemberApiRequest) -> Response:
        """Mute a person, or a post; said again, it changes until when."""
        said = checked(MuteSerializer, request.data)
        until: datetime | None = said["until"]
        name, post_id = (said.get("muted") or {}).get("username"), said["post_id"]
        if (name is None) == (post_id is None) or (name and said["kind"]):
            raise serializers.ValidationError(_('Send {"person": …} or {"post": …}; a kind goes with a post only.'))
        if name:
            mute = mutes.mute_person(person=request.user, muted=person_named(name), until=until)
        else:
            mute = mutes.mute_post(person=request.user, post_id=post_id, kind=said["kind"], until=until)
        mute.refresh_from_db()
        return Response(MuteSerializer(mute).data, status=201)


class MuteView(APIView):
    """One mute."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, mute_id: int) -> Response:
        """Hear of it again."""
        mutes.unmute(person=request.user, mute_id=mute_id)
        return Response(status=204)


class BellView(APIView):
    """Ring me when they post. Both may be repeated."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=inline_serializer("Bell", {"bell": serializers.BooleanField()}))
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """Only of those the caller follows."""
        bells.switch_bell(person=request.user, author=person_named(username), on=True)
        return Response({"bell": True})

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """In the inbox only."""
        bells.switch_bell(person=request.user, author=person_named(username), on=False)
        return Response(status=204)

"""Preferences in the API: which notifications reach the caller and when, mutes and bells."""

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
from notifications.preferences.operations import DEFAULTS, preferences_of, set_preferences
from notifications.preferences.quiet_hours import places, save_schedule, schedule_of
from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.fields import ClockField, Flag, IdField, MomentField, ShortList
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.users.api import UsernameField
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest

CHANNELS = sorted({channel for _, channel in DEFAULTS})


class PreferenceSerializer(serializers.Serializer[Any]):
    """The people whose notifications of one kind are wanted by one channel."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    channel = serializers.ChoiceField(choices=CHANNELS)
    from_whom = serializers.ChoiceField(choices=FromWhom.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what cannot be chosen: moderators' notices are always in the inbox, and from no one in particular."""
        kind, channel = attrs["kind"], attrs["channel"]
        if (Kind(kind), channel) not in DEFAULTS or (
            kind == Kind.MODERATION and attrs["from_whom"] == FromWhom.FOLLOWING
        ):
            raise serializers.ValidationError({"from_whom": [_("This cannot be chosen for this kind and channel.")]})
        return attrs


class PreferencesSerializer(serializers.Serializer[Any]):
    """Some or all of the caller's preferences."""

    preferences = ShortList(child=PreferenceSerializer(), max_length=len(DEFAULTS))


class ZoneField(serializers.ChoiceField):
    """The name of a time zone that is offered, or the one that was chosen before."""

    def to_internal_value(self, data: Any) -> Any:
        """Accept the stored name too. Raises ValidationError."""
        known = getattr(self.parent, "instance", None)
        return data if known is not None and data == known.time_zone else super().to_internal_value(data)


class ScheduleSerializer(serializers.ModelSerializer[DeliverySchedule]):
    """Quiet hours, and how often mail comes. Times are local to `time_zone`, such as "22:00"."""

    time_zone = ZoneField(choices=places(), required=False)
    quiet_from = ClockField(allow_null=True, required=False)
    quiet_to = ClockField(allow_null=True, required=False)
    mail_rhythm = serializers.ChoiceField(choices=Rhythm.choices, required=False)
    digest_at = ClockField(required=False)

    class Meta:
        model = DeliverySchedule
        fields = ("time_zone", "quiet_from", "quiet_to", "mail_rhythm", "digest_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require both ends of the quiet hours, or neither."""
        start = attrs.get("quiet_from", self.instance.quiet_from if self.instance else None)
        end = attrs.get("quiet_to", self.instance.quiet_to if self.instance else None)
        if (start is None) != (end is None) or (start is not None and start == end):
            raise serializers.ValidationError(_("Give both ends of the quiet hours, not the same, or null for both."))
        return attrs

    def update(self, instance: DeliverySchedule, validated_data: dict[str, Any]) -> DeliverySchedule:
        """Save the schedule. Deliveries that are held follow it."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        save_schedule(instance)
        return instance


class MuteSerializer(serializers.ModelSerializer[Mute]):
    """A mute of a person (a username), or of a post (an id) and perhaps one kind on it; `until` null is for good.

    Of a person: they are not in the caller's feeds, and with `notifications` not among the notifications either.
    """

    person = UsernameField(source="muted.username", default=None, allow_null=True)
    post = IdField(source="thread", default=None, allow_null=True)
    kind = serializers.ChoiceField(choices=Kind.choices, default="", allow_blank=True)
    notifications = Flag(default=True)
    until = MomentField(default=None, allow_null=True)

    class Meta:
        model = Mute
        fields = ("id", "person", "post", "kind", "notifications", "until", "created_at")
        read_only_fields = ("id", "created_at")


class PreferencesView(APIView):
    """The caller's preferences: whose notifications are wanted, by kind and channel."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=PreferencesSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """Return whose notifications the caller wants, for each kind and channel, including defaults."""
        chosen = preferences_of(request.user.pk).items()
        return Response(
            {"preferences": [{"kind": kind, "channel": channel, "from_whom": whom} for (kind, channel), whom in chosen]}
        )

    @extend_schema(request=PreferencesSerializer, responses=PreferencesSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change some of the caller's preferences, and return all of them. Those that are left out stay as they are."""
        chosen = checked(PreferencesSerializer, request.data)["preferences"]
        set_preferences(
            person_id=request.user.pk, changes={(cell["kind"], cell["channel"]): cell["from_whom"] for cell in chosen}
        )
        return self.get(request)


class ScheduleView(APIView):
    """The caller's quiet hours and digests."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=ScheduleSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """Return the caller's time zone, quiet hours, and how often mail comes."""
        return Response(ScheduleSerializer(schedule_of(request.user)).data)

    @extend_schema(request=ScheduleSerializer, responses=ScheduleSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change the caller's schedule; fields that are left out stay as they are.

        Deliveries that are held already follow the new one. 400 when only one end of the quiet hours is given.
        """
        serializer = ScheduleSerializer(schedule_of(request.user), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(ScheduleSerializer(serializer.save()).data)


class MutesView(APIView):
    """The caller's mutes."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(MuteSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the caller's mutes that have not ended, the newest first."""
        cursor, size = page_query(request)
        page = paginate(mutes.mutes_of(request.user).order_by(), ["-id"], cursor, size)
        return paged(request, page, MuteSerializer)

    @extend_schema(request=MuteSerializer, responses={201: MuteSerializer, **problems(404)})
    def post(self, request: MemberApiRequest) -> Response:
        """Mute a person in feeds and notifications, or notifications of a conversation, or of one kind about a post.

        Answers 201 with the mute. Muting the same again changes when it ends. The muted person is not notified. 404
        when there is no such person or post.
        """
        chosen = checked(MuteSerializer, request.data)
        until: datetime | None = chosen["until"]
        name, post_id = (chosen.get("muted") or {}).get("username"), chosen["thread"]
        if (name is None) == (post_id is None) or (name and chosen["kind"]):
            raise serializers.ValidationError(_('Send {"person": …} or {"post": …}; a kind goes with a post only.'))
        if name:
            mute = mutes.mute_person(
                person=request.user, muted=person_named(name), until=until, notifications=chosen["notifications"]
            )
        else:
            mute = mutes.mute_post(person=request.user, post_id=post_id, kind=chosen["kind"], until=until)
        mute.refresh_from_db()
        return Response(MuteSerializer(mute).data, status=201)


class MuteView(APIView):
    """One of the caller's mutes."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, mute_id: int) -> Response:
        """End a mute. Notifications that it suppressed do not come back.

        Answers 204; 404 when the caller has no such mute.
        """
        mutes.unmute(person=request.user, mute_id=mute_id)
        return Response(status=204)


class BellView(APIView):
    """The caller's bell for one person: notifications of new posts outside of the inbox."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=inline_serializer("Bell", {"bell": serializers.BooleanField()}))
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """Turn the bell on: the caller is notified of this person's new posts outside of the inbox too.

        403 unless the caller follows this person. Repeating it leaves the bell on.
        """
        bells.switch_bell(person=request.user, author=person_named(username), on=True)
        return Response({"bell": True})

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """Turn the bell off: this person's new posts are shown in the caller's inbox only.

        Answers 204, also when it was off.
        """
        bells.switch_bell(person=request.user, author=person_named(username), on=False)
        return Response(status=204)

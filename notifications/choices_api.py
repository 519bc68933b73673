"""What people choose, through the API: what reaches them, when, and what they are spared; and why it did (not)."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications import fan_out, mutes, timeline
from notifications.forms import timing_of
from notifications.models import FromWhom, Kind, Mute, Rhythm, Timing
from notifications.preferences import DEFAULTS, choices_of, choose
from notifications.timing import choose_timing, places
from socialapp.http.api import PAGE_PARAMETERS, checked, checked_query, page_of, page_query, paged
from socialapp.http.fields import ClockField, IdField, MomentField, ShortList
from socialapp.http.keyset import paginate
from socialapp.http.problems import problems
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


class TimingSerializer(serializers.ModelSerializer[Timing]):
    """Quiet hours and how often mail comes. Times are those of the clock on the wall, "22:00"."""

    time_zone = ZoneField(choices=places(), required=False)
    quiet_from = ClockField(allow_null=True, required=False)
    quiet_to = ClockField(allow_null=True, required=False)
    mail_rhythm = serializers.ChoiceField(choices=Rhythm.choices, required=False)
    digest_at = ClockField(required=False)

    class Meta:
        model = Timing
        fields = ("time_zone", "quiet_from", "quiet_to", "mail_rhythm", "digest_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both ends of the quiet hours, or neither."""
        start = attrs.get("quiet_from", self.instance.quiet_from if self.instance else None)
        end = attrs.get("quiet_to", self.instance.quiet_to if self.instance else None)
        if (start is None) != (end is None) or (start is not None and start == end):
            raise serializers.ValidationError(_("Give both ends of the quiet hours, not the same, or null for both."))
        return attrs

    def update(self, instance: Timing, validated_data: dict[str, Any]) -> Timing:
        """What is held follows."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        choose_timing(instance)
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


class StepSerializer(serializers.Serializer[timeline.Step]):
    """One line of a story."""

    at = serializers.DateTimeField()
    text = serializers.CharField()
    detail = serializers.CharField()
    state = serializers.CharField()


class StorySerializer(serializers.Serializer[timeline.Story]):
    """What became of it on one way."""

    title = serializers.CharField()
    steps = StepSerializer(many=True)


class WhyQuery(serializers.Serializer[Any]):
    """Which deed: who did what to which post of mine. `recipient` is for admins."""

    actor = UsernameField(help_text="Who did it: a username.")
    kind = serializers.ChoiceField(choices=[kind for kind in Kind.choices if kind[0] != Kind.POST])
    post = IdField(required=False, default=None, help_text="The post; not for follows.")
    recipient = UsernameField(required=False, default=None, help_text="For admins: a username, if not one's own.")


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


class TimingView(APIView):
    """When the caller may be disturbed."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=TimingSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """As it stands."""
        return Response(TimingSerializer(timing_of(request.user)).data)

    @extend_schema(request=TimingSerializer, responses=TimingSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change these; others stay."""
        serializer = TimingSerializer(timing_of(request.user), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(TimingSerializer(serializer.save()).data)


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
        fan_out.switch_bell(person=request.user, author=person_named(username), on=True)
        return Response({"bell": True})

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """In the inbox only."""
        fan_out.switch_bell(person=request.user, author=person_named(username), on=False)
        return Response(status=204)


class WhyView(APIView):
    """Why did (n't) I get this?"""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[WhyQuery], responses={200: StorySerializer(many=True), **problems(403, 404)})
    def get(self, request: MemberApiRequest) -> Response:
        """What became of a deed, message by message and attempt by attempt. Empty: it never was."""
        query = checked_query(WhyQuery, request)
        recipient = request.user
        if query["recipient"]:
            if not (request.user.is_staff and request.user.has_perm("notifications.view_delivery")):
                raise PermissionDenied(_("Only admins may ask for others."))
            recipient = person_named(query["recipient"])
        stories = timeline.of_reaction(
            recipient_id=recipient.pk,
            actor_id=person_named(query["actor"]).pk,
            kind=query["kind"],
            post_id=query["post"],
        )
        return Response([StorySerializer(story).data for story in stories])

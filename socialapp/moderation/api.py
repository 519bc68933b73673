"""Reports and rules in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import (
    KEY_PARAMETER,
    PAGE_PARAMETERS,
    checked,
    idempotency_key,
    page_of,
    page_query,
    paged,
)
from socialapp.api.fields import BodyField, IdField, ShortList, TextField
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.moderation.models import Category, Report, Rule
from socialapp.moderation.models.cases import REPORT_LENGTH
from socialapp.moderation.operations.cases import rule_named
from socialapp.moderation.operations.reports import MOST_POSTS, report
from socialapp.moderation.queries import rules
from socialapp.users.api import PersonSerializer
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest


class RuleSerializer(serializers.Serializer[Rule]):
    """A rule of the site, in the caller's language if its text came with the software."""

    id = serializers.IntegerField()
    title = serializers.CharField(source="shown_title")
    text = serializers.CharField(source="shown_text")


class ReportSerializer(serializers.Serializer[Report]):
    """A report by the caller, and what became of it: `open`, `upheld` (a moderator acted) or `dismissed`."""

    id = serializers.IntegerField()
    person = PersonSerializer(source="case.person")
    category = serializers.ChoiceField(choices=Category.choices)
    rule = serializers.IntegerField(source="rule_id", allow_null=True)
    posts = serializers.SerializerMethodField()
    words = serializers.CharField()
    state = serializers.ChoiceField(choices=Report.State.choices)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)

    def get_posts(self, found: Report) -> list[int]:
        """The ids of the posts that it is about."""
        return sorted(each.post_id for each in found.evidence.all() if each.post_id)


class ReportBody(serializers.Serializer[Any]):
    """A new report."""

    person = TextField(max_length=31, help_text="The username of the person.")
    posts = ShortList(
        child=IdField(),
        required=False,
        default=list,
        max_length=MOST_POSTS,
        help_text="Ids of posts by this person. Without any, the report is about the person.",
    )
    category = serializers.ChoiceField(choices=Category.choices)
    rule = IdField(required=False, allow_null=True, default=None, help_text="The id of a rule.")
    words = BodyField(required=False, allow_blank=True, default="", max_length=REPORT_LENGTH)


class ReportsView(APIView):
    """The caller's reports."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(ReportSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the caller's reports, the newest first, with what became of them."""
        found = Report.objects.select_related("case__person").prefetch_related("evidence")
        token, size = page_query(request)
        return paged(request, paginate(found.filter(reporter=request.user), ["-id"], token, size), ReportSerializer)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=ReportBody,
        responses={201: ReportSerializer, 200: ReportSerializer, **problems(404, 422)},
    )
    def post(self, request: MemberApiRequest) -> Response:
        """Report a person, or some of their posts, to the moderators.

        The posts are kept as they are now. Answers 201; 200 when the caller's same report is open already. Sent again
        with the same Idempotency-Key and body, it answers 200 with the first report, also once that is decided; 422
        with another body. The caller is notified of what became of it.
        """
        values = checked(ReportBody, request.data)
        made, is_new = report(
            reporter=request.user,
            person=person_named(values["person"].removeprefix("@")),
            category=values["category"],
            rule=rule_named(values["rule"]),
            words=values["words"],
            post_ids=values["posts"],
            key=idempotency_key(request),
        )
        return Response(ReportSerializer(made).data, status=201 if is_new else 200)


class RulesView(APIView):
    """The rules of the site."""

    @extend_schema(responses=RuleSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """List the rules of the site, in order. Reports may name one of them."""
        found: Any = rules()
        return Response(RuleSerializer(found, many=True).data)

"""Further contents of an export that a person chose or wrote: muted words, requests, invitations, reports, appeals."""

from typing import Any

from django.db.models import QuerySet

from socialapp.filters.queries import filters_of
from socialapp.follows.models import FollowRequest
from socialapp.moderation.models import Appeal, Report
from socialapp.signup.queries import invitations_of
from socialapp.takeout.activities import actor_url, post_url
from socialapp.takeout.contents import address_of, table
from socialapp.takeout.sections import document
from socialapp.users.models import Person


def _muted_words(person: Person) -> list[dict[str, Any]]:
    rows = filters_of(person.pk).order_by("pk")
    return [dict(row) for row in rows.values("phrase", "whole_word", "places", "action", "ends_at", "created_at")]


def _requests(person: Person) -> QuerySet[FollowRequest]:
    return FollowRequest.objects.filter(follower=person, followee__deleted_at=None).select_related("followee")


def _invitations(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "url": each.url,
            "note": each.note,
            "limit": each.limit,
            "created_at": each.created_at,
            "ends_at": each.ends_at,
            "revoked_at": each.revoked_at,
            "joined": [_url_of(invitee.person) for invitee in each.invitees.all()],
        }
        for each in invitations_of(person)
    ]


def _moderation(person: Person) -> dict[str, Any]:
    """Their reports and appeals, and what became of these; not what others reported about them."""
    reports = Report.objects.filter(reporter=person).order_by("pk")
    appeals = Appeal.objects.filter(action__person=person).order_by("pk")
    return {
        "reports": [
            _report(each) for each in reports.select_related("case__person", "rule").prefetch_related("evidence")
        ],
        "appeals": [_appeal(each) for each in appeals.select_related("action")],
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "about": _url_of(report.case.person),
        "posts": sorted(post_url(each.post_id) for each in report.evidence.all() if each.post_id),
        "category": report.category,
        "rule": report.rule.title if report.rule else "",
        "words": report.words,
        "state": report.state,
        "created_at": report.created_at,
        "decided_at": report.decided_at,
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    action = appeal.action
    return {
        "against": action.verb,
        "post": post_url(action.post_id) if action.post_id else "",
        "rule": action.rule_title,
        "reason": action.words,
        "words": appeal.words,
        "state": appeal.state,
        "created_at": appeal.created_at,
        "decided_at": appeal.decided_at,
    }


def _url_of(person: Person) -> str:
    """The address of somebody's page; "" for somebody who deleted their account and has none."""
    return "" if person.deleted_at else actor_url(person.username)


MUTED_WORDS = document("muted_words.json", _muted_words)
REQUESTS = table("follow_requests.csv", _requests, lambda row: [address_of(row.followee)], "Account address")
INVITATIONS = document("invitations.json", _invitations)
MODERATION = document("moderation.json", _moderation)

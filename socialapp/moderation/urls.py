"""Addresses of moderation's pages."""

from django.urls import path, register_converter

from socialapp.moderation.routes import NoticeToken
from socialapp.moderation.web import cases, log, notices, queue, reports

register_converter(NoticeToken, "notice")

app_name = "moderation"
urlpatterns = [
    path("about/moderation/", reports.about, name="about"),
    path("posts/<id:post_id>/report/", reports.post, name="report_post"),
    path("@<username:username>/report/", reports.person, name="report_person"),
    path("notices/", notices.show, name="notices"),
    path("notices/<notice:token>/", notices.notice, name="notice"),
    path("moderation/", queue.show, name="queue"),
    path("moderation/log/", log.show, name="log"),
    path("moderation/log.csv", log.export, name="log_csv"),
    path("moderation/cases/<id:case_id>/", cases.show, name="case"),
    path("moderation/cases/<id:case_id>/next/", queue.following, name="next"),
    path("moderation/cases/<id:case_id>/claim/", cases.claim, name="claim"),
    path("moderation/cases/<id:case_id>/release/", cases.release, name="release"),
    path("moderation/cases/<id:case_id>/dismiss/", cases.dismiss, name="dismiss"),
    path("moderation/appeals/<id:appeal_id>/grant/", cases.decide_appeal, {"verb": "grant"}, name="grant"),
    path("moderation/appeals/<id:appeal_id>/reject/", cases.decide_appeal, {"verb": "reject"}, name="reject"),
    path("moderation/actions/<id:action_id>/undo/", cases.undo, name="undo"),
    path("moderation/notes/<id:note_id>/remove/", cases.remove_note, name="remove_note"),
    path("moderation/pictures/<id:picture_id>/", cases.picture, name="picture"),
    path("moderation/people/<id:person_id>/", cases.person, name="person"),
    path("moderation/people/<id:person_id>/erase/", cases.erase, name="erase"),
    path("moderation/people/<id:person_id>/notes/", cases.add_note, name="add_note"),
]

"""Routes of moderation."""

from socialapp.api.converters import route
from socialapp.moderation import api

urlpatterns = [
    *route("reports/", api.ReportsView.as_view(), "reports"),
    *route("rules/", api.RulesView.as_view(), "rules"),
]

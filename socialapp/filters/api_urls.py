"""Routes of filters."""

from socialapp.api.converters import route
from socialapp.filters import api

urlpatterns = [
    *route("filters/", api.FiltersView.as_view(), "filters"),
    *route("filters/<id:filter_id>/", api.FilterView.as_view(), "filter"),
]

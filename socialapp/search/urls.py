"""Addresses of the search."""

from django.urls import path

from socialapp.search import web

app_name = "search"
urlpatterns = [
    path("search/", web.search, name="search"),
    path("people/", web.people, name="people"),
    path("search/complete/", web.complete, name="complete"),
]

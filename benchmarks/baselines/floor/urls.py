"""One route, as the product's."""

from django.urls import path

from benchmarks.baselines.floor.views import like

urlpatterns = [path("api/social/v1/posts/<int:post_id>/like/", like)]

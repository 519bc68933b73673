"""The routes of the API."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.baselines.synchronous.views import LikeViewSet

router = DefaultRouter()
router.register("likes", LikeViewSet, basename="like")

urlpatterns = [path("api/", include(router.urls))]

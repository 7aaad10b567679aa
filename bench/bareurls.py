"""The one route of the bare list."""

from barelist import build_urls

urlpatterns = build_urls()

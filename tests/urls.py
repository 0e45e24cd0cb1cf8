"""No URL by default: a test that needs some overrides ROOT_URLCONF."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

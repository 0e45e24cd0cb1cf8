"""The library, and the page of sources below it."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as accounts
from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from demo import source_urls, views
from demo.converters import RowConverter, YearConverter
from demo.inspecting import inspect

register_converter(RowConverter, "row")
register_converter(YearConverter, "year")

urlpatterns = [
    path("", views.index, name="index"),
    path("accounts/login/", accounts.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", accounts.LogoutView.as_view(), name="logout"),
    path("accounts/sign-up/", views.SignUpView.as_view(), name="sign-up"),
    path("documents/", views.DocumentListView.as_view(), name="documents"),
    path("documents/upload/", views.upload, name="upload"),
    path("documents/zip/", views.documents_zip, name="documents-zip"),
    path("documents/<row:pk>/", views.document, name="document"),
    path("documents/<row:pk>/file", views.document_file, name="document-file"),
    path("documents/<row:pk>/view", views.document_view, name="document-view"),
    path("documents/<row:pk>/link", views.document_link, name="document-link"),
    path("documents/<row:pk>/sharing", views.document_sharing, name="document-sharing"),
    path("documents/<row:pk>/delete", views.DocumentDeleteView.as_view(), name="document-delete"),
    path("shared/<row:pk>/", views.shared, name="shared"),
    path("reports/<year:year>.csv", views.report, name="report"),
    path("inspect/", inspect, name="inspect"),
    path("admin/", admin.site.urls),
    # The admin's pages do not say which icon is theirs.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}demo/mark.svg")),
    # For manage.py downloadable_check
    path("downloadable-check/", include("downloadable.django_ui.probe")),
    *source_urls.urlpatterns,
]

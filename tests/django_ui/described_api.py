"""An API with files, to be described; imported once DRF is told who describes it."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action, api_view, content_negotiation_class
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from downloadable import DownloadAPIViewMixin, FileNegotiation, download, download_action
from tests.models import Document

__all__ = ["urlpatterns"]


class DocumentSerializer(ModelSerializer[Document]):
    class Meta:
        model = Document
        fields = ("slug", "title")


class Report(DownloadAPIViewMixin, APIView):
    """The report of this year."""

    mimetype = "text/csv"

    def get_file(self) -> Any:
        return b"1\n"


class DocumentFile(DownloadAPIViewMixin, GenericAPIView[Document]):
    queryset = Document.objects.all()

    @extend_schema(request=DocumentSerializer, responses=DocumentSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Change what is known of it."""
        return Response()


@extend_schema(summary="The same, said by the project.", responses={200: OpenApiResponse(bytes, "Said.")})
class Said(Report):
    pass


class Documents(ModelViewSet[Document]):
    queryset = Document.objects.all()
    serializer_class = DocumentSerializer

    @download_action(detail=True)
    def file(self, request: Request, pk: str) -> Any:
        """Its file."""
        return download(request, self.get_object().file)

    @extend_schema(summary="A summary of the project's.", tags=["of the project"])
    @download_action(detail=True)
    def scan(self, request: Request, pk: str) -> Any:
        return download(request, self.get_object().remote_file)

    @download_action(detail=True, schema=None)
    def hidden(self, request: Request, pk: str) -> Any:
        """Return what is in no schema."""
        return download(request, self.get_object().remote_file)

    @download_action(detail=False, methods=["post"])
    def search(self, request: Request) -> Any:
        """Return what fits."""
        return download(request, b"found")

    @action(detail=True)
    def facts(self, request: Request, pk: str) -> Response:
        return Response()


@api_view(["GET"])
@content_negotiation_class(FileNegotiation)
def by_function(request: Request) -> Any:
    """Return a function's."""
    return download(request, b"a function's")


router = SimpleRouter()
router.register("documents", Documents)

urlpatterns = [
    path("report", Report.as_view()),
    path("said", Said.as_view()),
    path("file/<int:pk>", DocumentFile.as_view()),
    path("function", by_function),
    path("", include(router.urls)),
]

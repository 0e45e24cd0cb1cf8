"""The pages of the library, and its downloads."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import CreateView, DeleteView, ListView

from demo.buckets import shown_from_here
from demo.converters import RowConverter
from demo.forms import LinkForm, ReportForm, SharingForm, UploadForm
from demo.models import Document, Place
from demo.reports import loans
from downloadable import DjangoUrlSigner, ZipContent, ZipMember, download
from downloadable.domain import SignatureError, SignatureExpired

sharing = DjangoUrlSigner("share a document")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/index.html")


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SignUpView(CreateView):
    """Make an account, and sign in."""

    form_class = UserCreationForm
    template_name = "registration/sign_up.html"
    success_url = reverse_lazy("documents")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        login(self.request, self.object)
        return response


class DocumentListView(LoginRequiredMixin, ListView):
    """The documents that somebody may read."""

    paginate_by = 50

    def get_queryset(self) -> QuerySet[Document]:
        return Document.objects.readable_by(self.request.user).select_related("owner")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Take a document: from the form, or from a script that would rather have JSON."""
    document = Document(owner=request.user)  # type: ignore[misc]  # who is signed in
    if request.method != "POST":
        return render(request, "demo/upload.html", {"form": UploadForm(instance=document)})
    form = UploadForm(request.POST, request.FILES, instance=document)
    as_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    if not form.is_valid():
        if as_json:
            return JsonResponse({"errors": form.errors}, status=400)
        return render(request, "demo/upload.html", {"form": form})
    form.save()
    messages.success(request, _("%(title)s is uploaded.") % {"title": document.title})
    if as_json:
        url = document.get_absolute_url()
        return JsonResponse({"url": url}, status=201, headers={"Location": url})
    return redirect(document)


@require_safe
@login_required
def document(request: HttpRequest, pk: int) -> HttpResponse:
    return document_page(request, get_object_or_404(Document.objects.readable_by(request.user), pk=pk))


def document_page(request: HttpRequest, document: Document, **context: Any) -> HttpResponse:
    """Show what is known of *document*; its owner may also change who else may see it."""
    if document.owner_id == request.user.pk:
        context = {"sharing_form": SharingForm(instance=document), "link_form": LinkForm(), **context}
    if document.place == Place.REPORT:
        context["report_form"] = ReportForm()
    return render(request, "demo/document.html", {"document": document, **context})


@require_safe
@login_required
def document_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = get_object_or_404(Document.objects.readable_by(request.user), pk=pk)
    return download(request, document.content(), basename=document.filename, content_type=document.media_type)


# The page of a document shows it in a frame.
@shown_from_here
@xframe_options_sameorigin
@require_safe
@login_required
def document_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = get_object_or_404(Document.objects.readable_by(request.user), pk=pk)
    return download(
        request,
        document.content(),
        attachment=False,  # but for what could run scripts, which is saved all the same
        basename=document.filename,
        content_type=document.media_type,
    )


@require_safe
@login_required
def documents_zip(request: HttpRequest) -> HttpResponseBase:
    """Pack what was ticked. It is a GET, so an interrupted download goes on like that of a file."""
    chosen = set(request.GET.getlist("pk"))
    if not chosen:
        messages.warning(request, _("Choose the documents that the ZIP archive is to hold."))
        return redirect("documents")
    if not all(re.fullmatch(RowConverter.regex, pk) for pk in chosen):
        raise Http404
    keys = set(map(int, chosen))
    documents = Document.objects.readable_by(request.user).filter(pk__in=keys)
    if len(documents) < len(keys):
        raise Http404
    members = [
        # The row knows the checksum, so a range is answered without reading what lies before it.
        ZipMember(
            document.filename, document.content(), crc32=document.crc32, last_modified=document.modified
        )
        for document in documents
    ]
    return download(request, ZipContent("documents.zip", members))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def document_sharing(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":  # such as after signing in, which leads back to here
        return redirect("document", pk=pk)
    document = get_object_or_404(Document.objects.owned_by(request.user), pk=pk)
    form = SharingForm(request.POST, instance=document)
    if not form.is_valid():
        return document_page(request, document, sharing_form=form)
    form.save()
    messages.success(request, _("Who may read it is changed."))
    return redirect(document)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def document_link(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":  # such as after signing in, which leads back to here
        return redirect("document", pk=pk)
    document = get_object_or_404(Document.objects.owned_by(request.user), pk=pk)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return document_page(request, document, link_form=form)
    path = sharing.sign(reverse("shared", args=[pk]), expires_in=form.cleaned_data["lifetime"])
    return document_page(request, document, link_form=form, link=request.build_absolute_uri(path))


class DocumentDeleteView(LoginRequiredMixin, DeleteView):
    """Ask, and delete a document and its file."""

    success_url = reverse_lazy("documents")

    def get_queryset(self) -> QuerySet[Document]:
        return Document.objects.owned_by(self.request.user)

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("%(title)s is deleted.") % {"title": self.object.title})
        return super().form_valid(form)


@require_safe
def shared(request: HttpRequest, pk: int) -> HttpResponseBase:
    try:
        sharing.check(request)
    except SignatureExpired as error:
        raise PermissionDenied(_("This link has expired. Ask whoever sent it for a new one.")) from error
    except SignatureError as error:
        raise PermissionDenied(_("This link is not valid. Is all of it in the address bar?")) from error
    document = get_object_or_404(Document, pk=pk)
    return download(request, document.content(), basename=document.filename, content_type=document.media_type)


@require_safe
@login_required
def report(request: HttpRequest, year: int) -> HttpResponseBase:
    form = ReportForm(request.GET)
    if not form.is_valid():
        raise BadRequest("A report has from 0 to 1,000,000 rows.")
    return download(request, loans(year, form.cleaned_data["rows"]), basename=f"loans {year}.csv")

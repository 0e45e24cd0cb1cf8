"""
Private files in the admin: each link leads to a view of the admin's, which asks for permission and downloads.

Not called ``admin``: that is what Django looks for in each app, and would import.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import flatten, flatten_fieldsets, quote, unquote
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db.models import FileField, Model, QuerySet
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from downloadable.django_ui.facts_shown import is_kept, name_shown
from downloadable.django_ui.file_widgets import LinkedFile, LinkedValue, linked, name_and_size
from downloadable.django_ui.serving import download
from downloadable.django_ui.translation import gettext as _

__all__ = ["DownloadAdminMixin", "DownloadInlineMixin"]


# Django's classes take a parameter for type checkers only.
if TYPE_CHECKING:
    from django.contrib.admin.options import BaseModelAdmin

    AnyAdmin = BaseModelAdmin[Any]
    ModelAdmin = admin.ModelAdmin[Any]
    InlineModelAdmin = admin.options.InlineModelAdmin[Any, Any]
else:
    AnyAdmin = ModelAdmin = InlineModelAdmin = object


class Downloads(AnyAdmin):
    """
    What admins of rows and of rows within them have in common.

    Attributes:
        download_fields: File fields that may be downloaded although neither the form nor the list shows them, such as
            for links of your own.

    Raises:
        TypeError: If a class has this behind Django's among its bases, where it would do nothing.
    """

    download_fields: Sequence[str] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        bases: list[type] = list(cls.__mro__)
        django: type = admin.options.BaseModelAdmin
        # Django's own methods would go first, and link to the storages.
        if django in bases[: bases.index(Downloads)]:
            raise TypeError(f"{cls.__qualname__} has its mixin behind Django's class: write it before that.")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Tell of what cannot work, as Django's checks of admins do."""
        known = {field.name for field in file_fields(self.model)}
        return [
            *super().check(**kwargs),
            *(unknown_field(type(self), name, known) for name in self.download_fields if name not in known),
        ]

    if TYPE_CHECKING:

        def get_download_url(self, row: Model, field: str) -> str:
            """Return where the admin lets the file in *field* of a saved *row* be downloaded."""
            ...

    def get_download_link(self, row: Model, field: str) -> str:
        """
        Return HTML that links to the file in *field*, for columns of your own; what stands for nothing if it is empty.

        Raises:
            AttributeError: If the row has no such field.
        """
        file = getattr(row, field)
        if not is_kept(file):
            return str(self.get_empty_value_display())
        return format_html('<a href="{}">{}</a>', self.get_download_url(row, field), name_shown(file))

    def download_file(self, request: HttpRequest, row: Any, field: str) -> HttpResponseBase:
        """Answer with a file that the user may have; the place to say how to serve it."""
        return download(request, getattr(row, field))

    def shown_files(self, request: HttpRequest, shown_for: Any) -> set[str]:
        """Return the file fields that the user sees, of which alone there are downloads."""
        names = {*flatten_fieldsets(self.get_fieldsets(request, shown_for)), *self.download_fields}
        return {field.name for field in file_fields(self.model)} & names

    def link_files(self, row: Model, form: Any = None, *, shown: Callable[[FieldFile], str]) -> None:
        """Let the files of *row*, and those that *form* shows, lead to the download, for as long as they are shown."""
        for field in file_fields(type(row)):
            # One that was deferred is not shown, and would be a query.
            if field.attname in vars(row):
                vars(row)[field.attname] = self._linked(
                    row, field, getattr(row, field.attname), shown, LinkedFile
                )
            if form is not None and field.name in form.fields:
                value = form[field.name].initial
                form[field.name].initial = self._linked(row, field, value, shown, LinkedValue)

    def _linked(
        self, row: Model, field: Any, file: Any, shown: Callable[[FieldFile], str], base: type[LinkedFile]
    ) -> Any:
        if row.pk is None or not is_kept(file):
            return file
        return linked(file, self.get_download_url(row, field.name), shown, base)


class DownloadInlineMixin(Downloads, InlineModelAdmin):
    """
    Make an inline link files to a view of its parent's admin, which must be a :class:`DownloadAdminMixin`.

    Comes before ``TabularInline``, ``StackedInline`` or a generic one among the bases.
    """

    _parent: Any = None

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Tell of what cannot work, as Django's checks of admins do."""
        wrong = self._wrong_parent()
        found = super().check(**kwargs)
        if wrong is None:
            return found
        hint = "Derive it from DownloadAdminMixin, which answers for the inline."
        return [*found, checks.Error(wrong, hint=hint, obj=type(self), id="downloadable.admin.E002")]

    def _wrong_parent(self) -> str | None:
        parent = self.admin_site.get_model_admin(self.parent_model)
        if isinstance(parent, DownloadAdminMixin):
            return None
        return f"{type(self).__qualname__} has downloads, but {type(parent).__qualname__} is no DownloadAdminMixin."

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        """
        Return the class of the formset.

        Raises:
            ImproperlyConfigured: If the admin of the parent has no downloads.
        """
        wrong = self._wrong_parent()
        if wrong is not None:
            raise ImproperlyConfigured(wrong)
        self._parent = obj
        return super().get_formset(request, obj, **kwargs)

    def get_download_url(self, row: Model, field: str) -> str:
        """Return where the admin of the parent, whose form is shown, lets the file be downloaded."""
        parent = quote(self._parent.pk)
        name = f"admin:{label_of(self.parent_model)}_download_inline"
        args = [parent, self.opts.label_lower, quote(row.pk), field]
        return reverse(name, args=args, current_app=self.admin_site.name)


class DownloadAdminMixin(Downloads, ModelAdmin):
    """
    Make a ``ModelAdmin`` link the files of its rows to a view of its own; comes before it among the bases.

    The view asks ``has_view_permission()`` for the row, which ``get_queryset()`` must hold, and has only what the form
    or the list shows to this user, or ``download_fields`` names. Storages need no ``url``; where they have one, nobody
    is shown it.
    """

    def get_urls(self) -> list[Any]:
        """Return the patterns of the admin, and those of the downloads."""
        name = label_of(self.model)
        file, inline = "<path:object_id>/download/", "<str:inline>/<str:inline_id>/"
        # What is answered says itself how long it may be kept.
        views: list[tuple[str, Any, str]] = [
            (f"{file}<str:field>/", self.download_view, f"{name}_download"),
            (f"{file}{inline}<str:field>/", self.download_inline_view, f"{name}_download_inline"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view, cacheable=True), name=name)
            for route, view, name in views
        ]
        return [*own, *super().get_urls()]

    def get_download_url(self, row: Model, field: str) -> str:
        """Return where this admin lets the file be downloaded."""
        name = f"admin:{label_of(self.model)}_download"
        return reverse(name, args=[quote(row.pk), field], current_app=self.admin_site.name)

    def shown_files(self, request: HttpRequest, shown_for: Any) -> set[str]:
        """Return the file fields that the user sees in the form or in the list."""
        listed = {name for name in flatten(self.get_list_display(request)) if isinstance(name, str)}
        return super().shown_files(request, shown_for) | (
            {field.name for field in file_fields(self.model)} & listed
        )

    @method_decorator(require_safe)
    def download_view(self, request: HttpRequest, object_id: str, field: str) -> HttpResponseBase:
        """Answer with a file of a row."""
        row = self._viewable(request, object_id)
        if field not in self.shown_files(request, row):
            raise Http404(_("There is no such file."))
        return self.download_file(request, row, field)

    @method_decorator(require_safe)
    def download_inline_view(
        self, request: HttpRequest, object_id: str, inline: str, inline_id: str, field: str
    ) -> HttpResponseBase:
        """Answer with a file of a row that an inline shows."""
        parent = self._viewable(request, object_id)
        for formset, one in self.get_formsets_with_inlines(request, parent):
            if (
                isinstance(one, DownloadInlineMixin)
                and one.opts.label_lower == inline
                and one.has_view_permission(request, parent)
                and field in one.shown_files(request, parent)
            ):
                options = self.get_formset_kwargs(request, parent, one, formset.get_default_prefix())
                row = row_of(formset(**options).get_queryset(), inline_id)
                if row is not None:
                    return one.download_file(request, row, field)
        raise Http404(_("There is no such file."))

    def _viewable(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, unquote(object_id))
        # Before anything is said of whether there is such a row.
        if not self.has_view_permission(request, row):
            raise PermissionDenied(_("This file may not be downloaded."))
        if row is None:
            raise Http404(_("There is no such file."))
        return row

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Render the form, with files that lead to the download."""
        form = context["adminform"].form
        self.link_files(form.instance, form, shown=name_and_size)
        for inline in context["inline_admin_formsets"]:
            if isinstance(inline.opts, DownloadInlineMixin):
                for one in inline.formset.forms:
                    inline.opts.link_files(one.instance, one, shown=name_and_size)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list, with files that lead to the download; their sizes would be a question for each."""
        changelist: Any = super().get_changelist_instance(request)
        for row in changelist.result_list:
            self.link_files(row, shown=name_shown)
        return changelist

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the list; where rows are changed in it, their forms lead to the download as well."""
        response = super().changelist_view(request, *args, **kwargs)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        formset = getattr(changelist, "formset", None)
        # The rows of one that was not valid are not those of the list.
        for form in [] if formset is None else formset.forms:
            self.link_files(form.instance, form, shown=name_shown)
        return response


def row_of(rows: QuerySet[Any], quoted: str) -> Any:
    """Return the row with this key, which is as in a URL of the admin; ``None`` if it is not among *rows*."""
    try:
        # A formset may show the first few only, and those cannot be filtered.
        found = rows if rows.query.is_sliced else rows.filter(pk=unquote(quoted))
        return next((row for row in found if str(quote(row.pk)) == quoted), None)
    except (ValueError, ValidationError):
        return None


def unknown_field(of: type, name: str, known: set[str]) -> checks.Error:
    names = ", ".join(sorted(known)) or "none"
    return checks.Error(
        f"'download_fields' of {of.__qualname__} names {name!r}, which is no file field of its model.",
        hint=f"Write names of its file fields: {names}.",
        obj=of,
        id="downloadable.admin.E001",
    )


def file_fields(model: Any) -> tuple[Any, ...]:
    """Return the file fields of a model."""
    return tuple(field for field in model._meta.concrete_fields if isinstance(field, FileField))


def label_of(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"

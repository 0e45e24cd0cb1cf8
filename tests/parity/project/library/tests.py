"""What the readers of this library rely on."""

import tempfile
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings
from django.urls import reverse

import django_downloadview
from django_downloadview import (
    HTTPFile,
    ProxiedDownloadResponse,
    SmartDownloadMiddleware,
    StorageDownloadView,
    StringIteratorIO,
    apache,
    assert_download_response,
    lighttpd,
    nginx,
    setup_view,
    temporary_media_root,
)
from django_downloadview.files import StorageFile, VirtualFile
from django_downloadview.io import TextIteratorIO
from django_downloadview.nginx import assert_x_accel_redirect
from django_downloadview.response import DownloadResponse, content_disposition
from django_downloadview.shortcuts import sendfile
from django_downloadview.test import DownloadResponseValidator
from django_downloadview.utils import content_type_to_charset, import_member, url_basename
from django_downloadview.views import VirtualDownloadView
from library import storages, views
from library.models import Book

TEXT = "Once upon a time ...\n"


class LibraryTest(TestCase):
    """A test with a media root of its own, and a directory of manuals."""

    def setUp(self):
        media = temporary_media_root()
        media.enable()
        self.addCleanup(media.disable)
        settings.MANUALS.mkdir(exist_ok=True)
        for name in ("guide", "terms"):
            (settings.MANUALS / f"{name}.txt").write_text(TEXT)

    def get(self, name, *args, **headers):
        return self.client.get(reverse(name, args=args), headers=headers)

    def saved(self, name, text=TEXT):
        return default_storage.save(name, ContentFile(text))

    def made(self, **fields):
        book = Book(slug="tale", title="A tale.txt", **fields)
        book.file.save("tale.txt", ContentFile(TEXT))
        return book


class ObjectTest(LibraryTest):
    """Books in the database."""

    def test_nginx_sends_books(self):
        self.made()
        response = self.get("book", "tale")
        assert_x_accel_redirect(
            self,
            response,
            basename="tale.txt",
            redirect_url="/protected/books/tale.txt",
            attachment=True,
            expires=None,
            with_buffering=None,
            limit_rate=None,
        )
        self.assertIsInstance(response, ProxiedDownloadResponse)
        self.assertIsInstance(response, nginx.XAccelRedirectResponse)
        self.assertEqual(response.basename, "tale.txt")

    def test_basenames(self):
        self.made()
        assert_x_accel_redirect(self, self.get("titled", "tale"), redirect_url="/protected/books/tale.txt")
        assert_x_accel_redirect(self, self.get("second", "tale"), redirect_url="/protected/books/tale.txt")

    def test_covers_are_shown_by_django(self):
        book = self.made()
        book.cover.save("cover.txt", ContentFile("Tale"))
        response = self.get("cover", "tale")
        assert_download_response(self, response, content="Tale", mime_type="text/plain", attachment=False)

    def test_books_without_cover_and_unknown_books(self):
        self.made()
        self.assertEqual(self.get("cover", "tale").status_code, 404)
        self.assertEqual(self.get("cover", "song").status_code, 404)

    def test_wrong_field(self):
        self.made()
        with self.assertRaises(AttributeError):
            self.get("misnamed", "tale")

    def test_receipts(self):
        book = self.made()
        response = self.get("receipt", "tale")
        assert_download_response(self, response, content="You have A tale.txt.", basename="receipt.txt")
        self.assertEqual(response["X-Receipt"], str(book.pk))
        self.assertEqual(response.cookies["receipt"].value, "yes")

    def test_by_hand(self):
        self.made()
        assert_x_accel_redirect(
            self, self.get("noted", "tale"), basename="by hand.txt", redirect_url="/protected/books/tale.txt"
        )
        with override_settings(DOWNLOADVIEW_RULES=[]):
            assert_download_response(
                self, self.client_class().get("/noted/tale/"), content=TEXT, mime_type="text/x-note"
            )


class StorageTest(LibraryTest):
    """Books in a storage."""

    def test_static_path(self):
        self.saved("leaflet.txt")
        response = self.get("leaflet")
        assert_download_response(
            self, response, content=TEXT, basename="leaflet.txt", mime_type="text/plain", attachment=True
        )
        self.assertIsInstance(response, DownloadResponse)
        self.assertEqual(response["X-Shelfmark"], "leaflet.txt")

    def test_dynamic_path(self):
        self.saved("a/b.txt")
        assert_download_response(self, self.get("shelf", "a/b.txt"), content=TEXT, basename="b.txt")
        assert_download_response(self, self.get("shouted", "A/B.TXT"), content=TEXT, basename="b.txt")
        assert_download_response(self, self.get("bound", "a/b.txt"), content=TEXT, basename="b.txt")

    def test_not_modified(self):
        self.saved("leaflet.txt")
        response = self.get("leaflet", if_modified_since="Wed, 01 Jan 2070 00:00:00 GMT")
        self.assertEqual(response.status_code, 304)
        response = self.get("leaflet", if_modified_since="Wed, 01 Jan 2020 00:00:00 GMT")
        assert_download_response(self, response, content=TEXT)

    def test_hooks(self):
        request = RequestFactory().get("/")
        view = setup_view(views.ShoutedShelf(), request, path="A/B.TXT")
        self.assertEqual(view.get_path(), "a/b.txt")
        file = view.get_file()
        self.assertIsInstance(file, StorageFile)
        self.assertEqual(file.name, "a/b.txt")
        self.assertFalse(file.exists())
        self.assertIs(setup_view(StorageDownloadView(path="x"), request).get_basename(), None)


class SignedTest(LibraryTest):
    """Books that are lent by link."""

    def test_links(self):
        Path(settings.MEDIA_ROOT, "tale.txt").write_text(TEXT)
        url = storages.loans.url("tale.txt")
        self.assertTrue(url.startswith("/loans/tale.txt?X-Signature="))
        assert_download_response(self, self.client.get(url), content=TEXT, basename="tale.txt")
        for other in (
            "/loans/tale.txt",
            "/loans/tale.txt?X-Signature=guessed",
            f"{url}x",
            url.replace("tale", "song"),
        ):
            self.assertEqual(self.client.get(other).status_code, 403, other)

    def test_storages(self):
        self.assertIn("?X-Signature=", storages.LendingStorage(base_url="/l/").url("tale.txt"))
        book = self.made(lent="tale.txt")
        self.assertIn("/loans/tale.txt?X-Signature=", book.lent.url)

    def test_no_migration_is_missing(self):
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)


class PathTest(LibraryTest):
    """Books on the disk."""

    def test_static_path(self):
        assert_x_accel_redirect(
            self, self.get("guide"), basename="guide.txt", redirect_url="/protected/manuals/guide.txt"
        )

    def test_without_rules(self):
        with override_settings(DOWNLOADVIEW_RULES=()):
            assert_download_response(
                self, self.get("manual", "guide"), content=TEXT, attachment=False, mime_type="text/plain"
            )
            self.assertEqual(self.get("manual", "absent").status_code, 404)

    def test_sendfile(self):
        with override_settings(DOWNLOADVIEW_RULES=()):
            assert_download_response(self, self.get("terms"), content=TEXT, attachment=False)
            assert_download_response(
                self, self.get("terms-to-keep"), content=TEXT, attachment=True, mime_type="text/plain"
            )
        request = RequestFactory().get("/")
        response = sendfile(
            request, str(settings.MANUALS / "terms.txt"), True, "rules.txt", "text/x-rules", None
        )
        assert_download_response(self, response, content=TEXT, basename="rules.txt", mime_type="text/x-rules")


class VirtualTest(LibraryTest):
    """Books that are written on demand."""

    def test_in_memory(self):
        assert_download_response(
            self, self.get("slip"), content="Please return in time.", basename="slip.txt", attachment=True
        )
        assert_download_response(
            self,
            self.get("letter"),
            content="Dear reader, ...",
            basename="letter.txt",
            mime_type="text/plain",
            content_type="text/plain; charset=utf-8",
        )

    def test_while_sent(self):
        csv = "0;Volume 0\n1;Volume 1\n2;Volume 2\n"
        assert_download_response(
            self, self.get("catalogue"), content=csv, basename="catalogue.csv", mime_type="text/csv"
        )
        assert_download_response(self, self.get("noise"), content=b"\x00\x01\x02", basename="noise.bin")
        self.assertEqual(VirtualFile(TextIteratorIO(iter(["a", "b"])), name="c").file.read(), "ab")
        self.assertTrue(issubclass(TextIteratorIO, StringIteratorIO))

    def test_not_modified(self):
        self.assertEqual(self.get("unchanged").status_code, 200)
        response = self.get("unchanged", if_modified_since="Wed, 01 Jan 2020 00:00:00 GMT")
        self.assertEqual(response.status_code, 304)

    def test_lost(self):
        self.assertEqual(self.get("lost").status_code, 404)

    def test_by_hand(self):
        response = self.get("note")
        assert_download_response(self, response, content="Back soon.", attachment=False)
        validate = DownloadResponseValidator()
        request = RequestFactory().get("/")
        validate(self, views.Slip.as_view()(request), basename="slip.txt", content=b"Please return in time.")
        self.assertTrue(issubclass(views.Slip, VirtualDownloadView))


class HttpTest(LibraryTest):
    """Books elsewhere."""

    def test_news(self):
        response = self.get("news")
        assert_download_response(
            self, response, content="All good.", mime_type="text/x-news", attachment=True
        )
        view = setup_view(views.News(), RequestFactory().get("/"))
        self.assertEqual(view.get_url(), "https://news.example/today.txt")
        self.assertIsInstance(view.get_file(), HTTPFile)
        self.assertEqual(view.get_file().url, "https://news.example/today.txt")


class ServersTest(LibraryTest):
    """Books that somebody else hands out."""

    def test_rules(self):
        for name, assertion in (
            ("apache", apache.assert_x_sendfile),
            ("lighttpd", lighttpd.assert_x_sendfile),
        ):
            with self.subTest(name):
                self.saved(f"{name}/a.txt")
                response = self.get("shelf", f"{name}/a.txt")
                assertion(self, response, basename="a.txt", file_path=f"/srv/{name}/a.txt", attachment=True)

    def test_decorators(self):
        self.saved("poem.txt")
        assert_x_accel_redirect(self, self.get("by-nginx", "poem.txt"), redirect_url="/by-nginx/poem.txt")
        apache.assert_x_sendfile(self, self.get("by-apache", "poem.txt"), file_path="/by-apache/poem.txt")
        response = self.get("by-lighttpd", "poem.txt")
        lighttpd.assert_x_sendfile(self, response, file_path="/by-lighttpd/poem.txt")
        self.assertIsInstance(response, lighttpd.XSendfileResponse)

    def test_real_files_only(self):
        self.saved("poem.txt")
        self.assertEqual(self.get("real", "poem.txt")["X-Real"], "yes")

    def test_middlewares_of_our_own(self):
        self.saved("poem.txt")
        self.saved("confidential.txt")
        for name in ("archived", "several"):
            with self.subTest(name):
                response = self.get(name, "poem.txt")
                assert_x_accel_redirect(
                    self, response, basename="poem.txt", redirect_url="/archive/poem.txt", attachment=True
                )
                assert_download_response(self, self.get(name, "confidential.txt"), content=TEXT)
        self.assertEqual(self.get("several", "confidential.txt")["X-Real"], "yes")
        assert_x_accel_redirect(self, self.get("renamed", "poem.txt"), redirect_url="/2/poem.txt.second")

    def test_by_hand(self):
        assert_x_accel_redirect(
            self,
            self.get("straight-nginx"),
            basename="poem.txt",
            content_type="text/plain; charset=utf-8",
            charset="utf-8",
            redirect_url="/by-hand/poem.txt",
            attachment=True,
        )
        for name, server in (("straight-apache", apache), ("straight-lighttpd", lighttpd)):
            response = self.get(name)
            server.assert_x_sendfile(
                self, response, basename="poem.txt", content_type="text/plain", file_path="/srv/poem.txt"
            )
            self.assertIsInstance(response, server.XSendfileResponse)

    def test_missing_rules(self):
        for name in ("DOWNLOADVIEW_BACKEND", "DOWNLOADVIEW_RULES"):
            with self.subTest(name), override_settings():
                delattr(settings, name)
                with self.assertRaisesMessage(Exception, name):
                    SmartDownloadMiddleware(lambda request: None)


class ToolsTest(SimpleTestCase):
    """What was borrowed along the way."""

    def test_app(self):
        self.assertTrue(apps.is_installed("django_downloadview"))

    def test_tools(self):
        self.assertEqual(content_type_to_charset("text/html; charset=utf-8"), "utf-8")
        self.assertIsNone(content_type_to_charset("image/png"))
        self.assertEqual(url_basename("/a/b.txt", "text/plain"), "b.txt")
        self.assertIs(import_member("django_downloadview.nginx.x_accel_redirect"), nginx.x_accel_redirect)
        self.assertEqual(content_disposition("demo.txt"), 'attachment; filename="demo.txt"')
        self.assertTrue(callable(django_downloadview.ObjectDownloadView.as_view))

    def test_media_root(self):
        before = settings.MEDIA_ROOT
        with temporary_media_root():
            self.assertTrue(settings.MEDIA_ROOT.startswith(tempfile.gettempdir()))
        self.assertEqual(settings.MEDIA_ROOT, before)

    @temporary_media_root()
    def test_media_root_of_a_test(self):
        self.assertTrue(Path(settings.MEDIA_ROOT).is_dir())

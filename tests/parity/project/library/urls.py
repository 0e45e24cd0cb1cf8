"""Which way to which desk."""

from django.urls import path

from library import views

urlpatterns = [
    path("book/<slug:slug>/", views.book, name="book"),
    path("cover/<slug:slug>/", views.cover, name="cover"),
    path("titled/<slug:slug>/", views.titled, name="titled"),
    path("misnamed/<slug:slug>/", views.misnamed, name="misnamed"),
    path("second/<slug:slug>/", views.SecondEdition.as_view(), name="second"),
    path("leaflet/", views.leaflet, name="leaflet"),
    path("shelf/<path:path>", views.shelf, name="shelf"),
    path("shouted/<path:path>", views.ShoutedShelf.as_view(), name="shouted"),
    path("loans/<path:path>", views.lent, name="lent"),
    path("guide/", views.guide, name="guide"),
    path("manual/<str:path>/", views.Manual.as_view(), name="manual"),
    path("terms/", views.terms, name="terms"),
    path("terms-to-keep/", views.terms_to_keep, name="terms-to-keep"),
    path("news/", views.News.as_view(), name="news"),
    path("slip/", views.Slip.as_view(), name="slip"),
    path("letter/", views.Letter.as_view(), name="letter"),
    path("catalogue/", views.Catalogue.as_view(), name="catalogue"),
    path("noise/", views.Noise.as_view(), name="noise"),
    path("unchanged/", views.Unchanged.as_view(), name="unchanged"),
    path("lost/", views.Lost.as_view(), name="lost"),
    path("receipt/<slug:slug>/", views.Receipt.as_view(), name="receipt"),
    path("bound/<path:name>", views.Bound.as_view(), name="bound"),
    path("note/", views.note, name="note"),
    path("noted/<slug:slug>/", views.noted, name="noted"),
    path("by-nginx/<path:path>", views.by_nginx, name="by-nginx"),
    path("by-apache/<path:path>", views.by_apache, name="by-apache"),
    path("by-lighttpd/<path:path>", views.by_lighttpd, name="by-lighttpd"),
    path("real/<path:path>", views.real_only, name="real"),
    path("real-slip/", views.real_slip, name="real-slip"),
    path("archived/<path:path>", views.archived, name="archived"),
    path("renamed/<path:path>", views.renamed, name="renamed"),
    path("several/<path:path>", views.several, name="several"),
    path("straight/nginx/", views.straight_from_nginx, name="straight-nginx"),
    path("straight/apache/", views.straight_from_apache, name="straight-apache"),
    path("straight/lighttpd/", views.straight_from_lighttpd, name="straight-lighttpd"),
]

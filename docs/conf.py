"""How Sphinx builds the documentation: make docs."""

import sys
from pathlib import Path

import django
from django.conf import settings
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import downloadable

# What is written from the tests, and the tests.
sys.path[:0] = [str(Path(__file__).with_name("extensions")), str(Path(__file__).parents[1])]

# Documented classes are imported, and some of them want a configured Django.
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "downloadable.django_ui",
    ],
)
django.setup()

project = "downloadable"
author = "downloadable contributors"
project_copyright = author
version = release = downloadable.__version__

extensions = ["coming", "conformance", "links", "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_use_ivar = True

# Every name of ours that is mentioned must be documented; others have their documentation elsewhere.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(?!downloadable\b).*"),
    # Type variables, parts of a union whose name is documented, and bases that only hold what several classes share.
    (r"py:.*", r"downloadable\..*\.(AnyView|FieldHooks|Key|Key_contra|T|V|FromTo|Suffix|LazyFile|PathHooks)"),
]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"downloadable {release}"
html_theme_options = {"light_css_variables": {"code-font-size": "0.78em"}}


def setup(app: Sphinx) -> None:
    """Take the language of Caddy's configuration, which nobody colours, for plain text."""
    app.add_lexer("caddy", TextLexer)

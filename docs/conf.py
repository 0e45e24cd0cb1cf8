"""How Sphinx builds the documentation: make docs."""

import django
from django.conf import settings

import downloadable

# Documented classes are imported, and some of them want a configured Django.
settings.configure()
django.setup()

project = "downloadable"
author = "downloadable contributors"
project_copyright = author
version = release = downloadable.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"downloadable {release}"

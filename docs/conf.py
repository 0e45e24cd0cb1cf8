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

autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_use_ivar = True

# Every name of ours that is mentioned must be documented; others have their documentation elsewhere.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(?!downloadable\b).*"),
    # Type variables, parts of a union whose name is documented, and bases that only hold what several classes share.
    (r"py:.*", r"downloadable\..*\.(AnyView|Key|Key_contra|T|V|FromTo|Suffix|LazyFile|PathHooks)"),
]

html_theme = "furo"
html_title = f"downloadable {release}"
html_theme_options = {"light_css_variables": {"code-font-size": "0.78em"}}

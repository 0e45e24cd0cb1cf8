"""Finds what clients read in the code and the templates, and says where it does not go through gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

__all__ = ["EAGER", "LAZY", "untranslated_in_code", "untranslated_in_template"]

EAGER = frozenset({"gettext", "ngettext", "pgettext", "npgettext"})
LAZY = frozenset({f"{name}_lazy" for name in EAGER})
MARKED = EAGER | LAZY | {"_", "gettext_noop"}

ANSWERS = re.compile(
    # What a view returns or raises, of Django's, of Django REST framework's, of django-health-check's and of ours;
    r"HttpResponse\w*|Http404|PermissionDenied|BadRequest|APIException|ServiceUnavailable|ValidationError|PlainAnswer"
    r"|OpenApiResponse|OpenApiParameter|refusal|failure|error_with|PasswordRequired"
    # and what an admin says, or becomes part of a page.
    r"|format_html(?:_join)?|mark_safe|SafeString|message_user|(?:add_)?message|success|info_message"
)
SHOWN = frozenset(
    {"verbose_name", "verbose_name_plural", "help_text", "label", "short_description", "empty_value_display"}
    | {"default_detail", "description", "error_messages"}
)
"""Arguments and attributes that end up in forms, lists and schemas."""

NOT_READ = frozenset({"content_type", "status", "headers", "charset", "code", "reason", "name", "type"})
"""Arguments of these that are for programs."""

LETTERS = re.compile(r"[^\W\d_]")
MARKUP = re.compile(r"<[^<>]*>|\{[^{}]*\}|%\(\w+\)[ds]|%[ds]|&\w+;")

NOT_TEXT = re.compile(
    r"\{#.*?#\}|\{% comment .*?%\}.*?\{% endcomment %\}|<(style|script)\b.*?</\1>"
    r"|\{% blocktrans(?:late)?\b.*?%\}.*?\{% endblocktrans(?:late)? %\}|\{%.*?%\}|\{\{.*?\}\}|<[^<>]*>",
    re.DOTALL,
)


def untranslated_in_code(code: str) -> list[str]:
    """Return where a sentence for clients is no argument of gettext, or is translated when a module is imported."""
    tree = ast.parse(code)
    found = [*in_answers(tree), *in_attributes(tree), *in_gettext(tree), *at_import(tree)]
    return [f"line {line}: {what}" for line, what in sorted(found)]


def in_answers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ANSWERS.fullmatch(name_of(node.func)):
            given = [*node.args, *(word.value for word in node.keywords if word.arg not in NOT_READ)]
            for argument in given:
                yield from texts_in(argument)
        if isinstance(node, ast.Call):
            for word in node.keywords:
                if word.arg in SHOWN:
                    yield from texts_in(word.value)


def in_attributes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            # An application's label is its name for programs.
            shown = any(name_of(target) in SHOWN - {"label"} for target in targets)
            yield from texts_in(node.value) if shown else ()


def in_gettext(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield what is translated, but cannot be found by who makes catalogues."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and name_of(node.func) in MARKED
            and not (node.args and isinstance(node.args[0], ast.Constant))
        ):
            yield node.lineno, f"{ast.unparse(node)} has no text of its own"


def at_import(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield what is translated once and for all, in whatever language a server starts."""
    lazy = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in LAZY
    }
    for node in run_at_import(tree):
        if not isinstance(node, ast.Call) or name_of(node.func) not in MARKED - {"gettext_noop"}:
            continue
        if name_of(node.func) not in lazy:
            yield node.lineno, f"{ast.unparse(node)} is not lazy"
    for node in run_at_import(tree):
        if not isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
            continue
        frozen = not isinstance(node, ast.Call) or name_of(node.func) in ("str", "format", "join")
        calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        if frozen and any(name_of(inner.func) in lazy for inner in calls):
            yield node.lineno, f"{ast.unparse(node)} is no longer lazy"


def run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is executed when a module is imported: all but the bodies of functions."""
    if isinstance(node, ast.Lambda):
        return
    children: list[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        children = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    for child in children:
        yield child
        yield from run_at_import(child)


def texts_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the words in an expression that do not go through gettext."""
    if isinstance(node, ast.Call):
        if name_of(node.func) in MARKED or ANSWERS.fullmatch(name_of(node.func)):
            return  # as it should be, or looked at by itself
        # What it is called on, and with, may be text, as in "...".format(...).
        for inner in (node.func, *node.args):
            yield from texts_in(inner)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and LETTERS.search(MARKUP.sub("", node.value)):
            yield node.lineno, repr(node.value)
    elif isinstance(node, ast.Subscript):
        yield from texts_in(node.value)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts_in(value)
    elif not isinstance(node, ast.Lambda | ast.Compare):
        for child in ast.iter_child_nodes(node):
            yield from texts_in(child)


def name_of(node: ast.AST | None) -> str:
    """Return the last part of a name, such as that of a function."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def untranslated_in_template(template: str) -> list[str]:
    """Return the words of a template that are in no tag."""
    return [line.strip() for line in NOT_TEXT.sub("\n", template).splitlines() if LETTERS.search(line)]

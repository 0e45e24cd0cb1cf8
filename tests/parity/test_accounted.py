"""What django-downloadview 2.5.0 does wrong, and which test says that nothing of it has come along."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

FAULTS: list[tuple[int, str, str]] = [
    (
        1,
        "files of other servers are read byte by byte",
        "streaming:another_servers_file_comes_in_large_pieces",
    ),
    (2, "files are sent line by line", "repaired:a_large_file_is_not_read_by_lines"),
    (3, "a file without lines is one chunk", "repaired:a_large_file_is_not_read_by_lines"),
    (4, "all is collected under ASGI", "streaming:nothing_is_collected_under_asgi"),
    (5, "a download is no file response of Django's", "streaming:a_download_is_a_file_response"),
    (6, "something is printed for each miss", "repaired:dates_are_compared_everywhere"),
    (7, "paths and rows are never 304", "repaired:dates_are_compared_everywhere"),
    (8, "naive dates count as UTC", "repaired:naive_dates_are_local"),
    (9, "no validators, ranges or caching", "repaired:clients_can_cache_and_resume"),
    (10, "requests have no timeout", "streaming:requests_have_a_timeout"),
    (11, "an origin's error page is the file", "repaired:an_error_of_an_origin_is_no_file"),
    (12, "an origin must tell length and type", "streaming:an_origin_need_not_say_everything"),
    (13, "a decoded body has the coded length", "streaming:a_length_is_that_of_what_is_sent"),
    (14, "connections to origins stay open", "streaming:a_connection_is_closed_with_the_response"),
    (15, "mimetype of an HTTP view is ignored", "repaired:an_error_of_an_origin_is_no_file"),
    (16, "names in URLs are not decoded", "repaired:an_error_of_an_origin_is_no_file"),
    (17, "HEAD fetches all, from internal hosts too", "streaming:internal_hosts_are_not_asked"),
    (17, "HEAD fetches all, from internal hosts too", "streaming:an_error_page_is_no_file"),
    (18, "a missing file is a server error", "repaired:a_missing_file_is_no_server_error"),
    (19, "size_field and encoding_field crash", "repaired:fields_of_a_row_reach_the_client"),
    (20, "three *_field attributes do nothing", "repaired:fields_of_a_row_reach_the_client"),
    (21, "encoding does nothing", "repaired:an_encoding_has_an_effect"),
    (22, "images have a charset", "repaired:no_image_has_a_charset"),
    (23, "a nameless file crashes", "repaired:a_file_needs_no_name"),
    (24, "the response takes no headers", "repaired:a_response_takes_what_djangos_do"),
    (25, "names can be empty or unsafe", "repaired:names_are_safe"),
    (25, "names are lost inline", "repaired:a_name_is_sent_inline_too"),
    (26, "a generator is collected", "repaired:generated_files_stream"),
    (27, "a generated file is announced as empty", "repaired:generated_files_stream"),
    (28, "text is measured in characters", "repaired:text_is_measured_in_bytes"),
    (29, "iterating BytesIteratorIO yields nothing", "repaired:generated_files_iterate"),
    (30, "paths from URLs climb", "repaired:a_path_of_ones_own_is_not_climbed"),
    (31, "prefixes match neighbours", "rules:directories_match_by_segments"),
    (31, "prefixes match neighbours", "rules:urls_match_by_segments"),
    (32, "names are not encoded, and climb", "rules:names_are_spelled_as_each_server_wants_them"),
    (32, "names are not encoded, and climb", "rules:nothing_climbs"),
    (33, "source_dir misses storages", "rules:directories_are_for_files_of_storages_and_rows"),
    (
        34,
        "no destination, or no URL, is a server error",
        "rules:a_rule_that_cannot_work_is_refused_at_the_start",
    ),
    (34, "no destination, or no URL, is a server error", "rules:a_storage_without_urls_is_served_by_django"),
    (35, "the name at the client is overwritten", "handing_over:what_a_view_sets_survives"),
    (36, "Apache gets encoded paths", "rules:names_are_spelled_as_each_server_wants_them"),
    (37, "a length of a body that is not sent", "handing_over:what_a_view_sets_survives"),
    (38, "cookies are lost, headers shared", "handing_over:what_a_view_sets_survives"),
    (38, "cookies are lost, headers shared", "handing_over:responses_by_hand"),
    (39, "the opened file stays open", "handing_over:an_opened_file_is_closed"),
    (40, "expires crashes or loses days", "handing_over:expires_is_told_in_seconds"),
    (41, "X-Accel-Charset is None", "handing_over:a_charset_is_told_if_there_is_one"),
    (42, "assertions compare field names", "handing_over:nginx_is_told_how_and_tests_can_tell"),
    (43, "assertions misread dispositions and types", "handing_over:assertions_are_about_what_is_sent"),
    (44, "the dispatcher cannot be made", "handing_over:a_dispatcher_has_several_middlewares"),
    (45, "positional rules shift", "rules:rules_can_be_positional"),
    # The middleware for the NGINX_DOWNLOAD_MIDDLEWARE_* settings of old does not exist here, so it cannot fail.
    (46, "importing a module writes settings", "package:importing_changes_no_setting"),
    (47, "async views are not accelerated", "handing_over:decorators_work_on_every_view"),
    (48, "signed names may have no space or accent", "signatures:links_hold_for_any_name"),
    (49, "a link to an object view never holds", "signatures:links_to_views_hold"),
    (50, "any signature of a path holds", "signatures:only_our_links_hold"),
    (50, "a URL with a query breaks", "signatures:urls_with_a_query_are_signed_with_it"),
    (51, "files in memory are handed over", "rules:what_is_in_memory_is_sent_by_django"),
    (52, "a site loads requests and test tools", "package:a_running_site_needs_no_test_tools"),
]


def test_every_fault_is_accounted_for() -> None:
    """None is left out."""
    assert sorted({number for number, _, _ in FAULTS}) == list(range(1, 53))


@pytest.mark.parametrize(("number", "fault", "shown_by"), FAULTS)
def test_a_test_shows_that_it_is_gone(number: int, fault: str, shown_by: str) -> None:
    """What is named exists, and is a test."""
    module, _, name = shown_by.partition(":")
    found: Any = getattr(importlib.import_module(f"tests.parity.test_{module}"), f"test_{name}")
    assert callable(found)
    assert found.__doc__

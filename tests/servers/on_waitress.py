"""Runs waitress on a socket that listens already, which its own command line cannot: DESCRIPTOR THREADS APPLICATION."""

from __future__ import annotations

import logging
import socket
import sys

from django.utils.module_loading import import_string
from waitress import serve

if __name__ == "__main__":
    descriptor, threads, application = sys.argv[1:]
    logging.basicConfig(level=logging.INFO)
    serve(
        import_string(application.replace(":", ".")),
        sockets=[socket.socket(fileno=int(descriptor))],
        threads=int(threads),
    )

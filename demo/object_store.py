"""
S3 on loopback: moto's server, which speaks the API, behind what moto leaves out.

moto answers whoever asks. Here a link is held against its signature, its method and its time, as S3 does it, and what
is not signed at all is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit, urlunsplit

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

__all__ = ["KEYS", "REGION", "LoopbackStore"]

REGION = "eu-west-1"
KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "wJalrXUtnFEMI"}
CHECKED = f"AWS4-HMAC-SHA256 Credential={KEYS['access_key']}/20240517/{REGION}/s3/aws4_request"
"""Tells moto that there is no need to check a link once more."""


class LoopbackStore:
    """
    A bucket that is asked over HTTP, on a free port of loopback; empty at first, and gone once it is stopped.

    Args:
        bucket: Its name.

    Attributes:
        url: Where its API is, without the bucket.

        client: Of boto3, for who fills it.

        now: What the store takes the time to be.
    """

    def __init__(self, bucket: str) -> None:
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.bucket = bucket
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Silent)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["access_key"],
            aws_secret_access_key=KEYS["secret_key"],
        )
        self.client.create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )

    def stop(self) -> None:
        """Close the port, and forget all objects."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.client.close()
        s3_backends.reset()  # they are one for all servers of this process

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        method, target = environ["REQUEST_METHOD"], environ["REQUEST_URI"]
        fault = None if "HTTP_AUTHORIZATION" in environ else self._fault(method, f"{self.url}{target}")
        if fault is not None:
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [] if method == "HEAD" else [f"<Error><Code>{fault}</Code></Error>".encode()]
        # moto would look for what the answer is to say in the fields of a request for what is not there.
        checked = {"HTTP_AUTHORIZATION": CHECKED, **environ}
        answer: Iterable[bytes] = self._moto(checked, start_response)
        return answer

    def _fault(self, method: str, url: str) -> str | None:
        """Tell what is wrong with a link, by the signature that botocore would have made."""
        said = {word: values[0] for word, values in parse_qs(url.partition("?")[2]).items()}
        if "X-Amz-Signature" not in said:
            return "AccessDenied"
        signed, _, given = url.rpartition("&X-Amz-Signature=")
        # Which characters of the path are encoded makes no difference: whoever checks it encodes it anew.
        parts = urlsplit(signed)
        signed = urlunsplit(parts._replace(path=quote(unquote(parts.path), safe="/~")))
        request = AWSRequest(method, signed, headers={"Host": parts.netloc})
        request.context["timestamp"] = said["X-Amz-Date"]
        auth = S3SigV4QueryAuth(Credentials(*KEYS.values()), "s3", REGION)
        text = auth.string_to_sign(request, auth.canonical_request(request))
        if auth.signature(text, request) != given:
            return "SignatureDoesNotMatch"
        made = datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if self.now() > made + timedelta(seconds=int(said["X-Amz-Expires"])):
            return "AccessDenied"
        return None


class Silent(WSGIRequestHandler):
    """Says nothing of what is asked."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Leave it out."""

"""Valid and invalid requests generated from the hub's OpenAPI: each response is described in it."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from connectors.registry import load_connectors
from hub.intake.http import IntakeHttp
from hub.intake.openapi import openapi_intake
from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.journal.writer import JournalWriter
from hub.runtime.metrics import Meters
from hub.security.credentials import load_or_create_credentials
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.store.client import Store
from hub.web.signature import Nonces, signed_headers

SCHEMA = schemathesis.openapi.from_dict(openapi_intake())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Served:
    """An intake in its own thread, over the tests' store."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.credentials = load_or_create_credentials(settings)
        sealer = make_sealer(settings)
        journal = Journal(settings.data / "journal.db", sealer, max_bytes=settings.journal_max)
        self.journal, self.writer = journal, JournalWriter(journal)
        receiver = Receiver(self.writer, Meters())
        self.http = IntakeHttp(
            settings, receiver, self.credentials, load_connectors(), Nonces(), sealer
        )
        reader: Any = self.http.reader
        reader.rows = store.named
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = self.call(self._start())
        self.url = str(self.server.make_url("")).rstrip("/")

    def call(self, what: Any) -> Any:
        """Run in the intake's loop."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(30)

    async def _start(self) -> TestServer:
        server = TestServer(self.http.app)
        await server.start_server(auto_decompress=False)
        return server

    def stop(self) -> None:
        """Stop the intake."""
        self.call(self.server.close())
        self.call(self.writer.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        self.journal.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, engine: Store) -> Iterator[Served]:
    """Return an intake that answers."""
    served = Served(
        Settings(data=tmp_path_factory.mktemp("intake"), tracking_limit="1000000/minute"), engine
    )
    yield served
    served.stop()


def test_the_description_is_openapi() -> None:
    """The documents are valid by the OpenAPI specification."""
    OpenAPIV31SpecValidator(openapi_intake()).validate()


OPERATIONS = [
    (path, method.upper())
    for path, methods in openapi_intake()["paths"].items()
    for method in methods
]


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_response_is_described(
    served: Served, path: str, method: str, mode: GenerationMode
) -> None:
    """Every response to a generated request is described in the OpenAPI document."""
    operation = SCHEMA[path][method]

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        request = requests.Request(**case.as_transport_kwargs(base_url=served.url)).prepare()
        _prove(request, served)
        with requests.Session() as session:
            answer = session.send(request, timeout=30, allow_redirects=False)
        case.validate_response(answer, checks=CHECKS)

    ask()


def _prove(request: Any, served: Served) -> None:
    """Sign every other push, and add the token to every other replay."""
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    if len(body) % 2:
        return
    path = request.path_url.partition("?")[0]
    if path.startswith("/v1/intake/"):
        secret = served.credentials.value(path.rpartition("/")[2], "secret")
        request.headers.update(signed_headers(secret, body))
        request.headers["X-Hub-Nonce"] = uuid4().hex
        request.headers.update(signed_headers(secret, body))
    elif path == "/v1/admin/replay":
        request.headers["Authorization"] = f"Bearer {served.credentials.value('admin', 'token')}"

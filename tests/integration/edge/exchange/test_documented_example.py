"""`docs/exchange-token.md`, executed: the server's Python, the page's JavaScript in Node, and the settings."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Request
from werkzeug.serving import make_server

from courtside.identity.federation.issuers import Issuer, KeySet, SharedSecrets, read_issuers
from courtside.identity.federation.model import Problem
from local.auth import AuthServer
from local.environment import ROOT
from tests.answering import answering_server
from tests.http_calls import Function
from tests.integration.edge.exchange.conftest import function_of
from tests.world import World

DOCUMENT = (ROOT / "docs" / "exchange-token.md").read_text("utf-8")

# What a page has already: an app of Firebase, and who is signed in to the host application.
BEFORE = """
import { initializeApp } from "firebase/app";
import { connectAuthEmulator } from "firebase/auth";

const [FUNCTIONS_URL, project, authHost, ...tokens] = process.argv.slice(1);
initializeApp({ apiKey: "local", projectId: project });
connectAuthEmulator(getAuth(), `http://${authHost}`, { disableWarnings: true });
const tokenOfYourServer = async () => tokens.shift();
"""
AFTER = """
const first = await signIn();
const second = await signIn();
const refused = await signIn().catch((error) => error.message);
console.log(JSON.stringify({ first, second, refused }));
process.exit(0);
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture
def host() -> dict[str, Any]:
    """What the document's server has."""
    namespace: dict[str, Any] = {}
    (code,) = blocks("python")
    exec(compile(code, "exchange-token.md", "exec"), namespace)
    return namespace


@contextmanager
def serving(function: Function) -> Iterator[str]:
    """The address under which a function answers over HTTP."""

    def app(environ: Any, start_response: Any) -> Any:
        return function(Request(environ))(environ, start_response)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_documents_page_signs_in_with_the_tokens_of_its_server(
    host: dict[str, Any],
    empty_database: str,
    emulator_host: str,
    auth_server: AuthServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_server.host)
    (club,) = json.loads(blocks("json")[0])
    with answering_server() as keys:
        keys.body = json.dumps(host["published_keys"]()).encode()
        club["keys"]["jwks_url"] = keys.url
        world = World.of(
            empty_database,
            emulator_host,
            project=auth_server.project,
            exchange_issuers=json.dumps([club]),
            calls_to_loopback=True,
        )
        tokens = [host["token_for"]("member-7"), host["token_for"]("member-7")]
        try:
            with serving(function_of(world.backends)) as url:
                shown = run_page(url, auth_server, *tokens, tokens[0])
        finally:
            world.close()

    assert shown["first"] == shown["second"]
    assert shown["refused"] == "replayed"
    assert len(keys.asked) == 1


def run_page(url: str, auth: AuthServer, *tokens: str) -> dict[str, Any]:
    (code,) = blocks("js")
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", BEFORE + code + AFTER, url, auth.project, auth.host, *tokens],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    shown: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return shown


@pytest.mark.parametrize("text", blocks("json"))
def test_the_documents_settings_are_settings(text: str) -> None:
    assert read_issuers(text)


def test_every_field_of_an_issuer_is_explained() -> None:
    fields = {*Issuer.model_fields, *KeySet.model_fields, *SharedSecrets.model_fields}

    assert [name for name in sorted(fields) if f"`{name}`" not in DOCUMENT] == []


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_is_explained(problem: Problem) -> None:
    assert f"`{problem.value}`" in DOCUMENT.partition("## Refusals")[2]

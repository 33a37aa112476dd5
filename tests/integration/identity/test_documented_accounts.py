"""`docs/accounts.md`, executed: its page in Node against the Auth emulator, our callables and our documents."""

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

from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import Command
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from local.auth import AuthServer
from local.environment import ROOT
from tests.http_calls import Function
from tests.world import ADMIN, CALLABLES, World

DOCUMENT = (ROOT / "docs" / "accounts.md").read_text("utf-8")

BEFORE = """
import { initializeApp } from "firebase/app";
import { connectAuthEmulator } from "firebase/auth";
import { connectFirestoreEmulator } from "firebase/firestore";
import { connectFunctionsEmulator } from "firebase/functions";

const [projectId, authHost, firestoreHost, functionsHost] = process.argv.slice(1);
initializeApp({ apiKey: "local", projectId });
connectAuthEmulator(getAuth(), `http://${authHost}`, { disableWarnings: true });
for (const [connect, service, host] of [
  [connectFirestoreEmulator, getFirestore(), firestoreHost],
  [connectFunctionsEmulator, getFunctions(), functionsHost],
]) {
  const [name, port] = host.split(":");
  connect(service, name, Number(port));
}
const tell = (line) => console.log(JSON.stringify(line));
"""
AFTER = """
const email = `${crypto.randomUUID()}@example.com`;
const uid = await signUp(email, "correct horse", "Ada");
const same = (await signIn(email, "correct horse")) === uid;
const roles = [];
await new Promise((resolve) => {
  onRole(uid, async (role) => {
    roles.push(role);
    const { claims } = await getAuth().currentUser.getIdTokenResult();
    tell({ uid, same, role, claim: claims.role });
    if (role === "support") resolve();
  });
});
const google = await signInWithGoogle(JSON.stringify({ sub: "g1", email: "g@example.com", email_verified: true }));
tell({ google: google.length > 0 && google !== uid });
process.exit(0);
"""


@contextmanager
def serving(functions: dict[str, Function]) -> Iterator[str]:
    """The host and port under which callables answer, each at the end of its address."""

    def app(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        return functions[request.path.rsplit("/", 1)[-1]](request)(environ, start_response)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def world(
    empty_database: str, emulator_host: str, auth_server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A studio whose accounts are the Auth emulator's."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_server.host)
    world = World.of(
        empty_database, emulator_host, project=auth_server.project, auth_emulator=auth_server.host
    )
    yield world
    world.close()


def test_the_documents_page_signs_up_and_notices_its_role(world: World, auth_server: AuthServer) -> None:
    (code,) = re.findall(r"```js\n(.*?)```", DOCUMENT, re.DOTALL)
    world.make_admin()
    runtime = Runtime(react, drain_commit, backends_factory=lambda: world.backends)
    functions = {"account": callable_function(CALLABLES["account"], runtime)}
    with serving(functions) as url:
        hosts = (auth_server.project, auth_server.host, str(world.backends.settings.firestore_emulator), url)
        page = subprocess.Popen(
            ["node", "--input-type=module", "-e", BEFORE + code.replace("export ", "") + AFTER, *hosts],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with page:
            assert page.stdout is not None
            assert page.stderr is not None
            line = page.stdout.readline()
            assert line, page.stderr.read()
            first = json.loads(line)
            world.call(ADMIN, "admin.set_role", user_id=first["uid"], role="support", reason="joins us")
            rest = [json.loads(line) for line in page.stdout]
            failure = page.stderr.read()

    assert page.returncode == 0, failure
    assert first == {"uid": first["uid"], "same": True, "role": "client", "claim": "client"}
    # A listener may see a document twice, of which only the commit's time differs.
    assert rest[-2] == {**first, "role": "support", "claim": "support"}
    assert rest[-1] == {"google": True}


def test_every_dangerous_command_is_listed() -> None:
    section = DOCUMENT.partition("## Dangerous commands")[2]
    dangerous = {
        command.name
        for commands in CALLABLES.values()
        for command in commands
        if isinstance(command, Command) and command.dangerous
    }

    assert set(re.findall(r"`(admin\.[a-z_]+)`[,.]", section)) == dangerous

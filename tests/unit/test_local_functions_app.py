"""URLs of the functions host: the official emulator's, and an answer that helps for any other."""

import json
from types import ModuleType

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from local.functions_host.app import FunctionsApp, Route, route
from local.functions_host.discovery import ServedFunction, functions_of

MAIN = """
from firebase_functions.https_fn import on_call, on_request
from firebase_functions.scheduler_fn import Timezone, on_schedule

runtime = object()
unmarked = len

@on_call()
def bookings(request): ...

@on_request()
def health(request): ...

@on_schedule(schedule="15 3 * * *", timezone=Timezone("Europe/Berlin"))
def nightly(event): ...

@on_schedule(schedule="every 1 minutes")
def sweep(event): ...
"""
PROJECT = "demo-courtside"
BASE = f"/{PROJECT}/us-central1"


@Request.application
def echo(request: Request) -> Response:
    return Response(f"{request.method} {request.path} {request.query_string.decode()}")


@pytest.fixture
def client() -> Client:
    functions = [ServedFunction("bookings", "callable"), ServedFunction("health", "http")]
    return Client(FunctionsApp(PROJECT, functions, {"bookings": echo, "health": echo}))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{BASE}/bookings", Route("bookings", f"{BASE}/bookings", "/")),
        (f"{BASE}/calendar/a/b.ics", Route("calendar", f"{BASE}/calendar", "/a/b.ics")),
        (f"{BASE}/calendar/", Route("calendar", f"{BASE}/calendar", "/")),
        (f"{BASE}/", None),
        (BASE, None),
        ("/other-project/us-central1/bookings", None),
        (f"/{PROJECT}/europe-west1/bookings", None),
        ("/", None),
        ("bookings", None),
    ],
)
def test_path_names_a_function_of_this_project_and_region(path: str, expected: Route | None) -> None:
    assert route(path, PROJECT) == expected


def test_function_sees_the_path_below_its_own(client: Client) -> None:
    answer = client.get(f"{BASE}/health/deep?full=1")

    assert answer.text == "GET /deep full=1"


def test_unknown_function_is_refused_as_a_callable_and_the_known_ones_are_named(client: Client) -> None:
    answer = client.post(f"{BASE}/booking")

    assert answer.status_code == 404
    assert answer.content_type == "application/json"
    error = json.loads(answer.text)["error"]
    assert error["status"] == "NOT_FOUND"
    assert f"No function at {BASE}/booking." in error["message"]
    assert f"{BASE}/bookings, {BASE}/health" in error["message"]


def test_root_lists_the_functions(client: Client) -> None:
    index = json.loads(client.get("/").text)

    assert index["project"] == PROJECT
    assert [function["name"] for function in index["functions"]] == ["bookings", "health"]


def test_functions_are_found_by_their_marks() -> None:
    main = ModuleType("main")
    exec(MAIN, vars(main))

    assert functions_of(main) == [
        ServedFunction("bookings", "callable"),
        ServedFunction("health", "http"),
        ServedFunction("nightly", "schedule", "15 3 * * *", "Europe/Berlin"),
        ServedFunction("sweep", "schedule", "every 1 minutes", None),
    ]

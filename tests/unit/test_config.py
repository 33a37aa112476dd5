"""Settings from the environment: what production needs, and what it must never be told."""

from pathlib import Path

import pytest

from courtside.config import EMULATOR_VARIABLES, Misconfigured, read_settings

LOCAL = {"GCLOUD_PROJECT": "demo-courtside", "DATABASE_URL": "postgresql://db/courtside"}
PRODUCTION = {**LOCAL, "K_SERVICE": "bookings"}


def test_settings_come_from_the_environment() -> None:
    settings = read_settings(
        {
            **PRODUCTION,
            "ALLOWED_ORIGINS": "https://a.example, https://b.example,",
            "POOL_MAX_CONNECTIONS": "3",
            "DRAIN_DEADLINE_SECONDS": "0.25",
        }
    )

    assert (settings.project, settings.database_url) == ("demo-courtside", "postgresql://db/courtside")
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert (settings.pool_max_connections, settings.drain_deadline_seconds) == (3, 0.25)
    assert (settings.auth_emulator, settings.firestore_emulator, settings.crash_at) == (None, None, None)


@pytest.mark.parametrize("variable", EMULATOR_VARIABLES)
def test_emulator_is_refused_in_production(variable: str) -> None:
    with pytest.raises(Misconfigured, match=variable):
        read_settings({**PRODUCTION, variable: "127.0.0.1:9099"})


@pytest.mark.parametrize("variable", EMULATOR_VARIABLES)
def test_empty_emulator_variable_is_none(variable: str) -> None:
    settings = read_settings({**PRODUCTION, variable: ""})

    assert (settings.auth_emulator, settings.firestore_emulator) == (None, None)


@pytest.mark.parametrize("suite", [LOCAL, {**PRODUCTION, "FUNCTIONS_EMULATOR": "true"}])
def test_emulators_are_used_in_the_local_suite(suite: dict[str, str]) -> None:
    settings = read_settings(
        {**suite, "FIREBASE_AUTH_EMULATOR_HOST": "a:1", "FIRESTORE_EMULATOR_HOST": "b:2"}
    )

    assert (settings.auth_emulator, settings.firestore_emulator) == ("a:1", "b:2")


def test_settings_that_only_look_like_the_local_suite_are_production() -> None:
    with pytest.raises(Misconfigured):
        read_settings({**PRODUCTION, "FUNCTIONS_EMULATOR": "1", "FIREBASE_AUTH_EMULATOR_HOST": "a:1"})


@pytest.mark.parametrize("missing", ["GCLOUD_PROJECT", "DATABASE_URL"])
def test_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(Misconfigured, match=missing):
        read_settings({name: value for name, value in LOCAL.items() if name != missing})


@pytest.mark.parametrize("number", ["many", "-1", "nan", "inf", "1e3", "8 ", "9" * 7])
def test_number_that_is_none_is_named(number: str) -> None:
    with pytest.raises(Misconfigured, match="POOL_MAX_CONNECTIONS"):
        read_settings({**LOCAL, "POOL_MAX_CONNECTIONS": number})


def test_limits_are_on_and_cloud_runs_front_end_is_trusted_unless_told_otherwise() -> None:
    deployed, local = read_settings(PRODUCTION), read_settings(LOCAL)

    assert (deployed.rate_limits, deployed.trusted_proxies, deployed.app_check) == (True, 1, "off")
    assert (local.rate_limits, local.trusted_proxies) == (True, 0)


def test_limits_proxies_and_app_check_are_set_by_name() -> None:
    told = {"RATE_LIMITS": "off", "TRUSTED_PROXIES": "2", "APP_CHECK": "enforce", "BODY_SECONDS": "2.5"}

    settings = read_settings({**PRODUCTION, **told})

    assert (settings.rate_limits, settings.trusted_proxies, settings.app_check) == (False, 2, "enforce")
    assert settings.body_seconds == 2.5


@pytest.mark.parametrize(
    ("name", "value"), [("RATE_LIMITS", "false"), ("APP_CHECK", "on"), ("APP_CHECK", "OFF")]
)
def test_choice_that_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        read_settings({**LOCAL, name: value})


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*.example.com",
        "https://app.example.com/",
        "app.example.com",
        "https://App.example.com",
    ],
)
def test_what_is_no_origin_is_named(origin: str) -> None:
    with pytest.raises(Misconfigured, match="ALLOWED_ORIGINS"):
        read_settings({**LOCAL, "ALLOWED_ORIGINS": origin})


def test_settings_print_no_secret() -> None:
    secrets = {
        "DATABASE_URL": "postgresql://courtside:hunter2@db/courtside",
        "EXCHANGE_ISSUERS": '[{"secret": "hunter2"}]',
        "UNSUBSCRIBE_SECRETS": "hunter2" * 5,
    }

    settings = read_settings({**PRODUCTION, **secrets})

    assert "hunter2" in settings.database_url
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_issuers_come_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    mounted = tmp_path / "issuers.json"
    mounted.write_text('[{"id": "club"}]')

    assert read_settings(PRODUCTION).exchange_issuers == "[]"
    assert read_settings({**PRODUCTION, "EXCHANGE_ISSUERS": "[1]"}).exchange_issuers == "[1]"
    by_file = {**PRODUCTION, "EXCHANGE_ISSUERS_FILE": str(mounted), "EXCHANGE_ISSUERS": ""}
    assert read_settings(by_file).exchange_issuers == '[{"id": "club"}]'


@pytest.mark.parametrize(
    ("text", "problem"), [("[]", "both set"), ("", "EXCHANGE_ISSUERS_FILE cannot be read: FileNotFoundError")]
)
def test_issuers_that_cannot_be_told_are_a_fault(tmp_path: Path, text: str, problem: str) -> None:
    missing = str(tmp_path / "missing.json")

    with pytest.raises(Misconfigured, match=problem):
        read_settings({**PRODUCTION, "EXCHANGE_ISSUERS_FILE": missing, "EXCHANGE_ISSUERS": text})


def test_secrets_that_sign_links_are_long_and_the_first_is_the_newest() -> None:
    new, former = "n" * 32, "f" * 32

    assert read_settings({**PRODUCTION, "UNSUBSCRIBE_SECRETS": f"{new},{former}"}).unsubscribe_secrets == (
        new,
        former,
    )
    assert read_settings(PRODUCTION).unsubscribe_secrets == ()
    assert len(read_settings(LOCAL).unsubscribe_secrets) == 1
    with pytest.raises(Misconfigured, match="UNSUBSCRIBE_SECRETS"):
        read_settings({**PRODUCTION, "UNSUBSCRIBE_SECRETS": "short"})
    assert new not in repr(read_settings({**PRODUCTION, "UNSUBSCRIBE_SECRETS": new}))


def test_pushes_go_to_google_in_production_and_nowhere_on_one_machine_unless_told() -> None:
    assert read_settings(PRODUCTION).fcm_url == "https://fcm.googleapis.com"
    assert read_settings(LOCAL).fcm_url is None
    assert read_settings({**LOCAL, "FCM_URL": "http://127.0.0.1:9098"}).fcm_url == "http://127.0.0.1:9098"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9098", "https://fcm.googleapis.com.example.org"])
def test_production_pushes_to_nobody_but_google(url: str) -> None:
    with pytest.raises(Misconfigured, match="FCM_URL"):
        read_settings({**PRODUCTION, "FCM_URL": url})


@pytest.mark.parametrize(
    "url", ["relay.example.org", "http://relay.example.org", "smtp://a b@relay.example.org"]
)
def test_a_mail_server_that_cannot_be_told_is_a_fault_that_tells_no_password(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"SMTP_URL must be like") as fault:
        read_settings({**LOCAL, "SMTP_URL": url})

    assert url not in str(fault.value)


def test_the_mail_servers_password_is_in_no_log() -> None:
    assert "hush" not in repr(read_settings({**LOCAL, "SMTP_URL": "smtp://us:hush@mail.example.com:587"}))


def test_links_of_production_are_secure() -> None:
    with pytest.raises(Misconfigured, match="PUBLIC_URL"):
        read_settings({**PRODUCTION, "PUBLIC_URL": "http://app.example.com"})

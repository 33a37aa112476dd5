"""Every setting and secret, read from the environment once; nothing else reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
_SHORTEST_SECRET = 32
_LOCAL_SECRET = "what signs on one machine is no secret"  # noqa: S105 - deployed, one must be set
_FCM_URL = "https://fcm.googleapis.com"
_SMTP_URL = re.compile(r"smtps?://([^@/\s]{1,500}@)?[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
EMULATOR_VARIABLES = ("FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST")


class Misconfigured(RuntimeError):
    """The environment does not describe a system that may run."""


@dataclass(frozen=True)
class Settings:
    """How this instance runs. Durations end in their unit; what is a secret is left out of its `repr`."""

    project: str
    database_url: str = field(repr=False)
    firestore_emulator: str | None = None
    auth_emulator: str | None = None
    # One thread of the server holds at most one connection, for one command.
    pool_max_connections: int = 8
    pool_wait_seconds: float = 3.0
    statement_timeout_ms: int = 5_000
    # How long a caller waits, after the commit, for its own documents to be written.
    drain_deadline_seconds: float = 1.5
    # How long a claim on a document lasts when its holder dies; who lives extends it.
    lease_seconds: float = 0.5
    worker_lease_seconds: float = 2.0
    # One document takes about a write a second in the long run, and some at once: Firestore's soft limit.
    document_burst: int = 5
    document_pause_seconds: float = 1.0
    # Tolerated difference between our clock and the token issuer's.
    clock_skew_seconds: int = 10
    allowed_origins: tuple[str, ...] = ()
    # How often one person and one address may call.
    rate_limits: bool = True
    # How many servers between the caller and us add an address to X-Forwarded-For; what came before may be invented.
    trusted_proxies: int = 0
    # Whether calls must prove that they come from one of our apps: off, monitor (tells in the log), enforce.
    app_check: str = "off"
    # How long a caller may take to send what it has to say.
    body_seconds: float = 10.0
    # Where OpenTelemetry is sent, by OTLP over HTTP; its exporters read headers and the like from OTEL_… themselves.
    otlp_endpoint: str | None = None
    # A local suite's receivers of webhooks and key sets are on this machine, where production must never look.
    calls_to_loopback: bool = False
    # Whose tokens `exchange_token` takes, as JSON (docs/exchange-token.md): a secret, since it may hold shared ones.
    exchange_issuers: str = field(default="[]", repr=False)
    # What signs the links by which e-mails are unsubscribed from: the first, and former ones whose links still work.
    unsubscribe_secrets: tuple[str, ...] = field(default=(), repr=False)
    # Where pushes go: Google, or a stand-in for it. Without it, as without a mail server, what is to be sent waits.
    fcm_url: str | None = None
    # The mail server with its credentials, always over TLS, and the certificate to trust beside the system's.
    smtp_url: str | None = field(default=None, repr=False)
    smtp_ca_file: str | None = None
    mail_from: str = "Courtside <no-reply@courtside.invalid>"
    # Where the application is: links of pushes and e-mails lead there.
    public_url: str = "http://localhost"
    # How long a claim on a delivery lasts when its holder dies: longer than a batch can take.
    delivery_lease_seconds: float = 30.0
    # Tests only: the point of `crash_points` at which a process sends itself a signal.
    crash_at: str | None = None
    crash_signal: str = "SIGKILL"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises:
        Misconfigured: a variable is missing or no number, or production was told to trust an emulator: with
            FIREBASE_AUTH_EMULATOR_HOST set, firebase-admin accepts unsigned and expired tokens.
    """
    deployed = "K_SERVICE" in environment and environment.get("FUNCTIONS_EMULATOR") != "true"
    trusted = [name for name in EMULATOR_VARIABLES if environment.get(name)]
    if deployed and trusted:
        raise Misconfigured(
            f"{', '.join(trusted)} must not be set in production: emulators are not authenticated"
        )
    project = environment.get("GCLOUD_PROJECT") or environment.get("GOOGLE_CLOUD_PROJECT")
    if not project:
        raise Misconfigured("GCLOUD_PROJECT is not set")
    if not environment.get("DATABASE_URL"):
        raise Misconfigured("DATABASE_URL is not set")
    return Settings(
        project=project,
        database_url=environment["DATABASE_URL"],
        firestore_emulator=environment.get("FIRESTORE_EMULATOR_HOST") or None,
        auth_emulator=environment.get("FIREBASE_AUTH_EMULATOR_HOST") or None,
        pool_max_connections=max(1, int(_read_number(environment, "POOL_MAX_CONNECTIONS", 8))),
        drain_deadline_seconds=_read_number(environment, "DRAIN_DEADLINE_SECONDS", 1.5),
        lease_seconds=_read_number(environment, "LEASE_SECONDS", 0.5),
        worker_lease_seconds=_read_number(environment, "WORKER_LEASE_SECONDS", 2),
        document_burst=max(1, int(_read_number(environment, "DOCUMENT_BURST", 5))),
        document_pause_seconds=_read_number(environment, "DOCUMENT_PAUSE_SECONDS", 1),
        rate_limits=_read_choice(environment, "RATE_LIMITS", ("on", "off")) == "on",
        # Cloud Run's own front end is one.
        trusted_proxies=int(_read_number(environment, "TRUSTED_PROXIES", 1 if deployed else 0)),
        app_check=_read_choice(environment, "APP_CHECK", ("off", "monitor", "enforce")),
        body_seconds=_read_number(environment, "BODY_SECONDS", 10),
        otlp_endpoint=environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
        calls_to_loopback=bool(trusted),
        exchange_issuers=_read_text(environment, "EXCHANGE_ISSUERS") or "[]",
        unsubscribe_secrets=_read_secrets(environment, "UNSUBSCRIBE_SECRETS", needed=deployed),
        fcm_url=_read_fcm_url(environment, deployed=deployed),
        smtp_url=_read_smtp_url(environment),
        smtp_ca_file=environment.get("SMTP_CA_FILE") or None,
        mail_from=environment.get("MAIL_FROM") or Settings.mail_from,
        public_url=_read_public_url(environment, deployed=deployed),
        delivery_lease_seconds=_read_number(environment, "DELIVERY_LEASE_SECONDS", 30),
        crash_at=environment.get("CRASH_AT") or None,
        crash_signal=environment.get("CRASH_SIGNAL", "SIGKILL"),
        allowed_origins=_read_origins(environment),
    )


def _read_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The web origins that may call, as browsers spell them; no pattern, and not the `null` of any sandbox."""
    origins = tuple(filter(None, environment.get("ALLOWED_ORIGINS", "").replace(" ", "").split(",")))
    if wrong := [origin for origin in origins if not _ORIGIN.fullmatch(origin)]:
        raise Misconfigured(
            f"ALLOWED_ORIGINS: not an origin such as https://app.example.com: {', '.join(wrong)}"
        )
    return origins


def _read_secrets(environment: Mapping[str, str], name: str, *, needed: bool) -> tuple[str, ...]:
    """Secrets separated by commas; on one machine, where none are needed, one that everybody knows."""
    secrets = tuple(filter(None, _read_text(environment, name).replace("\n", "").split(",")))
    if any(len(secret) < _SHORTEST_SECRET for secret in secrets):
        raise Misconfigured(f"{name}: a secret has at least {_SHORTEST_SECRET} characters")
    return secrets if secrets or needed else (_LOCAL_SECRET,)


def _read_fcm_url(environment: Mapping[str, str], *, deployed: bool) -> str | None:
    """Google's, and in production no other; on one machine none unless it is named: nobody's phone is to ring."""
    url = environment.get("FCM_URL") or (_FCM_URL if deployed else None)
    if url is None or url == _FCM_URL:
        return url
    if deployed:
        raise Misconfigured("FCM_URL must not be set in production: pushes go to Google alone")
    if not _ORIGIN.fullmatch(url):
        raise Misconfigured("FCM_URL must be an origin such as http://127.0.0.1:9098")
    return url


def _read_smtp_url(environment: Mapping[str, str]) -> str | None:
    url = _read_text(environment, "SMTP_URL").strip()
    if url and not _SMTP_URL.fullmatch(url):
        raise Misconfigured("SMTP_URL must be like smtp://user:password@mail.example.com:587, or smtps://…")
    return url or None


def _read_public_url(environment: Mapping[str, str], *, deployed: bool) -> str:
    url = environment.get("PUBLIC_URL") or Settings.public_url
    if not _ORIGIN.fullmatch(url):
        raise Misconfigured("PUBLIC_URL must be an origin such as https://app.example.com")
    if deployed and "PUBLIC_URL" in environment and not url.startswith("https://"):
        raise Misconfigured("PUBLIC_URL must begin with https:// in production")
    return url


def _read_number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name) or str(default)
    if not _NUMBER.fullmatch(text):
        raise Misconfigured(f"{name} must be a number, not negative")
    return float(text)


def _read_choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of the choices, the first unless another is set."""
    text = environment.get(name) or choices[0]
    if text not in choices:
        raise Misconfigured(f"{name} must be one of {', '.join(choices)}")
    return text


def _read_text(environment: Mapping[str, str], name: str) -> str:
    """A variable, or the file that `<name>_FILE` names: where Secret Manager mounts what is too long for one."""
    path = environment.get(f"{name}_FILE")
    if not path:
        return environment.get(name, "")
    if environment.get(name):
        raise Misconfigured(f"{name} and {name}_FILE are both set: one of them is not what you mean")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{name}_FILE cannot be read: {type(error).__name__}") from error


@lru_cache(maxsize=1)
def settings() -> Settings:
    """This process's settings, read at first use so that importing `main.py` at deploy time needs none."""
    return read_settings(os.environ)

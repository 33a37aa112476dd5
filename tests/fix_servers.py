"""Servers that tests need, started at first use and once per run."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from courtside.db.migrate import migrate
from local.auth import AuthServer, running_auth
from local.emulator import running_emulator
from local.fcm.client import FcmStandIn
from local.fcm.process import running_fcm
from local.mail.client import MailSink
from local.mail.process import running_mail
from local.postgres import running_postgres


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A migrated database of its own, on a server that keeps nothing."""
    with running_postgres() as server:
        migrate(server.url)
        yield server.url


@pytest.fixture(scope="session")
def emulator_host() -> Iterator[str]:
    """The host and port of a Firestore emulator; tests keep apart by project."""
    with running_emulator() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", server.host)
        yield server.host


@pytest.fixture(scope="session")
def auth_server() -> Iterator[AuthServer]:
    """The official Auth emulator, in a project of its own; tests keep apart by uids and e-mails.

    Whoever calls the Admin SDK sets FIREBASE_AUTH_EMULATOR_HOST for the test alone: it lets unsigned tokens pass.
    """
    with running_auth(project=f"demo-auth-{uuid4().hex[:8]}") as server:
        yield server


@pytest.fixture(scope="session")
def fcm_stand_in() -> Iterator[FcmStandIn]:
    """The stand-in for FCM; tests that have it to themselves take `fcm`, others keep apart by tokens."""
    with running_fcm() as stand_in:
        yield stand_in


@pytest.fixture
def fcm(fcm_stand_in: FcmStandIn) -> FcmStandIn:
    """A stand-in for FCM to which nothing was sent and that answers as FCM would."""
    fcm_stand_in.clear()
    return fcm_stand_in


@pytest.fixture(scope="session")
def mail_sink() -> Iterator[MailSink]:
    """The mail server that delivers nowhere; who wants it empty takes `mail`, others keep apart by address."""
    with running_mail() as sink:
        yield sink


@pytest.fixture
def mail(mail_sink: MailSink) -> MailSink:
    """A mail server that has no mails and takes all that come."""
    mail_sink.clear()
    return mail_sink


@pytest.fixture
def empty_database(database_url: str) -> str:
    """The same database without a row: for tests in which real commits matter."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'migrations'"
        ).fetchone()
        assert tables is not None
        # One statement of deletes: a tenth of what TRUNCATE costs on small tables. As a replica, without triggers:
        # in any order, and in tables that only ever grow.
        connection.execute("SET session_replication_role = replica")
        for table in tables[0].split(", "):
            connection.execute(f"DELETE FROM {table}")
    return database_url

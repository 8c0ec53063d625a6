"""Postgres URLs as they are found: what of them libpq gets, and that no password is ever repeated."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from talentimg.errors import ConfigError
from talentimg.repository.postgres.urls import parse

BASE = "postgresql://u:p@h/db"


def wanted(url: str) -> dict[str, str]:
    """What a URL says beyond what we say anyway."""
    ours = parse("postgresql:///db").parameters
    return {name: value for name, value in parse(url).parameters.items() if ours.get(name) != value}


def added(query: str) -> dict[str, str]:
    return {
        name: value
        for name, value in wanted(f"{BASE}?{query}").items()
        if name not in {"user", "password", "host"}
    }


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "PostgreSQL", "postgresql+psycopg"])
def test_a_plain_url_is_taken_apart(scheme: str) -> None:
    address = parse(f"{scheme}://agency:pass%20word@db.example.org:6543/agency_prod")
    assert address.schema is None
    assert address.place == "the database agency_prod on db.example.org:6543"
    found = {name: address.parameters[name] for name in ("user", "password", "host", "port", "dbname")}
    assert found == {
        "user": "agency",
        "password": "pass word",
        "host": "db.example.org",
        "port": "6543",
        "dbname": "agency_prod",
    }
    assert address.parameters["client_encoding"] == "UTF8"


def test_the_parameters_of_prisma_are_understood_or_dropped() -> None:
    query = (
        "schema=agency&connection_limit=5&pool_timeout=10&pgbouncer=true&statement_cache_size=0"
        "&max_connection_lifetime=0&single_use_connections=true&sslaccept=accept_invalid_certs"
        "&sslidentity=client.p12&connect_timeout=30&socket_timeout=7&nonsense=x&=&"
    )
    assert parse(f"{BASE}?{query}").schema == "agency"
    assert added(query) == {"connect_timeout": "30", "tcp_user_timeout": "7000"}


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("sslmode=require", {"sslmode": "require"}),
        ("sslmode=no-verify", {"sslmode": "require"}),
        ("sslmode=disable&sslaccept=strict", {"sslmode": "disable"}),
        ("sslmode=prefer&sslaccept=strict", {"sslmode": "verify-full"}),
        ("sslcert=../server-ca.pem", {"sslrootcert": "../server-ca.pem"}),
        ("sslcert=c&sslkey=k&sslrootcert=r", {"sslcert": "c", "sslkey": "k", "sslrootcert": "r"}),
        ("options=-csearch_path%3Dagency", {"options": "-csearch_path=agency"}),
        ("application_name=night+run", {"application_name": "night+run"}),
        (
            "keepalives_idle=5&target_session_attrs=read-write",
            {"keepalives_idle": "5", "target_session_attrs": "read-write"},
        ),
    ],
)
def test_what_libpq_knows_goes_on_in_its_own_words(query: str, parameters: dict[str, str]) -> None:
    assert added(query) == parameters


def test_whatever_this_libpq_knows_goes_on_as_it_is() -> None:
    """Except for what is understood here, and for what a URL has no say in."""
    ours = {"dbname", "host", "sslmode", "client_encoding", "replication", "service"}
    for name in {option.keyword.decode() for option in Conninfo.parse(b"")} - ours - {"user", "password"}:
        assert added(f"sslkey=k&{name}=7") == {"sslkey": "k"} | {name: "7"}
    assert added("client_encoding=LATIN1&replication=database&service=other") == {}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///db?host=/var/run/postgresql",
        "postgresql://localhost/db?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/db",
        "postgresql://?host=%2Fvar%2Frun%2Fpostgresql&dbname=db",
    ],
)
def test_a_unix_socket_can_be_named(url: str) -> None:
    assert wanted(url) == {"host": "/var/run/postgresql"}
    assert parse(url).place == "the database db at the socket /var/run/postgresql"


def test_a_url_may_leave_out_who_and_where() -> None:
    assert wanted("postgresql:///db") == {}
    assert parse("postgresql:///db").place == "the database db on this machine"
    assert wanted("postgresql://@:/db") == {}
    assert wanted("postgresql://u@h:5433/db") == {"user": "u", "host": "h", "port": "5433"}
    assert wanted("postgresql:///db?user=u&password=p&port=5433") == {
        "user": "u",
        "password": "p",
        "port": "5433",
    }


def test_there_may_be_several_hosts_and_addresses_of_any_kind() -> None:
    assert wanted("postgresql://u@[::1]:5433/db") == {"user": "u", "host": "::1", "port": "5433"}
    assert wanted("postgresql://a:1,b:2/db") == {"host": "a,b", "port": "1,2"}
    assert parse("postgresql://a:1,b:2/db").place == "the database db on a,b"


def test_a_password_may_hold_an_at_sign_that_nobody_encoded() -> None:
    assert wanted("postgresql://u:S3C@RET:x@h/db") == {"user": "u", "password": "S3C@RET:x", "host": "h"}


_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(_WORDS, _WORDS)
def test_whatever_was_encoded_comes_out_as_it_was(user: str, password: str) -> None:
    url = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@h/db"
    parameters = parse(url).parameters
    assert (parameters["user"], parameters["password"]) == (user, password)
    told = conninfo_to_dict(make_conninfo(**parameters))
    assert (told["user"], told["password"], told["host"]) == (user, password, "h")


MALFORMED = [
    "postgresql//u:S3CRET@h/db",
    "postgresql:/u:S3CRET@h/db",
    "postgresql://u:S3/CRET@h/db",
    "postgresql://u:S3?CRET@h/db",
    "postgresql://u:S3#CRET@h/db",
    "postgresql://u:S3C@RE/T@h/db",
    "postgresql://u:S3CRET/db",
    "postgresql://u:p@h:S3CRET/db",
    "postgresql://u:p@h:0/db",
    "postgresql://u:p@h:65536/db",
    "postgresql://u:p@h:123456/db",
    "postgresql://u:p@h:5432:5432/db",
    "postgresql://u:p@[::1/db",
    "postgresql://u:S3CRET@h",
    "postgresql://u:S3CRET@h/",
    "postgresql://u:S3CRET@h/?schema=public",
    "postgresql://u:S3%ffCRET@h/db",
    "postgresql://u:S3%00CRET@h/db",
    "postgresql://u:S3\nCRET@h/db",
    "postgresql://u:S3CRET@h/db?sslmode=S3CRET",
    "postgresql://u:S3CRET@h/db?connect_timeout=S3CRET",
    "postgresql://u:S3CRET@h/db?port=S3CRET",
    "postgresql://",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused_in_a_sentence_that_repeats_nothing(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(url)
    error = caught.value
    told = f"{error.message} {error.hint}"
    assert error.message.endswith(".")
    assert not any(part in told for part in ("S3", "CRET", "RE/T"))
    assert error.hint
    assert (error.exit_code, error.__cause__, error.__context__) == (78, None, None)


def test_a_password_with_a_hash_is_told_how_to_write_it() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("postgresql://u:S3#CRET@h/db")
    assert "# as %23" in (caught.value.hint or "")


@given(st.text(max_size=60))
def test_no_text_at_all_makes_it_fail_otherwise(text: str) -> None:
    for url in (text, f"postgresql://{text}", f"postgresql://u:{text}@h/db", f"{BASE}?{text}"):
        with suppress(ConfigError):
            assert "parameters" not in repr(parse(url))


def test_an_address_never_shows_its_password() -> None:
    address = parse("postgresql://u:S3CRET@h/db?sslpassword=S3CRET")
    assert "S3CRET" not in repr(address)

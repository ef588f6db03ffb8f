"""Credentials from the environment: both of Airflow's forms, and that nothing shows a secret."""

import pytest
from airflow.sdk import Connection as AirflowConnection

from extractors.auth import token_end
from extractors.credentials import resolve
from extractors.errors import CredentialsError

SECRET = "p@ss:w/rd"


def test_json_and_uri_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = AirflowConnection(
        conn_id="acme",
        conn_type="generic",
        host="http://127.0.0.1:8000/greenhouse",
        login="client id",
        password=SECRET,
        extra='{"token_url": "http://127.0.0.1:8000/token", "sub": "7"}',
    )
    monkeypatch.setenv("AIRFLOW_CONN_ACME", stored.as_json())
    from_json = resolve("acme")
    monkeypatch.setenv("AIRFLOW_CONN_ACME", stored.get_uri())
    from_uri = resolve("acme")
    assert from_json == from_uri
    assert from_json.host == "http://127.0.0.1:8000/greenhouse"
    assert (from_json.login, from_json.password) == ("client id", SECRET)
    assert from_json.extra["sub"] == "7"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ('{"host": "http://localhost:8080/"}', "http://localhost:8080"),
        ('{"host": "localhost", "port": 8080, "schema": "http"}', "http://localhost:8080"),
        ('{"host": "api.example.com"}', "https://api.example.com"),
        ('{"host": "http://box", "port": 80, "schema": "typeform"}', "http://box:80/typeform"),
        (
            "generic://:key@http%3A%2F%2Flocalhost%3A8080%2Ftypeform",
            "http://localhost:8080/typeform",
        ),
        ("generic://http://:key@localhost:8080/typeform", "http://localhost:8080/typeform"),
        ("generic://:key@api.example.com", "https://api.example.com"),
        ('{"password": "key"}', ""),
    ],
)
def test_the_host_is_put_together_as_airflow_does(
    monkeypatch: pytest.MonkeyPatch, text: str, host: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ACME", text)
    assert resolve("acme").host == host


def test_neither_repr_nor_errors_show_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_ACME", '{"login": "id-1", "password": "key-1", "extra": {"k": "key-2"}}'
    )
    assert not {"id-1", "key-1", "key-2"} & set(repr(resolve("acme")).split("'"))
    for broken in ('{"password": "key-1"', "key-1", '{"password": "key-1", "extra": [1]}'):
        monkeypatch.setenv("AIRFLOW_CONN_ACME", broken)
        with pytest.raises(CredentialsError, match="AIRFLOW_CONN_ACME") as raised:
            resolve("acme")
        assert "key-1" not in str(raised.value)


def test_a_missing_connection_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_ACME", raising=False)
    with pytest.raises(CredentialsError, match="set AIRFLOW_CONN_ACME in the environment"):
        resolve("acme")


@pytest.mark.parametrize(
    ("life", "seconds"), [(3600, 3600), (None, 300), ("3600", 300), (0, 120), (90, 120)]
)
def test_a_token_ends_when_its_answer_says_or_soon(life: object, seconds: float) -> None:
    assert token_end(life, 1000.0) == 1000 + seconds

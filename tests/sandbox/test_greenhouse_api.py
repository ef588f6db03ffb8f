"""Harvest v3 over real HTTP: tokens, scopes, paging, filters, hidden rows, limits."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from sandbox import store
from sandbox.refresh_tokens import refresh_token
from tests.sandbox.small import CLOCK
from tests.sandbox.small_world import (
    ADMIN,
    APPLICATIONS,
    HARVEST,
    OTHER,
    RECRUITER,
    SERVICE,
    Harvest,
    at,
)

ALL = list(range(APPLICATIONS, 0, -1))
Setting = Callable[[str, object], None]


def token(url: str, auth: tuple[str, str] | None, **form: object) -> requests.Response:
    return requests.post(f"{url}/greenhouse/token", auth=auth, data=form, timeout=10)


def login(account: store.Account = HARVEST) -> tuple[str, str]:
    return (account.client_id or "", account.secret)


def test_token_tells_its_end_twice(url: str) -> None:
    answer = token(url, login(), grant_type="client_credentials", sub=ADMIN)
    assert answer.status_code == 200
    content = answer.json()
    assert (content["token_type"], content["expires_in"]) == ("Bearer", 3600)
    assert content["expires_at"] == "2026-06-30T16:00:00+0000"


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        (None, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (("aozora-id", "wrong"), {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (login(), {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (login(), {}, 400, "unsupported_grant_type"),
        (login(), {"grant_type": "client_credentials", "sub": "4"}, 400, "invalid_grant"),
        (login(), {"grant_type": "client_credentials", "sub": "x"}, 400, "invalid_grant"),
    ],
)
def test_token_errors(
    url: str, auth: tuple[str, str] | None, form: dict[str, str], status: int, error: str
) -> None:
    answer = token(url, auth, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def refreshed(url: str, refresh: int) -> requests.Response:
    sent = refresh_token(HARVEST, refresh)
    return token(url, login(), grant_type="refresh_token", refresh_token=sent)


def test_a_partner_gets_a_new_pair_for_each_refresh_token_once(url: str, setting: Setting) -> None:
    setting("greenhouse_partner", "true")
    first = refreshed(url, 0).json()
    assert first["refresh_token"] == refresh_token(HARVEST, 1)
    assert (first["expires_in"], first["expires_at"]) == (3600, "2026-06-30T16:00:00+0000")
    again = refreshed(url, 0)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert refreshed(url, 1).json()["refresh_token"] == refresh_token(HARVEST, 2)
    for access in (first, refreshed(url, 2).json()):
        headers = {"Authorization": f"Bearer {access['access_token']}"}
        listed = requests.get(f"{url}/greenhouse/v3/applications", headers=headers, timeout=10)
        assert listed.status_code == 200


def test_a_refresh_token_lives_a_day_of_the_clock(url: str, setting: Setting) -> None:
    setting("greenhouse_partner", "true")
    assert refreshed(url, 0).status_code == 200
    setting("clock", "2026-07-01T15:00:00Z")
    assert refreshed(url, 1).status_code == 200
    setting("clock", "2026-07-02T15:00:01Z")
    assert refreshed(url, 2).json() == {"error": "invalid_grant"}


def test_each_grant_is_for_one_kind_of_credential(url: str, setting: Setting) -> None:
    assert refreshed(url, 0).json() == {"error": "unauthorized_client"}
    setting("greenhouse_partner", "true")
    refused = token(url, login(), grant_type="client_credentials")
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic YTpi", "Basic !"])
def test_list_without_a_valid_token(url: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{url}/greenhouse/v3/applications", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["message"] == "Unauthorized"


def test_token_runs_out_in_real_time(url: str, setting: Setting) -> None:
    setting("token_lifetime_s", 1)
    client = Harvest(url)
    assert client.get("applications").status_code == 200
    time.sleep(1.1)
    assert client.get("applications").status_code == 401


def test_scope_is_per_account_and_list(harvest: Harvest) -> None:
    assert harvest.get("candidates").status_code == 200
    answer = harvest.get("offers")
    assert answer.status_code == 403
    assert "harvest:offers:list" in answer.text


def test_lists_need_a_site_admin(url: str) -> None:
    assert Harvest(url, sub=ADMIN).get("applications").status_code == 200
    assert Harvest(url, sub=RECRUITER).get("applications").status_code == 403


def test_accounts_do_not_see_each_other(url: str) -> None:
    assert Harvest(url, OTHER).ids("applications") == []


def test_unknown_list(harvest: Harvest) -> None:
    answer = harvest.get("unicorns")
    assert (answer.status_code, answer.json()) == (404, {"message": "Resource not found"})


@pytest.mark.parametrize("per_page", [1, 7, 125, 249, 250, 251, 500])
def test_pages_are_descending_and_complete(harvest: Harvest, per_page: int) -> None:
    wanted = ALL if per_page > 1 else ALL[:3]
    answer = harvest.get("applications", per_page=per_page)
    if per_page == 1:
        found = [answer.json()[0]["id"]]
        for _ in range(2):
            answer = harvest.follow(answer)
            found.append(answer.json()[0]["id"])
        assert found == wanted
    else:
        assert harvest.ids("applications", per_page=per_page) == wanted


def test_page_size_by_default_and_link(harvest: Harvest) -> None:
    answer = harvest.get("applications")
    assert len(answer.json()) == 100
    assert list(answer.links) == ["next"]
    assert answer.links["next"]["url"].startswith(f"{harvest.base}/v3/applications?cursor=")
    last = harvest.get("applications", per_page=250)
    assert "Link" not in last.headers


@pytest.mark.parametrize("per_page", ["0", "501", "-1", "ten", ""])
def test_page_size_out_of_range(harvest: Harvest, per_page: str) -> None:
    answer = harvest.get("applications", per_page=per_page)
    assert answer.status_code == 422
    assert answer.json()["message"] == "Unprocessable Content"
    assert list(answer.json()["errors"][0]) == ["per_page"]


def test_cursor_travels_alone(harvest: Harvest) -> None:
    link = harvest.get("applications").links["next"]["url"]
    answer = harvest.session.get(f"{link}&per_page=100", timeout=10)
    assert answer.status_code == 422
    assert answer.json()["errors"] == ["When passing a cursor, do not include other query params."]


def test_cursor_carries_the_filters(harvest: Harvest) -> None:
    found = harvest.ids("applications", per_page=10, status="rejected")
    assert found == list(range(250, 0, -5))


def test_bad_cursors(harvest: Harvest, url: str, setting: Setting) -> None:
    cursor = harvest.get("applications").links["next"]["url"].split("cursor=")[1]
    assert harvest.get("candidates", cursor=cursor).status_code == 422
    assert Harvest(url, OTHER).get("applications", cursor=cursor).status_code == 422
    for nonsense in ("x", "é", "bm90IGpzb24", ""):
        assert harvest.get("applications", cursor=nonsense).status_code == 422
    setting("cursor_lifetime_s", 0)
    answer = harvest.get("applications", cursor=cursor)
    assert (answer.status_code, answer.json()["errors"]) == (422, [{"cursor": "has expired"}])


def test_both_date_syntaxes_are_closed_where_they_say_so(harvest: Harvest) -> None:
    low, high = at(10), at(20)
    assert harvest.ids("applications", updated_at=f"gte|{low}|lte|{high}") == ALL[-20:-9]
    assert harvest.ids("applications", updated_at=f"gt|{low}|lt|{high}") == ALL[-19:-10]
    brackets = {"updated_at[gte]": low, "updated_at[lte]": high}
    assert harvest.ids("applications", **brackets) == ALL[-20:-9]
    assert harvest.ids("applications", **{"created_at[lt]": low}) == ALL[-9:]
    assert harvest.ids("applications", last_activity_at=f"lte|{low}") == [9, 7, 5, 3, 1]


def test_bounds_may_have_an_offset_and_a_fraction(harvest: Harvest) -> None:
    japan = "2026-01-01T19:00:00+09:00"
    assert harvest.ids("applications", updated_at=f"lte|{japan}")[0] == 10
    just_after = "2026-01-01T10:00:00.0001Z"
    assert harvest.ids("applications", updated_at=f"gte|{just_after}")[-1] == 11
    assert harvest.ids("applications", updated_at=f"lt|{just_after}")[0] == 10


@pytest.mark.parametrize(
    "params",
    [
        {"updated_at": "gte|2026-01-01"},
        {"updated_at": "2026-01-01T00:00:00Z"},
        {"updated_at": "gte|2026-01-01T00:00:00"},
        {"updated_at": "gte|2026-02-30T00:00:00Z"},
        {"updated_at": "since|2026-01-01T00:00:00Z"},
        {"updated_at": "gte"},
        {"updated_at[gte]": "2026-01-01"},
        {"updated_at[from]": "2026-01-01T00:00:00Z"},
        {"updated_after": "2026-01-01T00:00:00Z"},
        {"rejected_at": "gte|2026-01-01T00:00:00Z"},
        {"page": "2"},
        {"ids": "1,two"},
        {"ids": "99999999999999999999"},
        {"ids": ""},
        {"candidate_id": "1"},
        {"recruiter_names": "1"},
        {"": "1"},
        {"created_at": f"gte|{at(0)}", "updated_at": f"gte|{at(0)}"},
        {"created_at[gte]": at(0), "updated_at[lte]": at(1)},
    ],
)
def test_what_is_not_understood_is_refused(harvest: Harvest, params: dict[str, str]) -> None:
    answer = harvest.get("applications", **params)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


def test_date_syntax_can_be_switched_per_account(harvest: Harvest, setting: Setting) -> None:
    pipe, bracket = {"updated_at": f"gte|{at(0)}"}, {"updated_at[gte]": at(0)}
    setting(f"date_filter:{OTHER.account}", "pipe")
    assert harvest.get("applications", **bracket).status_code == 200
    setting(f"date_filter:{HARVEST.account}", "pipe")
    assert harvest.get("applications", **pipe).status_code == 200
    assert harvest.get("applications", **bracket).status_code == 422
    setting(f"date_filter:{HARVEST.account}", "bracket")
    assert harvest.get("applications", **pipe).status_code == 422
    assert harvest.get("applications", **bracket).status_code == 200


def test_ids_and_parents_up_to_fifty(harvest: Harvest) -> None:
    assert harvest.ids("applications", ids="7,3,9999") == [7, 3]
    assert harvest.ids("applications", candidate_ids="1,2") == [5, 4, 3, 2]
    fifty = ",".join(map(str, range(1, 51)))
    assert len(harvest.ids("applications", ids=fifty)) == 50
    for name in ("ids", "candidate_ids"):
        assert harvest.get("applications", **{name: f"{fifty},51"}).status_code == 422


def test_rows_hidden_by_default(harvest: Harvest) -> None:
    assert harvest.ids("job_posts") == harvest.ids("job_posts", active="true") == [2, 1]
    assert harvest.ids("job_posts", active="false") == [3]
    assert harvest.ids("users") == [RECRUITER, ADMIN]
    assert harvest.ids("users", show_service_accounts="true") == [SERVICE, RECRUITER, ADMIN]
    assert harvest.ids("rejection_reasons") == [1]
    assert harvest.ids("rejection_reasons", include_defaults="true") == [2, 1]


def test_scan_is_a_keyset_on_id(harvest: Harvest, home: Path) -> None:
    window = f"gte|{at(1)}|lte|{at(200)}"
    first = harvest.get("applications", per_page=50, updated_at=window)
    with store.transaction(store.open_world(home)) as world:
        # one row leaves the window, one is deleted, one enters above the cursor, one below it
        world.execute("update records set updated_at = ? where id = 149", (at(300),))
        world.execute("delete from records where id = 148")
        world.execute("update records set updated_at = ? where id in (240, 1)", (at(100),))
        world.execute("update records set updated_at = ? where id = 2", (at(300),))
    found = [row["id"] for row in first.json()]
    answer = first
    while "next" in answer.links:
        answer = harvest.follow(answer)
        found += [row["id"] for row in answer.json()]
    assert found == [n for n in range(200, 0, -1) if n not in (149, 148, 2)]


def test_every_answer_carries_the_sandbox_clock(harvest: Harvest, url: str) -> None:
    for answer in (
        harvest.get("applications"),
        harvest.get("unicorns"),
        requests.get(f"{url}/_sandbox/clock", timeout=10),
    ):
        assert answer.headers["Date"] == "Tue, 30 Jun 2026 15:00:00 GMT"
    assert requests.get(f"{url}/_sandbox/clock", timeout=10).json() == {"clock": CLOCK}


def test_limit_is_counted_per_account_in_a_fixed_window(
    harvest: Harvest, url: str, setting: Setting
) -> None:
    setting("rate_limit", 3)
    setting("rate_window_s", 2)
    other = Harvest(url, OTHER)
    time.sleep(2 - time.time() % 2 + 0.02)
    answers = [harvest.get("sources" if n == 1 else "applications") for n in range(4)]
    assert [a.status_code for a in answers] == [200, 403, 200, 429]
    assert [a.headers["X-RateLimit-Remaining"] for a in answers] == ["2", "1", "0", "0"]
    refused = answers[-1]
    assert refused.headers["X-RateLimit-Limit"] == "3"
    assert refused.json()["message"] == "Too Many Requests"
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 2
    clock = int(time.mktime(time.strptime(CLOCK, "%Y-%m-%dT%H:%M:%SZ"))) - time.timezone
    assert int(refused.headers["X-RateLimit-Reset"]) == clock + wait
    assert other.get("applications").status_code == 200
    time.sleep(wait)
    assert harvest.get("applications").headers["X-RateLimit-Remaining"] == "2"


def test_server_counts_what_it_answered(harvest: Harvest, url: str) -> None:
    def counts() -> dict[str, int]:
        answers = requests.get(f"{url}/_sandbox/requests", timeout=10).json()
        found: dict[str, int] = answers.get(f"greenhouse:{HARVEST.account}", {})
        return found

    before = counts()
    harvest.get("applications")
    harvest.get("offers")
    after = counts()
    assert after["200"] == before["200"] + 1
    assert after["403"] == before.get("403", 0) + 1

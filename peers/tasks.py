"""What the reader of each client is told: the package, its configuration, the account's secrets.

A task is made of the account and the bearer token, if the vendor issues one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.store import Account

SINCE = "2024-06-01T00:00:00Z"  # before the world begins


def airbyte_lever(account: Account, _: str) -> dict[str, Any]:
    credentials = {"auth_type": "Api Key", "api_key": account.secret}
    return {
        "package": "source_lever_hiring",
        "config": {"credentials": credentials, "environment": "Production", "start_date": SINCE},
    }


def airbyte_ashby(account: Account, _: str) -> dict[str, Any]:
    config = {"api_key": account.secret, "start_date": SINCE}
    return {"package": "source_ashby", "config": config}


def airbyte_workable(account: Account, _: str) -> dict[str, Any]:
    return {
        "package": "source_workable",
        "config": {
            "api_key": account.secret,
            "account_subdomain": account.company_id,
            "start_date": "20240601T000000Z",
        },
    }


def airbyte_typeform(account: Account, _: str) -> dict[str, Any]:
    credentials = {"auth_type": "access_token", "access_token": account.secret}
    return {
        "package": "source_typeform",
        "config": {"credentials": credentials, "start_date": SINCE},
    }


def airbyte_greenhouse(_: Account, bearer: str) -> dict[str, Any]:
    return {"package": "source_greenhouse", "config": {"api_key": "unused"}, "bearer": bearer}


def tap_lever(account: Account, _: str) -> dict[str, Any]:
    return {"package": "tap_lever", "config": {"token": account.secret, "start_date": SINCE}}


def tap_typeform(account: Account, _: str) -> dict[str, Any]:
    config = {
        "token": account.secret,
        "start_date": SINCE,
        "forms": account.form_id,
        "page_size": 20,
    }
    return {"package": "tap_typeform", "config": config}


def ashby_sdk(account: Account, _: str) -> dict[str, Any]:
    return {"package": "ashby", "config": {"api_key": account.secret}}


def greenhouse_mcp(account: Account, _: str) -> dict[str, Any]:
    return {
        "package": "greenhouse_mcp",
        "config": {"client_id": account.client_id, "client_secret": account.secret},
        "params": {
            "rejection_reasons": {"include_defaults": True},
            "users": {"show_service_accounts": True},
        },
    }


def typeform_sdk(account: Account, _: str) -> dict[str, Any]:
    config = {"token": account.secret, "form_id": account.form_id}
    return {"package": "typeform", "config": config}


def rest(
    base_url: str, paginator: tuple[str, dict[str, Any]], lists: Mapping[str, Any]
) -> Callable[[Account, str], dict[str, Any]]:
    """A task of dlt's REST client: lists as {name: (path, selector of the records, query)}."""
    told = {name: {"path": p, "at": at, "params": query} for name, (p, at, query) in lists.items()}

    def task(account: Account, bearer: str) -> dict[str, Any]:
        base = base_url.format(company=account.company_id)
        config: dict[str, Any] = {"base_url": base, "paginator": paginator, "lists": told}
        return {"package": "dlt", "config": config | {"token": bearer or account.secret}}

    return task

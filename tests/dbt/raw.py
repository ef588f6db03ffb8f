"""Raw rows by hand: the vendors' payloads in short, as the landing and the gate leave them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Key = tuple[str, str]


@dataclass(frozen=True)
class Raw:
    """Writes rows as the landing does; nothing is read by dbt until `check`."""

    connection: psycopg.Connection

    def company(self, company_id: str) -> "Company":
        """A company with its three connections."""
        self.connection.execute(
            "insert into landing.companies values (%s, %s)", [company_id, company_id.title()]
        )
        for source in ("greenhouse", "typeform", "operator"):
            self.connection.execute(
                "insert into landing.connections values (%s, %s, %s)",
                [f"{company_id}_{source}", company_id, source],
            )
        return Company(self, company_id)

    def land(
        self,
        source: str,
        stream: str,
        connection: str,
        record_id: str,
        payload: dict[str, Any],
        keys: Iterable[Key] = (),
        *,
        is_deleted: bool = False,
    ) -> int:
        """Append one version of a record; returns its seq."""
        text = json.dumps(payload, sort_keys=True)
        digest = hashlib.sha256(text.encode()).digest()
        row = self.connection.execute(
            sql.SQL(
                "insert into {} (connection, record_id, payload, payload_hash, extracted_at,"
                " run_id, is_deleted) values (%s, %s, %s, %s, now(), 'r', %s) returning seq"
            ).format(sql.Identifier(f"raw_{source}", stream)),
            [connection, record_id, text, digest, is_deleted],
        ).fetchone()
        for kind, key in keys:
            self.connection.execute(
                "insert into vault.identity_keys values (%s, %s, %s, %s, %s, %s, %s)"
                " on conflict do nothing",
                [connection, source, stream, record_id, digest, kind, key],
            )
        assert row is not None
        return int(row[0])

    def check(self, observed_at: str) -> None:
        """Let everything that is landed through the gate, as of a vendor's time."""
        for schema, stream in self.connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema like 'raw\\_%' order by 1, 2"
        ).fetchall():
            source = schema.removeprefix("raw_")
            self.connection.execute(
                sql.SQL(
                    "insert into gate.watermarks select connection, %(source)s, %(stream)s,"
                    " max(seq), case when %(source)s <> 'operator' then %(at)s::timestamptz end,"
                    " now(), 'r' from {} group by connection on conflict (connection, stream)"
                    " do update set checked_seq = excluded.checked_seq,"
                    " observed_at = excluded.observed_at"
                ).format(sql.Identifier(schema, stream)),
                {"source": source, "stream": stream, "at": observed_at},
            )

    def hold_back(self, source: str, stream: str, connection: str, seq: int) -> None:
        """Put a row into quarantine."""
        self.connection.execute(
            sql.SQL(
                "insert into gate.quarantine (connection, source, stream, record_id, seq,"
                " payload_hash, rule, reason, status, found_at, found_run_id)"
                " select connection, %s, %s, record_id, seq, payload_hash, 'rule', 'reason',"
                " 'open', now(), 'r' from {} where connection = %s and seq = %s"
            ).format(sql.Identifier(f"raw_{source}", stream)),
            [source, stream, connection, seq],
        )

    def release(self, source: str, stream: str, record_id: str) -> None:
        """Close what the gate held of a record, as it does when the content passes after all."""
        self.connection.execute(
            "update gate.quarantine set status = 'released', closed_at = now()"
            " where source = %s and stream = %s and record_id = %s",
            [source, stream, record_id],
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return self.connection.execute(query.encode()).fetchall()


REASONS = {"company": "WE_REJECTED_THEM", "candidate": "THEY_REJECTED_US"}


@dataclass(frozen=True)
class Company:
    """One company's records. Times are ISO 8601; dates are days in Asia/Tokyo."""

    raw: Raw
    name: str

    def _greenhouse(self, stream: str, number: int, keys: Iterable[Key] = (), **fields: Any) -> int:
        return self.raw.land(
            "greenhouse",
            stream,
            f"{self.name}_greenhouse",
            str(number),
            {"id": number, **fields},
            keys,
        )

    def _operator(self, stream: str, record_id: str, **fields: Any) -> int:
        payload = {"company_id": self.name, **fields}
        return self.raw.land("operator", stream, f"{self.name}_operator", record_id, payload)

    def reference(self) -> None:
        """A job with two stages, a channel, and the reasons of rejection."""
        self._greenhouse("departments", 1, name="Development")
        self._greenhouse("offices", 1, name="Tokyo")
        self._greenhouse("sources", 1, name="Referral", type={"id": 1, "name": "Referrals"})
        self._greenhouse(
            "jobs", 1, name="Engineer", status="open", department_id=1, office_ids=[1],
            opened_at="2025-01-01T00:00:00Z", closed_at=None,
            custom_fields={"employment_type": {"name": "e", "type": "t", "value": "正社員"}},
        )  # fmt: skip
        for number, name in enumerate(("Screening", "Interview")):
            self._greenhouse(
                "job_interview_stages", number + 1, job_id=1, name=name, sort_order=number
            )
        for number, key in enumerate(REASONS.values(), start=1):
            self._greenhouse(
                "rejection_reasons", number, name=f"reason {number}", type={"id": 1, "key": key}
            )

    def candidate(self, number: int, **keys: str) -> int:
        """A candidate with its identity keys by kind."""
        return self._greenhouse(
            "candidates", number, keys.items(), created_at="2025-01-01T00:00:00Z", person=keys
        )

    def application(self, number: int, candidate: int, **fields: Any) -> int:
        """An application in process, unless the fields say otherwise."""
        return self._greenhouse(
            "applications", number, candidate_id=candidate,
            **{"job_id": 1, "source_id": 1, "status": "in_process", "prospect": False,
               "created_at": "2025-05-01T00:00:00Z", "rejected_at": None, **fields},
        )  # fmt: skip

    def rejected(self, number: int, candidate: int, at: str, by: str = "company") -> None:
        """An application that was rejected by the company or the candidate."""
        self.application(number, candidate, status="rejected", rejected_at=at)
        self._greenhouse("application_stages", number, application_id=number,
                         job_interview_stage_id=1, entered_at="2025-05-01T00:00:00Z")  # fmt: skip
        reason = list(REASONS).index(by) + 1
        self._greenhouse("rejection_details", number, application_id=number,
                         rejection_reason_id=reason, rejected_at=at)  # fmt: skip

    def offer(self, number: int, application: int, **fields: Any) -> int:
        """An offer."""
        return self._greenhouse("offers", number, application_id=application, **fields)

    def mail(self, number: int, application: int, token: str, at: str) -> int:
        """A rejection mail with a registration link."""
        return self._greenhouse("notes", number, application_id=application, type="EMAIL",
                                registration_token=token, created_at=at)  # fmt: skip

    def response(
        self,
        response_id: str,
        *,
        landed: str,
        submitted: str | None = None,
        token: str | None = None,
        consent: bool | None = True,
        kind: str = "completed",
        answered: Iterable[str] = (),
        version: str | None = None,
        client: dict[str, str] | None = None,
        **keys: str,
    ) -> int:
        """A response of the registration form; `answered`: refs besides the consent's."""
        answers: list[dict[str, Any]] = [
            {"field": {"ref": ref}, "type": "text", "text": "x"} for ref in answered
        ]
        if consent is not None and kind == "completed":
            answers.append({"field": {"ref": "consent"}, "type": "boolean", "boolean": consent})
        payload: dict[str, Any] = {
            "response_id": response_id,
            "landed_at": landed,
            "submitted_at": submitted,
            "hidden": {"token": token or "", "consent_version": "2025-01"},
            "answers": answers,
        }
        if version is not None:
            payload["hidden"] = {"token": token or "", "form_version": version}
        if client is not None:
            payload["client"] = client
        connection = f"{self.name}_typeform"
        return self.raw.land(
            "typeform", f"responses_{kind}", connection, response_id, payload, keys.items()
        )

    def contract(self, version: str, valid_from: str, **fields: Any) -> int:
        """A contract version: threshold 2, one slot each, used by the introduction."""
        rules = {"valid_to": None, "counting_event": "consented", "threshold": 2,
                 "slots_per_threshold": 1, "slot_valid_days": None, "slot_used_by": "introduced",
                 "dedupe_scope": "company", **fields}  # fmt: skip
        return self._operator("contracts", f"{self.name}:{version}", contract_version=version,
                              valid_from=valid_from, **rules)  # fmt: skip

    def introduction(self, number: str, slot: int | None, on: str, **fields: Any) -> int:
        """An introduction on a day."""
        return self._operator(
            "introductions", f"{self.name}:{number}", introduction_id=number, slot_number=slot,
            job_title="Engineer", introduced_on=on, **fields,
        )  # fmt: skip

    def join(self, number: str, introduction: str, on: str, **fields: Any) -> int:
        """A join."""
        details = {"employment_type": "permanent", "annual_salary_yen": 5_000_000, **fields}
        return self._operator("joins", f"{self.name}:{number}", join_id=number,
                              introduction_id=introduction, joined_on=on, **details)  # fmt: skip

    def hire(self, number: str, on: str, observed: str, **fields: Any) -> int:
        """A hire through another channel, as known on a day."""
        details = {"application_id": None, "channel": "求人広告", "employment_type": "正社員",
                   "annual_salary_yen": None, "left_on": None, "leave_type": None,
                   **fields}  # fmt: skip
        return self._operator("hires", f"{self.name}:{number}", hire_id=number, joined_on=on,
                              observed_on=observed, **details)  # fmt: skip

    def cost(self, number: str, month: str, amount: int, **fields: Any) -> int:
        """An item of cost: internal and for the programme, unless the fields say otherwise."""
        details = {"kind": "internal", "category": "工数", "is_programme": "yes", **fields}
        return self._operator("costs", f"{self.name}:{number}", cost_id=number, month=month,
                              amount_yen=amount, **details)  # fmt: skip

    def fee_terms(self, valid_from: str, percent: float, **fields: Any) -> int:
        """A version of the fee that a slot saves."""
        details = {"refund_steps": None, "minimum_fee_yen": None, **fields}
        return self._operator("fee_terms", f"{self.name}:{valid_from}", valid_from=valid_from,
                              fee_rate_percent=percent, **details)  # fmt: skip

    def registration_event(self, registration: str, event: str, on: str) -> int:
        """What became of a registration at the operator."""
        return self._operator(
            "registration_events", f"{registration}:{event}",
            registration_id=registration, event=event, occurred_on=on,
        )  # fmt: skip

    def stated_count(self, registration: str, on: str) -> int:
        """A registration that the operator counted."""
        return self._operator("counted_registrations", registration,
                              registration_id=registration, counted_on=on)  # fmt: skip

    def stated_slot(self, number: int, on: str, **fields: Any) -> int:
        """A slot that the operator granted."""
        return self._operator("slots", f"{self.name}:{number}", slot_number=number, granted_on=on,
                              **{"used_on": None, "introduction_id": None, **fields})  # fmt: skip

    def attestation(self, join: str, month: str, on: str, employed: str, **fields: Any) -> int:
        """What the operator attests of a join in a month."""
        return self._operator("attestations", f"{join}:{month}", join_id=join, month=month,
                              observed_on=on, employed=employed, **fields)  # fmt: skip

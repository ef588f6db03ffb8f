"""One good record per stream of Workable, as extraction stores it."""

from __future__ import annotations

from extractors.stream import Fields

WORKABLE: dict[str, Fields] = {
    "candidates": {
        "id": "w1",
        "created_at": "2026-05-01T01:00:00.000Z",
        "updated_at": "2026-05-02T01:00:00.000Z",
        "job_shortcode": "J1",
        "stage": "書類選考",
        "stage_kind": "applied",
        "disqualified": False,
        "hired_at": "2026-05-02T01:00:00.000Z",
        "moved_to_offer_at": "2026-05-02T01:00:00.000Z",
    },
    "activities": {
        "id": "w1",
        "parent_id": "w1",
        "action": "moved",
        "stage_name": "書類選考",
        "created_at": "2026-05-01T01:00:00.000Z",
    },
    "offers": {
        "id": "w1",
        "parent_id": "w1",
        "state": "sent",
        "created_at": "2026-05-10T03:00:00.000Z",
    },
    "jobs": {
        "id": "j1",
        "shortcode": "J1",
        "title": "開発エンジニア",
        "state": "published",
        "employment_type": "Full-time",
        "created_at": "2026-01-01T00:00:00.000Z",
    },
    "job_stages": {
        "parent_id": "J1",
        "slug": "applied",
        "name": "書類選考",
        "kind": "applied",
        "position": 1,
    },
    "stages": {"slug": "applied", "name": "書類選考", "kind": "applied", "position": 1},
    "disqualification_reasons": {"id": "r1", "name": "経験不足"},
    "members": {"id": "m1", "role": "admin"},
}

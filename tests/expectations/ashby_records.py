"""One good record per stream of Ashby, as extraction stores it."""

from __future__ import annotations

from extractors.stream import Fields

_TIMES = {"createdAt": "2026-05-01T01:00:00.000Z", "updatedAt": "2026-05-02T01:00:00.000Z"}

ASHBY: dict[str, Fields] = {
    "candidates": {**_TIMES, "name": "山田 太郎", "emailAddresses": []},
    "applications": {
        **_TIMES,
        "archivedAt": "2026-05-02T01:00:00.000Z",
        "status": "Archived",
        "candidateId": "c1",
        "jobId": "j1",
        "sourceId": "s1",
        "archiveReasonId": "a1",
        "archiveReasonType": "RejectedByOrg",
    },
    "stage_histories": {
        "parent_id": "p1",
        "stageId": "s1",
        "title": "書類選考",
        "enteredStageAt": "2026-05-01T01:00:00.000Z",
        "leftStageAt": "2026-05-02T01:00:00.000Z",
        "stageNumber": 0,
    },
    "jobs": {
        "title": "開発エンジニア",
        "status": "Closed",
        "employmentType": "FullTime",
        "openedAt": "2026-01-01T00:00:00.000Z",
        "closedAt": "2026-02-01T00:00:00.000Z",
    },
    "openings": {"openingState": "Open", "jobIds": ["j1"]},
    "offers": {
        "applicationId": "p1",
        "acceptanceStatus": "Accepted",
        "offerStatus": "CandidateAccepted",
        "decidedAt": "2026-05-12T03:00:00.000Z",
        "versionCreatedAt": "2026-05-10T03:00:00.000Z",
        "startDate": "2026-07-01",
    },
    "interview_stages": {
        "title": "書類選考",
        "type": "PreInterviewScreen",
        "orderInInterviewPlan": 1,
        "interviewPlanId": "i1",
    },
    "archive_reasons": {"text": "経験不足", "reasonType": "RejectedByOrg", "isArchived": False},
    "sources": {"title": "求人サイト", "isArchived": False},
    "users": {"isEnabled": True, "globalRole": "Limited Access"},
    "departments": {"name": "開発部"},
    "locations": {"name": "東京本社"},
    "custom_fields": {"title": "希望年収", "objectType": "Application"},
}

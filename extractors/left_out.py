"""What vendors' records hold that is not stored, by source, stream and reason.

A field that is neither stored (``Stream.fields``) nor named here is new, and reported once. Fields
that are stored in another form (an id of an object, the token of a link) stand here as well. The
page docs/fields.md shows both.
"""

from __future__ import annotations

from collections.abc import Mapping

from extractors.stream import Stream

PERSONAL = "personal, and not needed to know who is one person"
KEYED = "personal; goes to the vault as keys only"
SENSITIVE = "text or answers that may say anything about somebody"
UNNEEDED = "not needed by the marts"
CUT = "stored in part, under other names"

LEFT_OUT: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "greenhouse": {
        "candidates": {
            PERSONAL: "addresses preferred_name social_media_addresses website_addresses",
            SENSITIVE: "custom_fields",
            UNNEEDED: "can_email company linked_user_ids time_zone title",
        },
        "applications": {PERSONAL: "location_address", SENSITIVE: "answers custom_fields"},
        "rejection_details": {SENSITIVE: "question_custom_fields"},
        "jobs": {SENSITIVE: "notes"},
        "job_posts": {UNNEEDED: "content demographic_question_set_id internal_content questions"},
        "offers": {SENSITIVE: "custom_fields"},
        "notes": {
            PERSONAL: "email_cc email_from email_to",
            SENSITIVE: "body_with_tags email_attachment_file_names subject",
            UNNEEDED: "import_hash",
            CUT: "body",
        },
        "users": {
            PERSONAL: "emails employee_id first_name last_name linked_candidate_ids name "
            "primary_email",
            UNNEEDED: "custom_fields interviewer_tags job_title",
        },
        "offices": {UNNEEDED: "primary_in_house_contact_user_id"},
        "custom_fields": {
            UNNEEDED: "api_only application_type default_value expose_in_job_board_api "
            "internal_type placeholder require_approval template_token_string "
            "trigger_new_version updated_by_id use_for_job_approvals use_for_offer_approvals",
        },
    },
    "lever": {
        "opportunities": {
            KEYED: "emails name phones",
            PERSONAL: "headline links location opportunityLocation",
            SENSITIVE: "dataProtection tags",
            UNNEEDED: "followers lastAdvancedAt lastInteractionAt owner snoozedUntil sourcedBy "
            "urls",
        },
        "postings": {UNNEEDED: "content country distributionChannels owner user"},
        "requisitions": {UNNEEDED: "confidentiality name"},
        "users": {PERSONAL: "email name username"},
        "archive_reasons": {UNNEEDED: "status type"},
        "applications": {PERSONAL: "candidateId email name", CUT: "opportunityId"},
        "offers": {SENSITIVE: "fields", UNNEEDED: "creator", CUT: "sentDocument signedDocument"},
        "notes": {SENSITIVE: "text", UNNEEDED: "secret user"},
        "feedback": {SENSITIVE: "fields text", UNNEEDED: "type user"},
    },
    "ashby": {
        "candidates": {
            PERSONAL: "company fileHandles position school socialLinks",
            SENSITIVE: "customFields fraudStatus tags",
            UNNEEDED: "applicationIds creditedToUser source",
        },
        "applications": {
            SENSITIVE: "customFields",
            UNNEEDED: "creditedToUser hiringTeam",
            CUT: "archiveReason candidate currentInterviewStage job source",
        },
        "stage_histories": {UNNEEDED: "actorId"},
        "jobs": {UNNEEDED: "customFields hiringTeam jobPostingIds"},
        "openings": {CUT: "latestVersion"},
        "offers": {CUT: "latestVersion"},
        "users": {PERSONAL: "email firstName lastName"},
        "locations": {UNNEEDED: "address"},
    },
    "workable": {
        "candidates": {
            PERSONAL: "address domain headline name profile_url resume_metadata",
            UNNEEDED: "account",
            CUT: "job",
        },
        "activities": {SENSITIVE: "body rating", UNNEEDED: "member updated_at visibility_roles"
                       " action_stage"},
        "offers": {SENSITIVE: "document_variables"},
        "jobs": {UNNEEDED: "full_title", CUT: "location"},
        "members": {PERSONAL: "email name"},
    },
    "herp": {
        "candidacies": {
            PERSONAL: "age career company education",
            SENSITIVE: "note tags",
            UNNEEDED: "operators updatedAt",
        },
        "requisitions": {UNNEEDED: "careerPageStatus"},
        "users": {PERSONAL: "email name"},
    },
    "talentio": {
        "candidates": {
            SENSITIVE: "description tags",
            UNNEEDED: "agentCompany priority referrerEmployee url",
        },
    },
    "files": {"applications": {KEYED: "_person"}},
    "tally": {
        "submissions": {PERSONAL: "respondentId", UNNEEDED: "formId", CUT: "responses"},
    },
    "mailgun": {
        "events": {
            KEYED: "recipient",
            PERSONAL: "geolocation ip recipient-domain",
            SENSITIVE: "delivery-status message reason tags",
            UNNEEDED: "campaigns log-level severity",
            CUT: "client-info event url user-variables",
        },
    },
    "sendgrid": {
        "events": {
            KEYED: "email",
            PERSONAL: "domain from ip",
            SENSITIVE: "category reason response smtp-id unique_args",
            UNNEEDED: "asm_group_id attempt bounce_classification cert_err marketing_campaign_id "
            "newsletter pool sg_content_type sg_template_id sg_template_name status tls type "
            "url_offset",
            CUT: "event sg_machine_open sg_message_id url useragent",
        },
    },
    "ses": {
        "events": {
            CUT: "bounce click complaint delivery deliveryDelay eventType failure mail "
            "notificationType open reject send subscription",
        },
    },
    "smarthr": {
        "crews": {
            KEYED: "birth_at business_first_name business_last_name email first_name "
            "first_name_yomi last_name last_name_yomi tel_number",
            CUT: "resigned_reason",
        },
    },
    "freee": {"employees": {KEYED: "display_name email", UNNEEDED: "user_id"}},
    "typeform": {
        name: {UNNEEDED: "landing_id", CUT: "metadata"}
        for name in ("responses_completed", "responses_partial", "responses_started")
    },
}  # fmt: skip


def known_fields(source: str, stream: Stream) -> frozenset[str]:
    """The fields of a stream's records that are stored, or left out knowingly."""
    left_out = LEFT_OUT.get(source, {}).get(stream.name, {})
    return frozenset(stream.fields or ()).union(*map(str.split, left_out.values()))

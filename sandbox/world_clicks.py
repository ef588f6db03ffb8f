"""Who opens the form besides applicants, with what, and where applicants stop filling it in.

Told after the stories and from streams of its own, so that the stories stay what they are: mail
gateways that fetch a link seconds after the mail, or many links in one sweep at night; link
previews and programs; tablets; the version of the form; the question after which a form was left.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from random import Random

from sandbox import world_catalog as catalog
from sandbox.people import typed_email, typed_phone
from sandbox.world_company import Company
from sandbox.world_forms import consent_version
from sandbox.world_story import Application, Response, Story
from sandbox.world_time import HOUR, next_month, optional_iso, tokyo_day, tokyo_midnight

NEW_FORM_FROM = "2025-10-01"
QUESTIONS = {
    "1": (
        "name",
        "kana",
        "email",
        "phone",
        "birth_date",
        "wish_job_type",
        "wish_location",
        "consent",
    ),
    "2": (
        "wish_job_type",
        "wish_location",
        "email",
        "name",
        "kana",
        "phone",
        "birth_date",
        "consent",
    ),
}
# agent: (device, agent class); the places of world_typeform.AGENTS
CLASSES = (
    ("mobile", "human"),
    ("mobile", "human"),
    ("desktop", "human"),
    ("desktop", "human"),
    ("tablet", "human"),
    ("unknown", "scanner"),
    ("unknown", "library"),
    ("unknown", "unknown"),
)
TABLET, SCANNER, LIBRARY, NAMELESS, BROWSER = 4, 5, 6, 7, 2
# How many of 100 mails a machine opens, and as what it shows itself.
FETCHED = ((4, SCANNER), (6, LIBRARY), (9, BROWSER), (10, NAMELESS))
SWEPT = (
    4  # links that a gateway opens one after the other in the night after a quarter's last month
)
MOST_RESPONSES = 8  # ids kept free for an application's responses


@dataclass(frozen=True, slots=True)
class Mailed:
    """A link as it was mailed; `number` is free for a response, `rank` draws lots."""

    rank: int
    number: int
    story: Story
    application: Application
    token: str
    at: int


def form_version(time: int) -> str:
    """The version of the form that is shown on a day."""
    return "2" if tokyo_day(time).isoformat() >= NEW_FORM_FROM else "1"


def tell(seed: int, company: Company, stories: list[Story]) -> None:
    """Add the machines to the stories of one chunk, and detail to what people did."""
    mailed: dict[str, list[Mailed]] = defaultdict(list)
    for story in stories:
        for response in story.responses:
            _detail(Random(f"{seed}:form:{response.response_id}"), response)
        for application in story.applications:
            mail = next((e for e in application.events if e.token is not None), None)
            if mail is None or mail.token is None:
                continue
            rng = Random(f"{seed}:clicks:{application.application_id}")
            number = company.base_id + MOST_RESPONSES * (
                application.application_id - company.base_id
            )
            link = Mailed(rng.getrandbits(64), number - 2, story, application, mail.token, mail.at)
            mailed[tokyo_day(mail.at).replace(day=1).isoformat()].append(link)
            drawn = rng.random() * 100
            agent = next((agent for share, agent in FETCHED if drawn < share), None)
            if agent is not None:
                is_late = agent in (SCANNER, LIBRARY) and rng.random() < 0.5
                at = mail.at + (rng.randint(600, 36_000) if is_late else rng.randint(1, 8))
                _fetch(rng, replace(link, number=number - 1), at, agent)
    for month, links in sorted(mailed.items()):
        if len(links) >= SWEPT and int(month[5:7]) % 3 == 0:
            swept = sorted(links, key=lambda link: (link.rank, link.number))[:SWEPT]
            _sweep(Random(f"{seed}:sweep:{swept[0].number}:{month}"), swept)


def _sweep(rng: Random, links: list[Mailed]) -> None:
    """One network opens several of a month's links, a few seconds apart, as a browser."""
    network = f"{rng.getrandbits(40):010x}"
    month_end = tokyo_midnight(next_month(tokyo_day(links[0].at)))
    at = month_end + 3 * HOUR + rng.randint(0, HOUR)
    for link in links:
        _fetch(rng, link, at, BROWSER).network = network
        at += rng.randint(2, 20)


def _fetch(rng: Random, link: Mailed, at: int, agent: int) -> Response:
    """A machine opens a link; it answers nothing."""
    response = Response(
        response_id=f"{rng.getrandbits(128):032x}",
        number=link.number,
        person=link.application.candidate.person,
        token=link.token,
        hidden_token=link.token,
        landed_at=at,
        partial_at=None,
        submitted_at=None,
        visible_at=at,
        consent=None,
        consent_version=consent_version(at),
        answers={},
        email=None,
        phone=None,
        case_name="machine",
        agent=agent,
        form_version=form_version(at),
        is_bot=True,
    )
    link.story.responses.append(response)
    return response


def _detail(rng: Random, response: Response) -> None:
    """The form's version, sometimes a tablet, and how far a form came that was put aside."""
    response.form_version = form_version(response.landed_at)
    if rng.random() < 0.1:
        response.agent = TABLET
    if response.partial_at is None:
        return
    questions = QUESTIONS[response.form_version]
    response.partial_answers = 1 + int(rng.random() ** 2 * len(questions))
    if response.submitted_at is not None:
        return
    person = response.person
    response.answers = {
        **response.answers,
        "email": typed_email(rng, person.email),
        "phone": typed_phone(rng, person.phone),
        "birth_date": person.born,
        "wish_job_type": rng.choice(catalog.JOB_WISHES),
        "wish_location": rng.choice(catalog.LOCATIONS),
        "consent": True,
    }


def truth_rows(story: Story) -> list[tuple]:
    """What opened each form of a story and how far it came, as rows of form_session."""
    return [_truth_row(response) for response in story.responses]


def _truth_row(response: Response) -> tuple:
    device, agent_class = CLASSES[response.agent]
    half_way = response.partial_answers if response.partial_at is not None else 0
    return (
        response.response_id,
        device,
        agent_class,
        response.network or response.response_id[:10],
        response.form_version,
        QUESTIONS[response.form_version][half_way - 1] if half_way else None,
        optional_iso(response.partial_at),
        int(response.is_bot),
    )

"""The applicant tracking systems that companies of the sandbox may use, one line each."""

from __future__ import annotations

from sandbox import (
    world_ashby,
    world_greenhouse,
    world_herp,
    world_hrmos,
    world_jobcan,
    world_lever,
    world_talentio,
    world_workable,
)
from sandbox.world_ats import Ats

ATS: dict[str, Ats] = {
    ats.name: ats
    for ats in (
        world_greenhouse.ATS,
        world_lever.ATS,
        world_ashby.ATS,
        world_workable.ATS,
        world_herp.ATS,
        world_talentio.ATS,
        world_hrmos.ATS,
        world_jobcan.ATS,
    )
}

"""The registration forms that companies of the sandbox may use, one line each."""

from __future__ import annotations

from sandbox import world_google_forms, world_tally, world_typeform
from sandbox.world_form import Form

FORMS: dict[str, Form] = {
    form.name: form for form in (world_typeform.FORM, world_google_forms.FORM, world_tally.FORM)
}

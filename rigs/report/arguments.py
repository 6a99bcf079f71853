"""What a Gherkin step carries besides its sentence, as files of its page."""

from __future__ import annotations

import csv
import io

from pytest_bdd.parser import Step


def arguments(step: Step) -> list[tuple[str, str, str]]:
    """A step's table as CSV, its text as JSON or text: name, body and MIME type of each."""
    found = []
    if step.datatable is not None:
        text = io.StringIO()
        csv.writer(text).writerows(step.datatable.raw())
        found.append(("table", text.getvalue(), "text/csv"))
    if step.docstring is not None:
        mime = "application/json" if step.docstring.lstrip().startswith(("{", "[")) else "text/plain"
        found.append(("text", step.docstring, mime))
    return found

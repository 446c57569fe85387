"""Long work somebody asked for: how far it is, and its file when it is done. Everybody sees their own."""

from __future__ import annotations

from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import N_
from frontoffice import bill_batches, jobs
from frontoffice.app import db
from frontoffice.views.access import operator, signed_in
from frontoffice.views.bills import as_file
from frontoffice.views.pages import page

KIND_WORDS = {bill_batches.KIND: N_("Bills in one file")}
LOOKED_AT: dict[str, tuple[str, str]] = {}
"""Where else what came out of a kind of work is looked at: what it is called, and its address."""
STATUS_WORDS = {
    "waiting": N_("waits for its turn"),
    "running": N_("is being done"),
    "done": N_("done"),
    "failed": N_("failed"),
}
WORDS = {"kinds": KIND_WORDS, "states": STATUS_WORDS, "looked_at": LOOKED_AT}


@signed_in
def overview() -> str:
    """The reader's jobs, the newest first."""
    with reading(db.session) as session:
        return page("frontoffice/jobs/list.html", jobs=jobs.jobs_of(session, operator()), **WORDS)


@signed_in
def show(job_id: int) -> str:
    """A job: its progress, then its file or why it failed."""
    with reading(db.session) as session:
        return page("frontoffice/jobs/show.html", job=jobs.job(session, job_id, operator()), **WORDS)


@signed_in
def file(job_id: int) -> Response:
    """The file that came out, for who asked for it."""
    with reading(db.session) as session:
        result = jobs.result_of(session, job_id, operator())
    return as_file(result.content, result.name, result.media_type, inline=result.media_type == "application/pdf")

"""The reports that go with a mail: each made as the file it was asked for when the mail is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from folios.db import SessionSource
from frontoffice import mail
from frontoffice.mail_line import Attachment
from night_audit.calls import REPORT_FILE
from night_audit.reports import files
from night_audit.reports.forms import FORMS


def report_file(sessions: SessionSource, facts: Mapping[str, Any]) -> Attachment:
    """A report of a closed day as a file; made again it is the same to the byte. Refuses as `files.of_report`."""
    day = date.fromisoformat(facts["day"])
    content = files.of_report(sessions, facts["report"], day, facts["form"], facts["language"])
    return Attachment(facts["name"], FORMS[facts["form"]].media_type, content)


mail.FILES[REPORT_FILE] = report_file

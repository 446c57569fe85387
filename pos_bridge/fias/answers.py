"""The answer statuses of FIAS, with what each says in words, and the answer to what could not be looked at.

Which status a refusal becomes is decided where records are answered.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from folios.errors import N_
from pos_bridge.fias.records import Record


class AnswerStatus(StrEnum):
    """The complete list of field AS. There is no other: a status that is not here confuses every till."""

    DONE = "OK"
    NOBODY = "NG"
    NO_POST = "NP"
    OVER_LIMIT = "CO"
    SUM_WRONG = "DM"
    ACCOUNT_INVALID = "IA"
    FEATURE_BARRED = "FX"
    NIGHT_AUDIT = "NA"
    RETRY = "RY"
    UNPROCESSABLE = "UR"
    DENIED = "DN"
    FEATURE_OFF = "NF"
    NOT_FOUND = "NM"
    NO_RESPONSE = "NR"
    BUSY = "BY"
    BALANCE_OFF = "BM"
    NOT_TODAY = "CD"
    DELETED = "DE"
    NUMBER_TAKEN = "AA"
    NUMBER_UNKNOWN = "AN"


IN_WORDS: Final[dict[str, str]] = {
    AnswerStatus.DONE: N_("done"),
    AnswerStatus.NOBODY: N_("guest or room not found"),
    AnswerStatus.NO_POST: N_("no postings allowed"),
    AnswerStatus.OVER_LIMIT: N_("over the credit limit"),
    AnswerStatus.SUM_WRONG: N_("the parts are not the total"),
    AnswerStatus.ACCOUNT_INVALID: N_("account invalid"),
    AnswerStatus.FEATURE_BARRED: N_("not allowed for this guest"),
    AnswerStatus.NIGHT_AUDIT: N_("night audit under way"),
    AnswerStatus.RETRY: N_("to be sent again later"),
    AnswerStatus.UNPROCESSABLE: N_("cannot be processed, not to be sent again"),
    AnswerStatus.DENIED: N_("denied"),
    AnswerStatus.FEATURE_OFF: N_("switched off"),
    AnswerStatus.NOT_FOUND: N_("message not found"),
    AnswerStatus.NO_RESPONSE: N_("no response"),
    AnswerStatus.BUSY: N_("line busy"),
    AnswerStatus.BALANCE_OFF: N_("the balance differs"),
    AnswerStatus.NOT_TODAY: N_("the guest does not leave today"),
    AnswerStatus.DELETED: N_("deleted"),
    AnswerStatus.NUMBER_TAKEN: N_("virtual number taken"),
    AnswerStatus.NUMBER_UNKNOWN: N_("virtual number unknown"),
}
# A till sends the same again after these; on any other it gives up.
SENT_AGAIN: Final = frozenset({AnswerStatus.RETRY, AnswerStatus.NIGHT_AUDIT})

# What a record is answered by, and which of its fields are given back so that the other side knows what is meant.
_ANSWERED_BY: Final = {
    "PS": "PA",
    "PR": "PA",
    "XR": "XB",
    "XC": "XC",
    "XM": "XT",
    "WR": "WA",
    "WC": "WA",
    "KR": "KA",
    "KD": "KA",
    "KM": "KA",
    "KZ": "KA",
    "LP": "LP",
}
_GIVEN_BACK: Final = ("P#", "RN", "G#", "GN", "WS", "ID", "SO", "C#", "MI", "KC", "DA", "TI")


def retry_later(record: Record, text: str = "TRY AGAIN LATER") -> Record | None:
    """The answer that has the other side send the same again; None for a record that has no answer."""
    id_ = _ANSWERED_BY.get(record.id)
    if id_ is None:
        return None
    back = [(code, value) for code, value in record.fields if code in _GIVEN_BACK]
    return Record(id_, (("AS", str(AnswerStatus.RETRY)), *dict(reversed(back)).items(), ("CT", text)))

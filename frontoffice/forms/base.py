"""What every form is made of: its once-key, its fields, the place of each refusal, the other version, the approval.

A field keeps what was typed. Its words are marked with `N_` and translated where the page shows them. Amounts and
figures are read in the reader's language; the rules say what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from flask import g, request
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, Field, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation

from folios.amounts import read_amount
from folios.errors import N_, ChangedMeanwhile, Refusal
from folios.money import Money, format_amount
from folios.texts import read_number
from frontoffice import language
from frontoffice.language import gettext as _
from frontoffice.submissions import new_key

NEEDED = N_("Fill this in.")

# Fields a person does not fill in, and those of who approves.
HIDDEN = ("csrf_token", "key", "version")
_KEY = re.compile(r"[0-9a-f]{32}")
APPROVAL = ("approver", "approver_password", "accept")


@dataclass(frozen=True, slots=True)
class Approval:
    """A right that the deed itself needs, beside that of the page: who lacks it asks a second person, here and now.

    With `refusals` it is only needed when the rule says one of these; then also who has the right must say yes. `also`
    are further rights of a deed that is two in one: who approves has what the reader lacks.
    """

    right: str
    refusals: tuple[type[Refusal], ...] = ()
    also: tuple[str, ...] = ()

    def lacking(self, may: Callable[[str], bool]) -> tuple[str, ...]:
        """The rights that are needed and that somebody, of whom `may` tells, does not have."""
        return tuple(right for right in (self.right, *self.also) if not may(right))


class Form(FlaskForm):  # type: ignore[misc]
    """A form of the desk. `PLACES` says which field a refusal's code belongs to, where its name does not.

    `title` and `submit` are what the page shows; `complaints` are refusals that belong to no field.
    """

    title: ClassVar[str] = ""
    submit: ClassVar[str] = N_("Save")
    PLACES: ClassVar[Mapping[str, str]] = {}
    approval: ClassVar[Approval | None] = None

    key = HiddenField()

    def __init__(self, *args: Any, held: Sequence[Sequence[str]] | None = None, **values: Any) -> None:
        """`held` is what somebody typed before they had to sign in again; `values` what the fields begin with."""
        if held is not None:
            values["formdata"] = MultiDict([(name, value) for name, value in held])
        super().__init__(*args, **values)
        if not _KEY.fullmatch(str(self.key.data)):
            self.renew_key()
        self.complaints: list[str] = []
        self.theirs: dict[str, str] = {}
        self.refused = False
        self.asks_approval = False
        self.asks_yes = False  # of the reader, who may do it; else a second person signs

    def shown(self) -> list[Field]:
        """The fields a person fills in, in the order of work."""
        return [field for field in self if field.name not in (*HIDDEN, *APPROVAL) and field.type != "HiddenField"]

    def content(self) -> list[tuple[str, str]]:
        """What was asked, for telling this form from another with its key: not who approved, and no password."""
        files = [(name, f"{each.filename} {each.content_length}") for name, each in request.files.items()]
        return [
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in (*HIDDEN, *APPROVAL) and "password" not in name
        ] + files

    def refuse(self, refusal: Refusal) -> None:
        """Puts a refusal beside the field it is about; a record that changed meanwhile shows both versions."""
        self.refused = True
        text = language.show(refusal)
        if isinstance(refusal, ChangedMeanwhile) and "version" in self:
            self._show_theirs(refusal.params.get("version", 0), refusal.params.get("theirs", {}))
            text = _("Somebody changed this meanwhile. Their version stands beside yours; save again to keep yours.")
        place = self._place(refusal)
        if place is None:
            self.complaints.append(text)
        else:
            self[place].errors = [*self[place].errors, text]

    def renew_key(self) -> None:
        """A fresh key: this is another form from here on."""
        self.key.data = new_key()
        self.key.raw_data = None

    def _place(self, refusal: Refusal) -> str | None:
        named = refusal.params.get("field")
        for name in (self.PLACES.get(refusal.code), named, refusal.code.split(".", maxsplit=1)[0]):
            if isinstance(name, str) and name in self and name not in HIDDEN:
                return name
        return None

    def _show_theirs(self, version: int, theirs: Mapping[str, Any]) -> None:
        self["version"].data = str(version)
        self["version"].raw_data = None
        for name, value in theirs.items():
            shown = self[name].written(value) if name in self and hasattr(self[name], "written") else value
            self.theirs[name] = "–" if shown in (None, "") else str(shown)


class EditForm(Form):
    """A form on a record with an optimistic lock: it remembers which version it showed."""

    version = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version of the record that was on the screen; 0 when somebody took it out."""
        return read_number(str(self.version.data or "")) or 0


class ApprovedForm(Form):
    """A form whose deed may need somebody with more rights: they sign with their own password, on the same screen."""

    approver = StringField(N_("Approved by"))
    approver_password = PasswordField(N_("Password of who approves"))
    accept = BooleanField(N_("Do it all the same"))


# --- fields ---------------------------------------------------------------------------------------------------


def needed(_form: Form, field: Field) -> None:
    """Says beside the field that something belongs there."""
    if not field.raw_data or not str(field.raw_data[0]).strip():
        raise StopValidation(_(NEEDED))


needed.field_flags = {"required": True}  # type: ignore[attr-defined]


class Text(StringField):  # type: ignore[misc]
    """A line of text; `needed=True` when it must be filled in. None when it is empty."""

    def __init__(self, label: str, *, needed: bool = False, most: int = 200, hint: str = "", **more: Any) -> None:
        super().__init__(label, validators=[_needed] if needed else [], **more)
        self.hint = hint
        self.render_kw = {"maxlength": most, "autocomplete": "off", **(more.get("render_kw") or {})}

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0].strip() or None


class Paragraph(TextAreaField):  # type: ignore[misc]
    """Several lines of text."""

    def __init__(self, label: str, *, needed: bool = False, most: int = 2000, hint: str = "", **more: Any) -> None:
        super().__init__(label, validators=[_needed] if needed else [], **more)
        self.hint = hint
        self.render_kw = {"maxlength": most, "rows": 3}

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0].replace("\r\n", "\n").strip() or None


class Day(DateField):  # type: ignore[misc]
    """A date. `data` is None when nothing was chosen."""

    def __init__(self, label: str, *, needed: bool = False, hint: str = "", **more: Any) -> None:
        super().__init__(label, validators=[_needed] if needed else [], **more)
        self.hint = hint

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = date.fromisoformat(valuelist[0].strip())
            except ValueError:
                raise ValueError(_("There is no such day. Write it as year-month-day, such as 2026-03-01.")) from None


class Whole(StringField):  # type: ignore[misc]
    """A whole number. `data` is None when nothing was typed."""

    def __init__(self, label: str, *, needed: bool = False, hint: str = "", **more: Any) -> None:
        super().__init__(label, validators=[_needed] if needed else [], **more)
        self.hint = hint
        self.render_kw = {"inputmode": "numeric", "autocomplete": "off", "maxlength": 9}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if text:
            if not (text.isascii() and text.removeprefix("-").isdecimal()) or len(text) > 9:
                raise ValueError(_("{typed} is not a whole number.", typed=text[:30]))
            self.data = int(text)


class Amount(StringField):  # type: ignore[misc]
    """An amount of money as people type it. `data` is a `Money` in `currency`, or None.

    That is the ledger's, unless the form sets another. It begins with minor units or a `Money`.
    """

    currency = ""

    def __init__(self, label: str, *, needed: bool = False, hint: str = "", **more: Any) -> None:
        super().__init__(label, validators=[_needed] if needed else [], **more)
        self.hint = hint
        self.render_kw = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 30, "class": "amount"}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.written(self.data)

    def written(self, value: Any) -> str:
        """The figure as this reader would type it."""
        if value is None:
            return ""
        money = value if isinstance(value, Money) else Money(int(value), self.currency or _ledger_currency())
        return format_amount(money, str(language.locale()))

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if text:
            try:
                self.data = read_amount(text, self.currency or _ledger_currency(), str(language.locale()))
            except Refusal as refusal:
                raise ValueError(language.show(refusal)) from None

    @property
    def minor(self) -> int | None:
        """The amount in minor units; None when nothing was typed."""
        return None if self.data is None else int(self.data.minor)


class Choice(SelectField):  # type: ignore[misc]
    """One of several. `choices` are (value, text); `none` is the text of choosing nothing, whose data is None."""

    def __init__(
        self, label: str, *, needed: bool = False, none: str | None = None, hint: str = "", **more: Any
    ) -> None:
        super().__init__(label, validators=[_needed] if needed else [], **more)
        self.hint = hint
        self.none = none

    def offer(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Sets what can be chosen."""
        self.choices = [(str(value), text) for value, text in choices]
        if self.none is not None:
            self.choices.insert(0, ("", _(self.none)))

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0] or None

    def process_data(self, value: Any) -> None:
        self.data = None if value is None else str(value)

    def pre_validate(self, form: Form) -> None:
        if self.data is not None and self.data not in {value for value, *_rest in self.choices or []}:
            raise StopValidation(_("Choose one of these."))


class Yes(BooleanField):  # type: ignore[misc]
    """A box to tick."""

    def __init__(self, label: str, hint: str = "", **more: Any) -> None:
        super().__init__(label, **more)
        self.hint = hint


class Ticked(Field):  # type: ignore[misc]
    """What was ticked in a list beside the form, carried along as hidden fields; `data` is a list of ids.

    `read` makes ids of what was sent, and refuses what is none.
    """

    def __init__(self, read: Callable[[Sequence[str]], list[int]], **more: Any) -> None:
        super().__init__("", default=list, **more)
        self.read = read
        self.type = "HiddenField"

    def widget(self, field: Field, **_more: Any) -> Markup:
        """A hidden field for each; ids are digits."""
        tag = Markup('<input type="hidden" name="{name}" value="{value}">')
        return Markup("").join(tag.format(name=field.name, value=each) for each in self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = self.read(valuelist)


def ticked_ids(texts: Sequence[str], refusal: Callable[[str], Refusal]) -> list[int]:
    """The ids that an address or a form names, each once; what is no id is refused as `refusal` says."""
    found: dict[int, None] = {}
    for text in texts:
        number = read_number(text)
        if number is None:
            raise refusal(text[:20])
        found[number] = None
    return list(found)


_needed: Callable[[Form, Field], None] = needed


def _ledger_currency() -> str:
    """The currency of the hotel whose page this is."""
    return str(g.head.currency)

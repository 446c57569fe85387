"""The tables of those who work with the system: users, their roles, and the rights that a role gives.

A ledger row names its operator by the user's code as plain text, so a user is disabled and never deleted.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId


class User(Base):
    """Somebody who may sign in. Without a password nobody can; `language` is None for whatever the browser asks.

    Who was given a password by somebody else must change it before anything else.
    """

    __tablename__ = "user_account"  # "user" alone is a reserved word of PostgreSQL

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str | None] = mapped_column(sa.String(16))
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Role(Base):
    """A set of rights under a name: cashier, supervisor, night auditor."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))


class RoleRight(Base):
    """A right that a role gives. The words are those of `frontoffice.rights.RIGHTS`."""

    __tablename__ = "role_right"

    role_code: Mapped[str] = mapped_column(sa.ForeignKey("role.code"), primary_key=True)
    right: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class UserRole(Base):
    """A role that a user has."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    role_code: Mapped[str] = mapped_column(sa.ForeignKey("role.code"), primary_key=True, index=True)

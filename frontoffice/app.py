"""The one place that composes the application: the modules, the database, and the settings they get.

`MODULES` is walked twice: each module's `init_app(app)` is called here, and its commands are gathered by
`frontoffice.cli`. Taking a module out of the tuple takes it out of the hotel.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix

from folios import backup
from folios.db import Base, engine_options, prepare_engine
from frontoffice.config import Settings

MOST_SENT = 2 * 1024 * 1024  # bytes of a request: a logo and a form

MODULES = ("frontoffice", "pos_bridge", "night_audit")

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def create_app(settings: Settings) -> Flask:
    """The application on one database. Refuses settings that name none; without a secret nobody can sign in."""
    url = settings.require_database()
    static = Path(__file__).with_name("static")
    app = Flask("frontoffice", template_folder=templates_folder(), static_folder=static, static_url_path="/static")
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=MOST_SENT,
        SESSION_COOKIE_SECURE=settings.https,
        LANGUAGE=settings.language,
        TERMINAL_RATE=settings.terminal_rate,
        RECEIPTS=settings.receipts,
        MAIL=settings.mail,
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        backup.plan(prepare_engine(db.engine), settings.backup)
    for module in MODULES:
        import_module(module).init_app(app)
    return app


def templates_folder() -> str:
    """The pages' templates: inside the installed package, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "templates"
    return str(installed if installed.is_dir() else package.parent / "templates")

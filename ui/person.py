"""Who sent a request to the desk: what `ui.door` found out, and never what a browser says of itself."""

from typing import Any

from inference import roles
from store.account import Account

KEY = "account"  # in the state of a request


def signed_in(request: Any) -> Account | None:
    """The account behind a request of Gradio's or Starlette's; None where nobody is asked who they are.

    Raises AttributeError where no door stands in front of the app: then nobody is let in.
    """
    account: Account | None = getattr(request.state, KEY)
    return account


def named(request: Any, typed: str) -> str:
    """Whose name stands on what is done: who is signed in, or what was typed where nobody need be."""
    account = signed_in(request)
    return account.name if account else typed.strip()[:120]


def refuse(request: Any, act: roles.Act) -> None:
    """Raise Forbidden where the role of who is signed in does not allow it."""
    account = signed_in(request)
    roles.refuse(account.role if account else None, act)

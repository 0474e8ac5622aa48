"""Installation > Exchange: what is given to other installations, whom we take from, and how far each is believed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import Form, choices, name_field, required, takes_form, text_field
from reputation.exchange import choices as chosen
from reputation.exchange import giving, introductions, keys, peers
from reputation.exchange.peers import Peer

blueprint = Blueprint("exchange", __name__, url_prefix="/installation/exchange")

NOBODY = ""  # the operator knows the peer's people
WHOLE = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class OwnForm(Form):
    """Who we are to others, and what is given."""

    name = name_field("Our name", "Write a name that others know you by.", introductions.LONGEST_NAME)
    address = StringField(
        "Address of our files", [required("Write the address where others fetch our files.")], render_kw=WHOLE
    )
    networks = BooleanField()
    addresses = BooleanField()
    statistics = BooleanField()


class PeerForm(Form):
    """A new peer: its introduction, and who spoke for it."""

    introduction = TextAreaField(
        "Link or introduction",
        [
            required("Paste the link that its operator has sent you, or its introduction."),
            Length(max=introductions.LARGEST, message="This is too long for an introduction."),
        ],
        render_kw={**WHOLE, "rows": "3"},
    )
    introduced_by = SelectField("Who has introduced it?", choices=[], default=NOBODY, validate_choice=False)


class NameForm(Form):
    """The buttons of a peer."""

    peer = text_field(introductions.LONGEST_NAME)


class TakenForm(NameForm):
    """What is taken of a peer."""

    networks = BooleanField()
    addresses = BooleanField()
    statistics = BooleanField()


class KeyForm(NameForm):
    """The fingerprint of a peer's new key, which the operator repeats."""

    fingerprint = text_field(60)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the page."""
    return _page()


@blueprint.post("")
@takes_form(OwnForm, lambda form, problem: _page(own=form, problem=problem))
def choose(form: OwnForm) -> ResponseReturnValue:
    """Set who we are to others, and what is given."""
    who = signed_in_user().email
    chosen.introduce(current().data, form.name.data or "", form.address.data or "", g.now, who)
    made = chosen.give(form.networks.data, form.addresses.data, form.statistics.data, g.now, who)
    flash(f"Given from now on: {chosen.given(made)}.")
    return redirect(url_for("exchange.show"), 303)


@blueprint.post("/peers")
@takes_form(PeerForm, lambda form, problem: _page(new=form, problem=problem), field="introduction")
def add(form: PeerForm) -> ResponseReturnValue:
    """Add a peer, or take in the statement by which one revokes its key."""
    text, who = form.introduction.data or "", signed_in_user().email
    if peers.is_revocation(text):
        gone = peers.take_revocation(text, g.now, who)
        flash(f"{gone.name} has revoked its key: nothing of it counts any more.")
    else:
        made = peers.add(peers.fetched(text), g.now, who, form.introduced_by.data or "")
        flash(
            f"{made.name} is a peer. Its files come from {made.address}. "
            f"Compare its fingerprint with its operator: {made.fingerprint}"
        )
    return redirect(url_for("exchange.show"), 303)


@blueprint.post("/take")
@takes_form(TakenForm, lambda _form, problem: _page(problem=problem))
def take(form: TakenForm) -> ResponseReturnValue:
    """Set what is taken of a peer."""
    kinds = form.networks.data, form.addresses.data, form.statistics.data
    made = peers.take(form.peer.data, *kinds, g.now, signed_in_user().email)
    flash(f"Taken from {made.name}: {made.taken}.")
    return redirect(url_for("exchange.show"), 303)


@blueprint.post("/pause")
@takes_form(NameForm, lambda _form, problem: _page(problem=problem))
def pause(form: NameForm) -> ResponseReturnValue:
    """Take nothing of a peer for now, and count nothing that it has said; or begin again."""
    one = peers.find(form.peer.data)
    made = peers.pause(one.name, not one.paused, g.now, signed_in_user().email)
    flash(f"{made.name} is paused: its word counts no more." if made.paused else f"{made.name} is taken again.")
    return redirect(url_for("exchange.show"), 303)


@blueprint.post("/forget")
@takes_form(NameForm, lambda _form, problem: _page(problem=problem))
def forget(form: NameForm) -> ResponseReturnValue:
    """Stop and forget a peer, with all that it has said."""
    gone = peers.forget(form.peer.data, g.now, signed_in_user().email)
    flash(f"{gone.name} is forgotten, with all that it has said.")
    return redirect(url_for("exchange.show"), 303)


@blueprint.post("/accept")
@takes_form(KeyForm, lambda _form, problem: _page(problem=problem))
def accept(form: KeyForm) -> ResponseReturnValue:
    """Accept the new key of a peer."""
    made = peers.accept(form.peer.data, form.fingerprint.data, g.now, signed_in_user().email)
    flash(f"{made.name} has a new key, and begins anew with it.")
    return redirect(url_for("exchange.show"), 303)


def _page(own: OwnForm | None = None, new: PeerForm | None = None, problem: str = "") -> str:
    choice, known = chosen.current(), peers.all_peers()
    new = new or PeerForm(formdata=None)
    new.introduced_by.choices = choices(
        [(NOBODY, "Nobody: I know its operator"), *((one.name, f"{one.name} did") for one in known)]
    )
    return render_template(
        "exchange/show.html",
        form=own or _as_it_is(choice),
        new=new,
        problem=problem,
        choice=choice,
        given=chosen.given(choice),
        last=giving.last(),
        kept_days=giving.KEPT_DAYS,
        link=chosen.link(choice),
        fingerprint=keys.fingerprint(choice.key) if choice.key else "",
        peers=known,
        introducers=_introducers(known),
    )


def _as_it_is(choice: chosen.Choice) -> OwnForm:
    kinds: dict[str, Any] = {kind: getattr(choice, f"gives_{kind}") for kind in chosen.GIVEN}
    address = choice.address or f"{current().lookup_url}{chosen.PATH}"
    return OwnForm(formdata=None, name=choice.name, address=address, **kinds)


def _introducers(known: list[Peer]) -> dict[str, str]:
    """By whom each peer was introduced, in words."""
    names = {one.key: one.name for one in known}
    return {
        one.name: names.get(one.introduced_by, keys.fingerprint(one.introduced_by)) if one.introduced_by else ""
        for one in known
    }

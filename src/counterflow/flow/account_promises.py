"""A locked target changes by two people: one asks, another agrees, and both stand with the edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.core.tables import PROMISE_EDIT, PROMISE_LOCK

if TYPE_CHECKING:
    from counterflow.account.indicators.records import Pack
    from counterflow.store.workspace import Workspace

__all__ = ["agreed_edit", "lockers_of", "pack_text", "packs_of", "sent_pack"]


def lockers_of(workspace: Workspace, subject: str, payload: Mapping[str, Any]) -> list[str]:
    """Return who may not be the second person of an edit: nobody beside the asker, once the payload can be read.

    Raises:
        InputError: the payload holds no pack.
    """
    from counterflow.account.indicators.pack_read import pack_of_text

    del workspace
    text = payload.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError("The payload holds no pack.", hint="Send the new text of the pack as `text`.", column="text")
    if pack_of_text(text, subject).name != subject:
        raise InputError("The text is of another pack.", hint=f"It should say name = {subject!r}.", column="name")
    return []


def agreed_edit(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Store the new version of the pack `subject`, and for each locked target that it changes a row with both names.

    Args:
        workspace: where.
        subject: name of the pack.
        payload: `text`, the new TOML of the pack.
        asked_by: who asked.
        agreed_by: who agreed.
        ground: why.

    Raises:
        InputError: it changes nothing that is locked, leaves a locked target out, or its record does not hold.
    """
    from counterflow.account.indicators.kept import changed_locks, locks_of, put_pack
    from counterflow.account.indicators.pack_read import kept_text, pack_of_text
    from counterflow.account.indicators.sealing import expectation, seal_promise

    text = kept_text(str(payload["text"]))
    pack = pack_of_text(text, subject)
    changed, locks = changed_locks(workspace, pack), locks_of(workspace, subject)
    targets = {one.id: one for one in pack.targets}
    if not changed:
        raise InputError("It changes nothing that is locked.", hint="Load it: one person can.", column="text")
    for name in changed:
        if name not in targets or not targets[name].sound:
            words = "is left out" if name not in targets else "does not hold"
            raise InputError(f"The locked target {name} {words}.", hint="A promise is not dropped; write it as missed.",
                             column="target", value=name)  # fmt: skip
    put_pack(workspace, pack, text, asked_by)
    for name in changed:
        lock, after = locks[name], expectation(pack, targets[name])
        body = {"act": "edit", "target": name, "before": lock["expectation"], "after": after}
        entry = seal_promise(workspace, "promise-edit", subject, [name, after, ground], body, [asked_by, agreed_by])
        edit = {
            "pack": subject, "target": name, "before": lock["expectation"], "after": after, "ground": ground,
            "asked_by": asked_by, "agreed_by": agreed_by, "edited_at": entry.time, "ledger_seq": entry.seq,
        }  # fmt: skip
        again = {"pack": subject, "target": name, "expectation": after, "known_until": lock["known_until"],
                 "person": asked_by, "locked_at": entry.time, "ledger_seq": entry.seq}  # fmt: skip
        workspace.store.append("promise_edit", pa.Table.from_pylist([edit], schema=PROMISE_EDIT))
        workspace.store.append("promise_lock", pa.Table.from_pylist([again], schema=PROMISE_LOCK))
    return {"pack": subject, "version": pack.sha256[:12], "changed": changed}


def packs_of(workspace: Workspace) -> list[tuple[str, str]]:
    """Return the packs that a page can show, as (name, title): those loaded stand in for shipped ones of their name."""
    from counterflow.account.indicators.kept import kept_names, kept_pack
    from counterflow.flow.account_targets import pack_named, pack_names

    titles = {name: pack_named(name).title for name in pack_names()}
    for name in kept_names(workspace):
        held = kept_pack(workspace, name)
        titles[name] = (held.title if held else "") or name
    return sorted(titles.items(), key=lambda pair: (pair[0] != "documents", pair[1].casefold()))


def pack_text(workspace: Workspace, name: str) -> str:
    """Return the text of a pack: as loaded, else as shipped."""
    from counterflow.flow.account_targets import shipped_text

    rows = workspace.store.rows(
        "SELECT text FROM promise_pack WHERE pack = ? ORDER BY loaded_at DESC, ledger_seq DESC LIMIT 1", [name]
    )
    return str(rows[0]["text"]) if rows else shipped_text(name)


def sent_pack(workspace: Workspace, text: str, name: str) -> tuple[Pack, list[str], bool]:
    """Return a pack that was sent, which locked targets it would change, and whether this very text is kept already."""
    from counterflow.account.indicators.kept import changed_locks, kept_pack
    from counterflow.account.indicators.pack_read import kept_text, pack_of_text

    pack = pack_of_text(kept_text(text), name)
    held = kept_pack(workspace, pack.name)
    return pack, changed_locks(workspace, pack), held is not None and held.sha256 == pack.sha256

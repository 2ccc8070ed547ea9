"""`account head | verify | cosign`: heads of the ledger: handed out, signed by a second party, held against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["add_to"]


def head(
    ctx: typer.Context,
    out: OutOption = None,
    publish: Annotated[
        Path | None,
        typer.Option(help="Folder to write head, checkpoint, key and proof of growth to.", show_default=False),
    ] = None,
) -> None:
    """Print a signed head of the ledger, for others to keep: it proves later what was there."""
    if publish is not None:
        from counterflow.account.oversight.cosign import publish_head

        with workspace_of(ctx) as workspace:
            written = publish_head(workspace.ledger, publish)
        say("\n".join(f"Written: {path}" for path in written))
        say("A second party signs the checkpoint: counterflow account cosign CHECKPOINT --key KEY --ledger-key PUB")
        return
    with workspace_of(ctx) as workspace:
        line = workspace.ledger.head().as_json()
    if out is None:
        typer.echo(line)
    else:
        out.write_text(line + "\n", "utf-8")
    say("Give this to someone who does not hold the key; tools/verify_ledger.py --head checks against it.")


def verify(
    ctx: typer.Context,
    cosigned: Annotated[
        list[Path] | None, typer.Option(help="Head that a second party signed; may be repeated.", show_default=False)
    ] = None,
    witness: Annotated[
        list[Path] | None, typer.Option(help="Public line of that party; may be repeated.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Check every entry of the ledger with the code that wrote it; says what that cannot exclude."""
    from counterflow.account.verify import verify_ledger

    if bool(cosigned) != bool(witness):
        raise UsageError("--cosigned and --witness go together.", hint="A head, and the public line of who signed it.")
    with workspace_of(ctx) as workspace:
        report = _held_against(workspace, cosigned, witness or []) if cosigned else verify_ledger(workspace.ledger)
    emit(report, form, out)


def _held_against(workspace: Any, cosigned: list[Path], witness: list[Path]) -> dict[str, object]:
    """Have the ledger checked from outside against co-signed heads.

    Raises:
        EngineError: something does not hold; says what.
    """
    from counterflow.core.errors import EngineError, InputError
    from counterflow.flow.outside import verify_outside

    answer = verify_outside(workspace, cosigned=cosigned, witness=witness)
    if answer["verdict"] == "unreadable":
        raise InputError(f"{answer['problems'][0]}.", hint="Give files as they were handed out.")
    if answer["verdict"] != "verified":
        told = "; ".join(answer["problems"])
        raise EngineError(f"The ledger does not hold: {told}.", hint="Keep the files, and tell the inspector general.")
    return {
        "entries": answer["entries"], "root": answer["root"],
        "verified": "hash, number and link of every entry, by a program that shares no code with the writer",
        "cosigned": [f"{one['name']}: {one['size']} entries, by {', '.join(one['by'])}" for one in answer["cosigned"]],
        "not_excluded": answer["not_excluded"],
    }  # fmt: skip


def cosign(
    head_file: Annotated[
        Path | None, typer.Argument(metavar="HEAD", help="Checkpoint, or a head as JSON.", show_default=False)
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The second party's private key, PEM.", show_default=False)] = None,
    name: Annotated[str, typer.Option(help="Who signs, as inspectorate.example; else as beside the key.")] = "",
    ledger_key: Annotated[
        Path | None, typer.Option(help="The ledger's public key, got by another way.", show_default=False)
    ] = None,
    earlier: Annotated[Path | None, typer.Option(help="Checkpoint signed last.", show_default=False)] = None,
    proof: Annotated[Path | None, typer.Option(help="Proof that this head grew out of it.", show_default=False)] = None,
    new_key: Annotated[
        Path | None, typer.Option(help="Make a key in this file instead, with --name.", show_default=False)
    ] = None,
    out: OutOption = None,
) -> None:
    """Sign a head of somebody's ledger as the second party; refuse one that did not grow out of the last."""
    from counterflow.account.oversight.cosign import cosign as sign
    from counterflow.account.oversight.cosign import new_witness_key
    from counterflow.core.clock import system_clock

    if new_key is not None:
        say(f"Keep {new_key} secret. This line is for everybody:")
        typer.echo(new_witness_key(new_key, name))
        return
    if head_file is None or key is None:
        raise UsageError(
            "Give a head and a key.", hint="cosign CHECKPOINT --key KEY, or cosign --new-key KEY --name N."
        )
    signed = sign(
        head_file, key, now=system_clock(), name=name, ledger_key=ledger_key, earlier=earlier, proof=proof
    )  # fmt: skip
    for line in signed.said:
        say(line)
    if out is None:
        typer.echo(signed.checkpoint.text(), nl=False)
    else:
        out.write_text(signed.checkpoint.text(), "utf-8")


def add_to(app: typer.Typer) -> None:
    """Add heads to the commands of `account`."""
    app.command()(head)
    app.command()(verify)
    app.command()(cosign)

"""Write docs/reference/ pages from the code and its tables; a test fails when they differ from it.

tables, settings, commands; law of the registry of substances (instruments, unverified-law, class-rules) and of trade (trade-law).
Run it after changing a table, a setting, a command, a row of law or a class rule:  python tools/write_reference.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tables() -> str:
    from counterflow.core import tables as words

    lines = [
        "# Tables",
        "",
        "The tables that the rooms meet as, as Arrow schemas. Times are UTC instants. **Personal** tables live in",
        "erasable form only: never under `facts/`, never in the ledger. Written from `counterflow.core.tables` by",
        "`tools/write_reference.py`.",
    ]
    shown = {name: (spec.schema, spec) for name, spec in words.TABLES.items()}
    for name, (schema, spec) in shown.items():
        marks = [
            mark
            for mark, on in (
                ("personal", spec.personal),
                (f"facts by month of `{spec.month_of}`", spec.month_of),
            )
            if on
        ]
        lines += [
            "",
            f"## {name}" + (f" ({', '.join(marks)})" if marks else ""),
            "",
            "| column | type | required | what it holds |",
            "|---|---|---|---|",
        ]
        for field in schema:
            doc = field.metadata[b"doc"].decode().replace("|", "\\|")
            lines.append(f"| `{field.name}` | {field.type} | {'' if field.nullable else 'yes'} | {doc} |")
    return "\n".join(lines) + "\n"


def settings() -> str:
    from counterflow.core.settings import LoadedSettings, Settings, describe

    lines = [
        "# Settings",
        "",
        "Defaults, then `counterflow.toml`, then `COUNTERFLOW_<SECTION>__<KEY>`, then flags. `counterflow config show`",
        "prints the values in force and where each comes from. Unknown keys are refused.",
        "",
        "| setting | default | what it means |",
        "|---|---|---|",
    ]
    for row in describe(LoadedSettings(Settings(), {})):
        value = str(row["value"]).replace("|", "\\|")
        lines.append(f"| `{row['setting']}` | `{value}` | {str(row['means']).replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    from counterflow.cli.app import tree

    lines = ["# Commands", "", "Data goes to stdout, words to stderr. `-w FOLDER` (or `COUNTERFLOW_WORKSPACE`) names the workspace.",
             "Exit codes: 0 ok, 1 findings when asked to fail on them, 2 usage, 3 input, 4 configuration, 5 engine, 6 access."]  # fmt: skip
    for path, command in _walk("counterflow", tree()):
        lines += ["", f"## {path}", "", (command.help or "").strip()]
        rows = [_parameter(p) for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
        if rows:
            lines += ["", "| argument or option | what it does |", "|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _walk(path: str, command) -> Iterator[tuple[str, object]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        child = command.get_command(None, name)
        if not child.hidden:
            yield from _walk(f"{path} {name}", child)


def _parameter(parameter) -> str:
    names = (
        ", ".join(f"`{name}`" for name in parameter.opts)
        if parameter.param_type_name == "option"
        else f"`{parameter.name.upper()}`"
    )
    return f"| {names} | {(getattr(parameter, 'help', '') or '').replace('|', chr(92) + '|')} |"


def instruments() -> str:
    from counterflow.reference.law_pages import instruments_page
    from counterflow.reference.registry import load_registry

    return instruments_page(load_registry())


def unverified_law() -> str:
    from counterflow.reference.law_pages import unverified_page
    from counterflow.reference.registry import load_registry
    from counterflow.reference.trade_law import load_trade_law
    from counterflow.reference.trade_pages import unverified_trade

    return unverified_page(load_registry()) + unverified_trade(load_trade_law())


def trade_law() -> str:
    from counterflow.reference.trade_law import load_trade_law
    from counterflow.reference.trade_pages import trade_page

    return trade_page(load_trade_law())


def class_rules() -> str:
    from counterflow.screen.substances.rule_pages import page

    return page()


def glossary() -> str:
    from counterflow.report.glossary import terms

    lines = [
        "# Glossary",
        "",
        "One term per idea, as the program and these pages use it; the console shows the same words as hovers.",
        "",
        "| term | meaning |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| {name} | {says} |" for name, says in terms().items())]) + "\n"


def rights() -> str:
    from counterflow.access.policy import ACTIONS, APART, PURPOSES, RESOURCES, ROLES, matrix

    lines = [
        "# Rights: who may do what",
        "",
        "Written from `counterflow.access.policy` by `tools/write_reference.py`; `counterflow access matrix` prints every cell with",
        "its reason. What no rule allows is refused. Looks at things marked *logged* are on record with their purpose.",
        "",
        *(f"* **{role}** {says}" for role, says in ROLES.items()),
        "",
        "Not in one person: " + "; ".join(f"{one} and {other} ({why})" for one, other, why in APART) + ".",
        "",
        "Purposes: " + "; ".join(f"`{name}` {says}" for name, says in PURPOSES.items()) + ".",
        "",
        "Actions: " + "; ".join(f"`{name}` {says}" for name, says in ACTIONS.items()) + ".",
    ]
    for name, resource in RESOURCES.items():
        lines += [
            "",
            f"## {name}" + (" (logged)" if resource.sensitive else ""),
            "",
            f"{resource.says[0].upper()}{resource.says[1:]}.",
            "",
        ]
        rows = [row for row in matrix() if row["resource"] == name and row["allowed"] == "yes"]
        lines += ["| role | action | purposes | why |", "|---|---|---|---|"] if rows else ["Nobody."]
        lines += [f"| {row['role']} | {row['action']} | {row['purposes']} | {row['why']} |" for row in rows]
    return "\n".join(lines) + "\n"


PAGES = {
    "glossary.md": glossary,
    "tables.md": tables,
    "settings.md": settings,
    "commands.md": commands,
    "instruments.md": instruments,
    "unverified-law.md": unverified_law,
    "class-rules.md": class_rules,
    "trade-law.md": trade_law,
    "rights.md": rights,
}


def main() -> int:
    folder = ROOT / "docs" / "reference"
    for name, write in PAGES.items():
        (folder / name).write_text(write(), "utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

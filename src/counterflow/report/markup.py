"""HTML that is safe by the way it is built: text is escaped unless it was made here.

The layers below the console may not import a template engine; this is all that they need of one.
"""

from __future__ import annotations

import html

from counterflow.report.text import visible

__all__ = ["Safe", "join", "safe", "tag"]

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Safe(str):
    """Markup that was built here and is not escaped again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return itself: template engines ask markup for this instead of escaping it."""
        return str(self)


def safe(text: object) -> Safe:
    """Return `text` escaped for HTML, with control and direction-changing characters spelled out.

    >>> safe("<script>")
    '&lt;script&gt;'
    """
    if isinstance(text, Safe):
        return text
    return Safe(html.escape(visible("" if text is None else str(text)), quote=True))


def join(*parts: object) -> Safe:
    """Return the parts one after the other, each escaped unless it is markup."""
    return Safe("".join(safe(part) for part in parts))


def tag(name: str, /, *children: object, **attributes: object) -> Safe:
    """Return an element; `class_` stands for `class`, and an attribute that is None is left out.

    >>> tag("p", "a < b", class_="note", title=None)
    '<p class="note">a &lt; b</p>'
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    shown = "".join(f' {key}="{safe(value)}"' for key, value in pairs if value is not None)
    if name in _VOID:
        return Safe(f"<{name}{shown}>")
    return Safe(f"<{name}{shown}>{join(*children)}</{name}>")

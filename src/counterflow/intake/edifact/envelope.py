"""The envelope: who sent what, and whether each message is whole.

ISO 9735-1: an interchange is UNB … UNZ, may hold functional groups UNG … UNE, and holds messages UNH … UNT. Every
trailer repeats the reference of its header and counts what is between: UNT the segments (both ends included), UNE the
messages, UNZ the groups, or the messages where there are no groups. A message whose trailer does not agree is refused;
the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from counterflow.intake.edifact.segments import Segment

__all__ = ["Interchange", "Message", "read_envelope"]


@dataclass
class Message:
    """One message: its segments, header and trailer included, and what is wrong with it (reason, hint), if anything."""

    segments: list[Segment]
    fault: tuple[str, str] | None = None

    @property
    def reference(self) -> str:
        """Return the reference that header and trailer share."""
        return self.segments[0].text(1)

    @property
    def kind(self) -> str:
        """Return the type of message, for example CUSCAR."""
        return self.segments[0].text(2)


@dataclass
class Interchange:
    """What an interchange says of itself, and its messages.

    Args:
        messages: in order.
        sender: identification of the sender (UNB).
        recipient: identification of the recipient (UNB).
        reference: interchange control reference (UNB).
        prepared: date and time of preparation as written (UNB).
        faults: what is wrong with the envelope itself, in words; messages are judged by their own trailers.
    """

    messages: list[Message] = field(default_factory=list)
    sender: str = ""
    recipient: str = ""
    reference: str = ""
    prepared: tuple[str, str] = ("", "")
    faults: list[str] = field(default_factory=list)


def read_envelope(segments: Iterable[Segment]) -> Interchange:
    """Sort segments into messages and check every counter and reference; nothing raises, faults are kept."""
    reader = _EnvelopeReader()
    for segment in segments:
        reader.take(segment)
    return reader.close()


class _EnvelopeReader:
    """Walks the segments once; `open` is the message being read."""

    def __init__(self) -> None:
        self.found = Interchange()
        self._open: Message | None = None
        self._groups = 0
        self._group: Segment | None = None
        self._in_group = 0
        self._seen_unb = self._seen_unz = False

    def take(self, segment: Segment) -> None:
        handler = {
            "UNB": self._begin_interchange, "UNG": self._begin_group, "UNH": self._begin_message,
            "UNT": self._end_message, "UNE": self._end_group, "UNZ": self._end_interchange,
        }.get(segment.tag)  # fmt: skip
        if handler is not None and not segment.fault:
            handler(segment)
        elif self._open is not None:
            self._open.segments.append(segment)
            if segment.fault and self._open.fault is None:
                self._open.fault = ("segment", f"Segment {segment.number} ({segment.tag}): {segment.fault}.")
        else:
            self._stray(segment)

    def close(self) -> Interchange:
        self._cut_off("the interchange ends")
        if not self._seen_unb:
            self._say("there is no UNB segment")
        elif not self._seen_unz:
            self._say("there is no UNZ segment: the interchange is cut off")
        return self.found

    def _say(self, fault: str) -> None:
        self.found.faults.append(fault)

    def _stray(self, segment: Segment) -> None:
        """Keep a segment that belongs to no message as a message of its own, so that nothing vanishes."""
        why = segment.fault or "it stands outside any message"
        self.found.messages.append(Message([segment], ("segment", f"Segment {segment.number} ({segment.tag}): {why}.")))

    def _cut_off(self, where: str) -> None:
        if self._open is not None:
            number = self._open.segments[0].number
            self._open.fault = (
                "message-not-closed",
                f"The message that opens at segment {number} has no UNT; {where}.",
            )
            self._open = None

    def _begin_interchange(self, segment: Segment) -> None:
        self._cut_off(f"segment {segment.number} opens an interchange")
        if self._seen_unb:
            self._say(f"segment {segment.number} opens a second interchange")
        self._seen_unb, self._seen_unz = True, False
        self._groups, self._in_group = 0, 0
        self.found.sender, self.found.recipient = segment.text(2), segment.text(3)
        self.found.prepared = (segment.text(4, 1), segment.text(4, 2))
        self.found.reference = segment.text(5)
        self._first = len(self.found.messages)

    _first = 0

    def _begin_group(self, segment: Segment) -> None:
        self._cut_off(f"segment {segment.number} opens a group")
        self._group, self._in_group = segment, 0
        self._groups += 1

    def _begin_message(self, segment: Segment) -> None:
        self._cut_off(f"segment {segment.number} opens another")
        self._open = Message([segment])
        if not self._seen_unb or self._seen_unz:
            self._open.fault = (
                "envelope",
                f"The message at segment {segment.number} stands outside UNB … UNZ.",
            )
        self.found.messages.append(self._open)
        self._in_group += 1

    def _end_message(self, segment: Segment) -> None:
        if self._open is None:
            self._stray(segment)
            return
        message, self._open = self._open, None
        message.segments.append(segment)
        count, said = len(message.segments), segment.text(1)
        if message.fault is None and said != str(count) and said.lstrip("0") != str(count):
            message.fault = (
                "unt-count",
                f"UNT (segment {segment.number}) counts {said or 'nothing'}; there are {count} segments.",
            )
        elif message.fault is None and segment.text(2) != message.reference:
            message.fault = (
                "unt-reference",
                f"UNT (segment {segment.number}) closes {segment.text(2)!r}; UNH opened {message.reference!r}.",
            )

    def _end_group(self, segment: Segment) -> None:
        self._cut_off(f"segment {segment.number} closes the group")
        if self._group is None:
            self._say(f"UNE (segment {segment.number}) closes a group that nothing opened")
            return
        if segment.text(1).lstrip("0") != str(self._in_group):
            self._say(
                f"UNE (segment {segment.number}) counts {segment.text(1)}; the group has {self._in_group} messages"
            )
        if segment.text(2) != self._group.text(5):
            self._say(f"UNE (segment {segment.number}) closes {segment.text(2)!r}; UNG opened {self._group.text(5)!r}")
        self._group = None

    def _end_interchange(self, segment: Segment) -> None:
        self._cut_off(f"segment {segment.number} closes the interchange")
        if self._group is not None:
            self._say(f"the group that opens at segment {self._group.number} has no UNE")
            self._group = None
        held = self._groups or sum(m.segments[0].tag == "UNH" for m in self.found.messages[self._first :])
        what = "groups" if self._groups else "messages"
        if not self._seen_unb or self._seen_unz:
            self._say(f"UNZ (segment {segment.number}) closes an interchange that nothing opened")
        elif segment.text(1).lstrip("0") != (str(held) if held else ""):
            self._say(f"UNZ (segment {segment.number}) counts {segment.text(1)}; there are {held} {what}")
        if segment.text(2) != self.found.reference:
            self._say(f"UNZ (segment {segment.number}) closes {segment.text(2)!r}; UNB opened {self.found.reference!r}")
        self._seen_unz = True

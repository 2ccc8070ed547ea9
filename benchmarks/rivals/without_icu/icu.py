"""Stands in for PyICU where FollowTheMoney's model is asked about forms only.

`normality` makes one transliterator of PyICU when it is imported. Checking entities transliterates nothing, and
building PyICU takes minutes and a compiler; whoever does transliterate here is told so.
"""


class Transliterator:
    """Refuses to transliterate."""

    @staticmethod
    def createInstance(*_: object) -> "Transliterator":  # noqa: N802 - PyICU's own name
        return Transliterator()

    def transliterate(self, _: str) -> str:
        raise NotImplementedError("this environment checks forms; install pyicu to transliterate")

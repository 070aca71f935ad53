"""The texts that a copy of the pages begins with."""

from dataclasses import dataclass

from armillary.web.examples import LANGUAGES, examples


@dataclass(frozen=True)
class Texts:
    """The texts of the pages.

    Attributes:
        own: what stands in their place, or "".
    """

    own: str = ""

    def of(self, *pages: str) -> list[str]:
        """What these pages begin with, in both languages, each once."""
        if self.own:
            return [self.own]
        return list(dict.fromkeys(examples()["texts"][page][one] for page in pages for one in LANGUAGES))

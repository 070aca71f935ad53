"""A hook of hatchling: it tells who packages without the pages of the explorer."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Pages(BuildHookInterface[Any]):
    """Looks whether the pages were built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Say so in one line where they were not; all but `armillary explore` does without them."""
        page = Path(self.root, "src/armillary/web/static/index.html")
        if version != "editable" and not page.is_file():
            self.app.display_warning(
                "packaged without the pages of the explorer: `make pages` (Node.js 20) makes them")

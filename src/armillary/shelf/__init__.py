"""THE SHELF: published models and vectors by name, fetched once, checked, and opened from the disk ever after.

    catalogue   what there is: shelf.toml, read into entries
    places      where things lie, and the record that says that one is whole
    wheels      files out of wheels, fetched with pip's own client
    hub         files of the Hugging Face hub
    bring       fetching aside, checking, putting in place
    shelf       the one class that all others use

`Shelf().get("glove-6b-50d")` gives the path to open.
"""

from armillary.shelf.catalogue import Entry, Licence
from armillary.shelf.places import Record, home
from armillary.shelf.shelf import Shelf

__all__ = ["Entry", "Licence", "Record", "Shelf", "home"]

"""Class of a text: a table of words learned for it, a score for each class, and beside it a rule by hand."""

"""A number or a class from the columns of a table: every category a point, learned for the guess."""

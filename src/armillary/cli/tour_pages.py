"""tour: the page of the explorer that shows the same as a stop, live, as the command that opens it."""

from armillary.language import printable

_WORDS = {
    "words_are_rows": "space?q=king",
    "one_hot_times_matrix": "lessons?lesson=rows",
    "one_hot_knows_nothing": "lessons?lesson=rows",
    "neighbours": "space?q=tower",
    "analogies": "space?q=king - man + woman",
    "family": "directions?pairs=man:woman",
    "plural_direction": "directions?pairs=cat:cats",
    "angles": "lessons?lesson=directions",
    "columns_mean_nothing": "lessons?lesson=rows",
    "order_is_lost": "space?q=dog + bites + man",
}
_MODEL = {
    "tokens": "tokens", "rows": "lessons?lesson=rows", "one_hot": "lessons?lesson=rows", "positions": "inside",
    "attention": "inside", "journey": "inside", "scores": "next", "temperatures": "next?temperature=2",
    "next_word": "next", "parameters": "count",
}


def page_of_words(stop: str, target: str) -> str:
    """The paragraph under a stop of the first half."""
    return f'\t→ armillary explore {target} --page "{_WORDS[stop]}"'


def page_of_model(stop: str, model: str) -> str:
    """The paragraph under a stop of the second half."""
    return f'\t→ armillary explore {printable(model)} --page "{_MODEL[stop]}"'

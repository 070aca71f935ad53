"""The card of a model that fills blanks, on the terminal."""

from armillary.cli.learn_gpt_card import tell_ending, tell_neighbours
from armillary.cli.show import say_line, table
from armillary.language import say
from armillary.learning.bert.card import Card
from armillary.learning.bert.rates import Rate, Rates


def tell(card: Card) -> None:
    """Print the card."""
    say_line(say("{out}: {parameters:,} parameters, {steps:,} steps, {seconds:.0f} s",
                 out=card.out, parameters=sum(card.parameters.values()), steps=card.steps, seconds=card.seconds))
    say_line(say("{count:,} hidden tokens of the text that was held out, guessed:", count=card.hidden))
    table((say("by"), say("nats a token")),
          [(say("counting tokens"), f"{card.unigram:.3f}"), (say("the model"), f"{card.model:.3f}")])
    say_line(say("blanks in lines that were held out, one at a time; in brackets where the true rate lies, 95 of 100 "
                 "times:"))
    table((say("blank"), say("asked"), say("first guess"), say("among ten"), say("always the ten commonest")),
          [_row(say("a token"), card.tokens), *([_row(say("a word of several"), card.words)] if card.words else [])])
    tell_neighbours(card.neighbours, card.neighbours_before)
    if card.samples:
        say_line(say("it fills: {text}", text=card.samples[-1][1]))
    tell_ending(card)


def _row(name: str, rates: Rates) -> tuple[str, str, str, str, str]:
    return name, f"{rates.ten.asked:,}", _share(rates.first), _share(rates.ten), _share(rates.commonest)


def _share(rate: Rate) -> str:
    return f"{rate.share:.1%} ({rate.low:.1%}-{rate.high:.1%})"

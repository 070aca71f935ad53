"""The card of a model that was learned, on the terminal."""

from collections.abc import Mapping, Sequence

from armillary.cli.count import SENTENCES_OF_KINDS
from armillary.cli.show import say_line, table
from armillary.language import say
from armillary.learning.gpt.card import Card
from armillary.learning.self_supervised import card as of_texts


def tell(card: Card) -> None:
    """Print the card."""
    say_line(say("{out}: {parameters:,} parameters, {steps:,} steps, {seconds:.0f} s",
                 out=card.out, parameters=sum(card.parameters.values()), steps=card.steps, seconds=card.seconds))
    guesses = [(say("counting tokens"), card.unigram), (say("counting pairs of tokens"), card.bigram)]
    if card.before is not None:
        guesses.append((say("the model before"), card.before))
    guesses.append((say("the model"), card.model))
    say_line(say("the {count:,} tokens that were held out, guessed:", count=card.held_tokens))
    table((say("by"), say("nats a token"), say("bits a byte")),
          [(name, f"{one.nats_per_token:.3f}", f"{one.bits_per_byte:.3f}") for name, one in guesses])
    listed = "  ".join(f"{token!r} {chance:.0%}" for token, chance in card.next)
    say_line(say("after {line!r} comes: {listed}", line=card.first_line[:60], listed=listed))
    tell_neighbours(card.neighbours, card.neighbours_before)
    if card.samples:
        say_line(say("it writes: {text}", text=card.samples[-1][1]))
    tell_ending(card)


def tell_neighbours(after: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]]) -> None:
    """The nearest of the commonest tokens, after and before it learned."""
    for word, near in after.items():
        say_line(say("nearest to {word!r} in W_E: {near} (before it learned: {before})", word=word,
                     near="  ".join(map(repr, near)), before="  ".join(map(repr, before.get(word, ())))))


def tell_ending(card: of_texts.Card) -> None:
    """What stands at the end of every card."""
    say_line(say("parameters: {kinds}", kinds="  ".join(
        f"{say(SENTENCES_OF_KINDS[kind])} {count:,}" for kind, count in card.parameters.items() if count)))
    say_line(say("SHA-256 of model.safetensors: {sha256}", sha256=card.sha256))
    say_line(say("the same again: {command}", command=card.command))

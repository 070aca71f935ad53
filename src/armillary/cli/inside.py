"""inside: every step of a text's way through a model, and what if a step were another."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option, together
from armillary.cli.inside_asked import Asked, View, opened_inside, place_of
from armillary.cli.inside_places import tell_places
from armillary.cli.options import columns_option, complete_target, force_option, json_option, quiet_option
from armillary.cli.show import as_json, say_line, warn
from armillary.cli.speaking import device_options
from armillary.cli.tokens import text_or_stdin
from armillary.draw import font_notes, to_png
from armillary.draw.page import page
from armillary.errors import InputError
from armillary.formats.aside import file_aside
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel

VIEWS = ("lens", "attention", "journey", "contributions", "losses", "norms", "similar", "head", "neuron", "looking")
WITHOUT_TEXT = ("head", "neuron", "looking")
CHANGES = ("ablate", "arg_max", "patch", "steer")

view_options = together(
    option("--places", is_flag=True, help="List every place inside the model: name, shape, meaning."),
    option("--lens", is_flag=False, flag_value="", metavar="[TOKEN]", help="What each depth would say, as if it were "
           "the last; with --position, at one position, with the rank of TOKEN."),
    option("--layer-middles", is_flag=True, help="With --lens: read between attention and MLP, too."),
    option("--attention", metavar="L[.H]|all", help="Who listens to whom: head H of block L, all heads of block L, or "
           "all heads."),
    option("--journey", metavar="POSITION|WORD", help="The way of a token through the layers, with --text in several "
           "texts side by side."),
    option("--text", "texts", multiple=True, metavar="TEXT", help="With --journey: one more text with that word."),
    option("--axes", greedy=True, metavar="EXPR EXPR [EXPR]", help="With --journey: draw along these tokens' columns "
           "of W_U."),
    option("--contributions", is_flag=False, flag_value="", metavar="[TOKEN]", help="What each part adds to the score "
           "of TOKEN; unsaid, of the likeliest."),
    option("--losses", is_flag=True, help="How surprising each token of the text was."),
    option("--similar", metavar="SPACE", shell_complete=complete_target, help="Contexts of a corpus like that of the "
           "position: a space made by `armillary embed --layer`."),
    option("--head", metavar="L.H", help="What a head finds and writes, and what it looks for, whatever the text."),
    option("--looking", metavar="en|zh|FILE", help="Which heads look most from nouns to their adjectives, over "
           "30 phrases, and whether more than by chance; or from second words to first, over lines of a FILE: a text "
           "and two of its words, with tabs between."),
    option("--neuron", metavar="L.U", help="With --corpus: the texts that drive unit U of block L's MLP most."),
    option("--corpus", type=click.Path(path_type=Path), metavar="FILE", help="With --neuron: a file with a text a "
           "line; - is stdin."),
    option("--norms", is_flag=True, help="Mean and deviation of the point before and after each norm, and the gains."),
)
change_options = together(
    option("--ablate", multiple=True, metavar="PLACE", help="Put zeros there: 5.z.3, 5.mlp_out, 20.attn_out@-1."),
    option("--arg-max", multiple=True, metavar="L.H", help="Let this head listen only to the token that it listens to "
           "most."),
    option("--patch", multiple=True, metavar="PLACE=TEXT", help="Put there what stands there in another text; @3:5 "
           "takes its position 5 to position 3."),
    option("--steer", multiple=True, metavar="'LAYER: EXPR [* N]'", help="Add a direction: \"6: Love - Hate * 4\" "
           "takes texts at their last points there."),
)


@command(
    "inside",
    """
    armillary inside "The capital of France is" --in smollm2-135m-instruct
    armillary inside --places --in gemma3-270m
    armillary inside "The capital of France is" --in smollm2-135m-instruct --attention 1.3 --out head.svg
    armillary inside "你是什么意思" --text "我不好意思" --journey 意思 --in gemma3-270m
    armillary inside "The capital of France is" --in smollm2-135m-instruct --ablate 1.mlp_out --lens
    armillary inside --looking en --in smollm2-135m-instruct
    armillary inside "I like you because" --steer "1: Love - Hate * 4" --in smollm2-135m-instruct --json
    """,
)
@click.argument("text", required=False)
@option("--in", "target", metavar="MODEL", shell_complete=complete_target,
        help="A model: a folder with safetensors, a GGUF file, or a name on the shelf.")
@view_options
@change_options
@option("--position", metavar="POSITION|WORD", help="Which position to look at, from 0, or from the end if negative; a "
        "word means its last token. Unsaid, the last.")
@option("-n", "count", default=8, show_default=True, type=click.IntRange(1, 1_000), help="How many tokens to show.")
@columns_option
@option("--arcs", is_flag=True, help="With --attention L.H: draw arcs, of --position only if it is given.")
@option("--by-layer", is_flag=True, help="With --journey: draw the cosines layer by layer.")
@option("--out", type=click.Path(path_type=Path), help="Where to draw it: .svg, .html, .png, or .json for the numbers.")
@force_option
@device_options
@json_option
@quiet_option
def inside_command(
    text: str | None, target: str | None, out: Path | None, force: bool, dtype: str, device: str, json_: bool,
    quiet: bool, **how: Any,
) -> None:
    """Every step of a text's way through a model.

    Without a further word: the tokens, to whom the last position listens block by block, what each layer would say, and
    the next words. Blocks and heads are counted from 0; layer 0 are the points before the first block, layer 5 those
    that block 5 is given.

    With --ablate, --arg-max, --patch or --steer something else stands at a place: then the next words before and after
    are shown, or the view that is asked for of what is changed.

    --json gives tokens, position and, by view: layers, listens, next; depths (lens); pattern, scores, entropy, mask
    (attention L.H), heads (L, all); journeys, cosines_by_layer; parts, score, error (contributions); losses; norms;
    similar; value, query (head); phrases, chance, heads (looking); lines (neuron); changes, next, moved (what if);
    places.
    """
    if how["places"]:
        return tell_places(opened_inside(target, quiet, dtype, device) if target else None, json_)
    asked_for = [one for one in VIEWS if how[one] not in (None, False)]
    if len(asked_for) > 1:
        raise click.UsageError(say("one view at a time: {listed}", listed=", ".join(f"--{one}" for one in asked_for)))
    named = asked_for[0] if asked_for else ""
    if how["columns"] and named != "attention":
        raise InputError("--columns turns the matrices of --attention; a lens has its tokens as columns anyway")
    if target is None or (text is None and named not in WITHOUT_TEXT):
        raise click.UsageError(say("{name} is missing.", name="--in" if target is None else "TEXT"))
    model = opened_inside(target, quiet, dtype, device)
    view = (alone(model, named, {**how, "quiet": quiet}) if named in WITHOUT_TEXT else
            answer(model, text_or_stdin(text or ""), named, {**how, "quiet": quiet}))
    if out is not None:
        _write(view, out, force)
        if out.suffix == ".png" and not quiet:
            warn(font_notes([text or "", *how["texts"]]))
    if json_:
        return as_json(view.facts())
    return view.tell() if out is None else say_line(str(out))


def alone(model: "LanguageModel", view: str, how: dict[str, Any]) -> View:
    """A view of the model itself, whatever the text."""
    from armillary.cli.inside_more import head, neuron

    if view == "head":
        return head(model, how["head"], how["count"])
    if view == "looking":
        from armillary.cli.inside_looking import looking

        return looking(model, how["looking"], how["count"], how["quiet"])
    return neuron(model, how["neuron"], how["corpus"], how["count"], how["quiet"])


def answer(model: "LanguageModel", text: str, view: str, how: dict[str, Any]) -> View:
    """The view of that name, of the text with what is changed."""
    from armillary.cli import inside_views as views
    from armillary.cli.inside_what_if import listed, what_if
    from armillary.trace.written import Written, changes

    run = model.trace(text, *changes(model, Written(*(how[one] for one in CHANGES))))
    position = place_of(run, "-1" if how["position"] is None else how["position"])
    asked = Asked(model, run, position, how["count"], how["columns"], how["quiet"])
    at_one = how["position"] is not None
    if view == "lens":
        return views.lens(asked, how["lens"], how["layer_middles"], at_one)
    if view == "attention":
        from armillary.cli.inside_attention import attention

        return attention(asked, how["attention"], how["arcs"], at_one)
    if view == "journey":
        from armillary.cli.inside_journey import journey

        return journey(asked, how["journey"], how["texts"], how["axes"], how["by_layer"])
    if view == "similar":
        from armillary.cli.inside_more import similar

        return similar(asked, how["similar"])
    if view == "contributions":
        return views.contributions(asked, how["contributions"])
    if view:
        return {"losses": views.losses, "norms": views.norms}[view](asked)
    written = listed({one.replace("_", "-"): how[one] for one in CHANGES})
    return what_if(asked, text, written) if written else views.overview(asked)


def _write(view: View, out: Path, force: bool) -> None:
    makers = {
        ".svg": lambda: view.svg().encode(),
        ".html": lambda: (view.html() if view.html else page(view.svg())).encode(),
        ".png": lambda: to_png(view.svg()),
        ".json": lambda: json.dumps(view.facts(), ensure_ascii=False, indent=1).encode() + b"\n",
    }
    if out.suffix not in makers:
        raise InputError("a picture ends in .svg, .html, .png or .json, not in {ending!r}", ending=out.suffix)
    with file_aside(out, force) as file:
        file.write(makers[out.suffix]())

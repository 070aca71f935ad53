"""Click in two languages: commands, options and help pages that speak the reader's."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from textwrap import dedent
from typing import Any, TypeVar

import click

from armillary.language import LANGUAGES, say

F = TypeVar("F", bound=Callable[..., Any])


class Option(click.Option):
    """An option whose help is said in the current language; a `greedy` one takes all words up to the next option."""

    def __init__(self, names: Sequence[str], greedy: bool = False, **settings: Any) -> None:
        super().__init__(names, **{"multiple": greedy, **settings})
        self.greedy = greedy

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's line on the help page."""
        english, self.help = self.help, say(self.help or "")
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = english


class Command(click.Command):
    """A command whose help page ends with examples that can be run, given as its epilog, one a line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, `--project one two` as `--project one --project two`."""
        greedy = {name for param in self.params if getattr(param, "greedy", False) for name in param.opts}
        spread: list[str] = []
        taker = ""
        for arg in args:
            if arg in greedy:
                taker = arg
            elif arg.startswith("-") and arg != "-":
                taker = ""
                spread.append(arg)
            else:
                spread += [taker, arg] if taker else [arg]
        return super().parse_args(ctx, spread)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("Usage:") + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            for paragraph in say(dedent(self.help or "").strip()).split("\n\n"):
                formatter.write_text(" ".join(paragraph.split()))
                formatter.write_paragraph()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, a line each."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        options.sort(key=lambda one: one.name in ("lang", "help"))  # what all commands share comes last
        records = [record for option in options if (record := option.get_help_record(ctx))]
        with formatter.section(say("Options")):
            formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, as they are typed."""
        with formatter.section(say("Examples")):
            for line in dedent(self.epilog or "").strip().splitlines():
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, described in the current language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("Show this page and stop.")
        return option


class Group(Command, click.Group):
    """Commands from a table of name -> (module of armillary.cli, what it does), each imported when it is called."""

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command called `name`, imported now."""
        if name not in self.table:
            return None
        command: Command = getattr(import_module(f"armillary.cli.{self.table[name][0]}"), f"{name}_command")
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands, without importing any."""
        super().format_options(ctx, formatter)
        with formatter.section(say("Commands")):
            formatter.write_dl([(name, say(summary)) for name, (_, summary) in self.table.items()])


def command(name: str, examples: str) -> Callable[[Callable[..., Any]], Command]:
    """A command called `name`: its docstring is its help, `examples` end the page; it takes --lang like all others."""

    def made(function: Callable[..., Any]) -> Command:
        speaks = language_option(function)
        return click.command(name, cls=Command, help=dedent(function.__doc__ or ""), epilog=examples)(speaks)

    return made


def language_option(function: F) -> F:
    """`--lang en|zh`: declared for the help page and its check; `main` has already read it."""
    return option(
        "--lang", type=click.Choice(LANGUAGES), expose_value=False, help="The language to speak: en or zh."
    )(function)


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option in the current language."""
    return click.option(*names, cls=Option, **settings)


def usage_sentence(error: click.UsageError) -> str:
    """What was wrong with the command line, and where to read more."""
    problem = _problem(error)
    if error.ctx is None:
        return problem
    return say("{problem} (see {page})", problem=problem, page=f"{error.ctx.command_path} --help")


def _problem(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return say("there is no option {name}.", name=error.option_name)
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else str(error.param_hint)
        return say("{name} is missing.", name=name)
    if isinstance(error, click.BadParameter):
        name = error.param.human_readable_name if error.param else str(error.param_hint)
        return say("{name}: {problem}", name=name, problem=error.message)
    return error.format_message()

"""Click in two languages: commands, options and help pages that speak the reader's."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import cleandoc
from typing import Any, TypeVar

import click

from armillary.cli.pages import Page
from armillary.language import LANGUAGES, say

F = TypeVar("F", bound=Callable[..., Any])


class Option(click.Option):
    """An option whose help is said in the current language; a `greedy` one takes all words up to the next option."""

    def __init__(self, names: Sequence[str], greedy: bool = False, **settings: Any) -> None:
        super().__init__(names, **{"multiple": greedy, **settings})
        self.greedy = greedy
        if isinstance(self.type, type(click.INT) | type(click.FLOAT)) and self.metavar is None:
            self.metavar = "N"  # click would say INTEGER RANGE

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's line on the help page."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        extra = self.get_help_extra(ctx)
        notes = [say("default: {default}", default=extra["default"])] if "default" in extra else []
        notes += [extra["range"]] if "range" in extra else []
        notes += [say("required")] if "required" in extra else []
        return record[0], say(self.help or "") + (f"  [{'; '.join(notes)}]" if notes else "")


class Command(click.Command):
    """A command whose help page ends with examples that can be run, given as its epilog, one a line."""

    allow_extra_args = True  # so that they are refused below, in the reader's language

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, `--project one two` as `--project one --project two`."""
        greedy = {name for param in self.params if getattr(param, "greedy", False) for name in param.opts}
        spread: list[str] = []
        taker = ""
        for arg in args:
            if arg in greedy:
                taker = arg
            elif arg.startswith("-") and arg != "-" and not arg.startswith("- "):
                taker = ""
                spread.append(arg)
            else:
                word = f" {arg}" if arg.startswith("- ") else arg  # "- man + king" is no option: a space tells click so
                spread += [taker, word] if taker else [word]
        try:
            rest = super().parse_args(ctx, spread)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        ctx.params = {name: _unspaced(value) for name, value in ctx.params.items()}
        if rest and not (isinstance(self, click.Group) or ctx.resilient_parsing):
            raise click.UsageError(say("more than this command takes: {words}", words=" ".join(rest)), ctx)
        return rest

    def get_help(self, ctx: click.Context) -> str:
        """The help page."""
        page = Page(width=ctx.terminal_width, max_width=ctx.max_content_width)
        self.format_help(ctx, page)
        return page.getvalue().rstrip("\n")

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("Usage:") + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            for place, paragraph in enumerate(say(cleandoc(self.help or "")).split("\n\n")):
                if place:
                    formatter.write_paragraph()
                formatter.write_text(paragraph)

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
            for line in cleandoc(self.epilog or "").splitlines():
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, described in the current language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("Show this page and stop.")
        return option


def _unspaced(value: Any) -> Any:
    """An argument without the space before its minus."""
    if isinstance(value, tuple):
        return tuple(map(_unspaced, value))
    return value.removeprefix(" ") if isinstance(value, str) and value.startswith(" - ") else value


class ReaderGone(Exception):
    """Whoever read our output has left (`| head`). Click would take the BrokenPipeError for a failure."""


class Group(Command, click.Group):
    """Commands from a table of name -> (module of armillary.cli, what it does), each imported when it is called."""

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        settings = {"invoke_without_command": True, "subcommand_metavar": "COMMAND [ARGS]...", **settings}
        super().__init__(*args, **settings)
        self.table = table

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that is named; without one, show the help page."""
        try:
            answer = super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help())
        return answer

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named, and the words after its name."""
        if args[0] not in self.table and not ctx.resilient_parsing:
            raise click.UsageError(say("there is no command {name!r}.", name=args[0]), ctx)
        return super().resolve_command(ctx, args)

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
        return click.command(name, cls=Command, help=function.__doc__, epilog=examples)(speaks)

    return made


def language_option(function: F) -> F:
    """`--lang en|zh`: declared for the help page and its check; `main` has already read it."""
    return option(
        "--lang", type=click.Choice(LANGUAGES), expose_value=False, help="The language to speak: en or zh."
    )(function)


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option in the current language."""
    return click.option(*names, cls=Option, **settings)


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order in which help lists them."""

    def decorate(function: F) -> F:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


def usage_sentence(error: click.UsageError) -> str:
    """What was wrong with the command line, and where to read more."""
    problem = _problem(error)
    if error.ctx is None:
        return problem
    return say("{problem} (see {page})", problem=problem, page=f"{error.ctx.command_path} --help")


def _problem(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        if error.option_name.startswith("--"):
            return say("there is no option {name}.", name=error.option_name)
        return say("there is no option {name}; words that begin with - come last, after --.", name=error.option_name)
    if isinstance(error, click.BadOptionUsage):
        flags = {name for param in _options(error) if param.is_flag for name in param.opts}
        if error.option_name in flags:
            return say("{name} takes no value.", name=error.option_name)
        return say("{name} needs a value.", name=error.option_name)
    if not isinstance(error, click.BadParameter) or error.param is None or error.ctx is None:
        return error.format_message()
    name = error.param.opts[0] if isinstance(error.param, click.Option) else error.param.make_metavar(error.ctx)
    if isinstance(error, click.MissingParameter):
        return say("{name} is missing.", name=name)
    return _wanted(name, error.param.type) or say("{name}: {problem}", name=name, problem=error.message)


def _options(error: click.UsageError) -> list[click.Option]:
    params = error.ctx.command.params if error.ctx else []
    return [param for param in params if isinstance(param, click.Option)]


def _wanted(name: str, kind: "click.ParamType[Any]") -> str:
    """What an argument must be, where that can be said in a sentence of ours."""
    if isinstance(kind, click.Choice):
        return say("{name} must be one of: {choices}", name=name, choices=", ".join(kind.choices))
    if isinstance(kind, click.IntRange):
        if kind.max is None:
            return say("{name} must be a whole number, {low} or more", name=name, low=kind.min)
        return say("{name} must be a whole number from {low} to {high}", name=name, low=kind.min, high=kind.max)
    if isinstance(kind, type(click.INT)):
        return say("{name} must be a whole number", name=name)
    if isinstance(kind, type(click.FLOAT)):
        return say("{name} must be a number", name=name)
    if isinstance(kind, click.Path | click.File):
        return say("{name} must be a file that is there and can be read", name=name)
    return ""

"""click, taught the grammar, the usage lines and the help texts of `deis`.

A noun (``apps``) is a click group, a verb (``apps:create``) a click command. Words are sorted by
:mod:`deis.grammar` before click sees them; click converts values and calls the function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from deis.documents import parse_form
from deis.errors import UsageError
from deis.grammar import Grammar, GrammarError, OptionShape, check_words, parse_words, render_for_click
from deis.parameters import Argument, Option
from deis.session import Session

EXCLUSIVE_WAITS = (("--wait", "--no-wait"), ("--no-wait", "--deadline"))

pass_session = click.make_pass_decorator(Session)


class Command(click.Command):
    """One verb of a noun, with its exact usage line."""

    def __init__(
        self,
        name: str,
        *,
        usage: str = "",
        summary: str = "",
        exclusive: Sequence[tuple[str, str]] = (),
        needs: Sequence[tuple[str, str]] = (),
        documents: bool = True,
        **settings: Any,
    ) -> None:
        """``documents``: it prints something that programs may want to read."""
        super().__init__(name, **{**settings, "help": summary, "add_help_option": False})
        if documents:
            self.params.append(build_output_option(self.params))
        self.usage = f"Usage: deis {name} {usage}".rstrip()
        self.grammar = self._build_grammar(tuple(exclusive), tuple(needs))

    def _build_grammar(
        self, exclusive: tuple[tuple[str, str], ...], needs: tuple[tuple[str, str], ...]
    ) -> Grammar:
        options = [param for param in self.params if isinstance(param, Option)]
        arguments = [param for param in self.params if isinstance(param, Argument)]
        endless = any(argument.nargs == -1 for argument in arguments)
        return Grammar(
            options=tuple(build_shape(option) for option in options),
            least=sum(argument.required for argument in arguments),
            most=None if endless else len(arguments),
            dashes_at=len(arguments) - 1 if " [--] " in self.usage else None,
            exclusive=(*exclusive, *EXCLUSIVE_WAITS),
            needs=needs,
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Apply the grammar of `deis`; whatever click then still refuses is a usage error, too."""
        try:
            words = parse_words(self.grammar, args)
            if words.wants_help:
                ctx.find_object(Session).console.write(self.render_help())  # type: ignore[union-attr]
                ctx.exit()
            return super().parse_args(ctx, render_for_click(check_words(self.grammar, words)))
        except GrammarError as error:
            raise UsageError(self.usage, str(error)) from error
        except click.UsageError as error:
            raise UsageError(self.usage) from error

    def render_help(self) -> str:
        from deis.manual import EXAMPLES

        arguments = [(param.shown, param.explanation) for param in self.params if isinstance(param, Argument)]
        options = [(param.shown, param.explanation) for param in self.params if isinstance(param, Option)]
        blocks = [
            self.help or "",
            self.usage,
            _render_block("Arguments", arguments),
            _render_block("Options", options),
            _render_block("Examples", [(example, "") for example in EXAMPLES.get(self.name or "", ())]),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"


class Noun(click.Group):
    """A group of verbs; its bare name runs the default one, or shows the group's help."""

    def __init__(
        self, name: str, *, default: str | None, column: int, label: str = "", topic: str = "[command]"
    ) -> None:
        super().__init__(name)
        self.default = default
        self._column = column
        self._label = label or name
        self._topic = topic

    def verb(
        self, verb: str, *, about: str, **settings: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """Make a function a verb. ``about`` is its line in the group's help, ``summary`` its own help."""
        name = f"{self.name}:{verb}"
        return self.command(name, cls=Command, short_help=about, **settings)

    def find_verb(self, verb: str) -> Command | None:
        found = self.commands.get(f"{self.name}:{verb}")
        return found if isinstance(found, Command) else None

    def render_help(self) -> str:
        lines = [f"{name:<{self._column}}{command.short_help}" for name, command in self.commands.items()]
        return "\n".join(
            [
                "",
                f"Valid commands for {self._label}:",
                "",
                *lines,
                "",
                f"Use 'deis help {self._topic}' to learn more.",
                "",
            ]
        )


def build_shape(option: Option) -> OptionShape:
    """The option as the grammar knows it."""
    long = next(name for name in option.opts if name.startswith("--"))
    short = next((name for name in option.opts if not name.startswith("--")), "")
    return OptionShape(long, short, not option.is_flag, option.must_be_given, option.newer)


def build_output_option(others: Sequence[click.Parameter]) -> Option:
    """``--output`` of every command; ``-o``, too, where that means nothing else."""
    is_free = not any("-o" in param.opts for param in others)
    names = ["-o", "--output"] if is_free else ["--output"]
    return Option(
        names,
        shown=f"{' '.join(names)}=<format>",
        explanation="json or yaml: print a document for programs instead of text",
        newer=True,
        expose_value=False,
        callback=_choose_form,
    )


def _choose_form(context: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Session).console.speak(parse_form(value))


def _render_block(title: str, entries: Sequence[tuple[str, str]]) -> str:
    if not entries:
        return ""
    lines = [f"{title}:"]
    for shown, explanation in entries:
        lines += [f"  {shown}", *(f"    {line}" for line in explanation.splitlines())]
    return "\n".join(lines)

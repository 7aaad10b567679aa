"""How bash, zsh and fish ask what may come next, and how they want it told.

Each shell has a short script that hands the line to ``deis completion SHELL --ask``, on standard input, as other
users of the machine can see a program's arguments. The answer is data to every one of them: nothing of it is
evaluated. Its first line says ``words``, one of which may come next, or ``files``, which the shell knows by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from deis.completion import Candidate
from deis.errors import CliError

BASH = r"""# Completion of deis for bash: eval "$(deis completion bash)"
_deis() {
    local line lines=()
    COMPREPLY=()
    while IFS= read -r line; do
        lines+=("$line")
    done < <(printf '%s\0' "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" | command deis completion bash --ask 2>/dev/null)
    if [[ ${lines[0]-} == files ]]; then
        compopt -o default 2>/dev/null
        return 0
    fi
    COMPREPLY=("${lines[@]:1}")
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _deis deis
"""

ZSH = r"""#compdef deis
# Completion of deis for zsh: source <(deis completion zsh)
_deis() {
    emulate -L zsh
    local line value
    local -a lines words_before plain plain_shown open open_shown
    words_before=("${(@Q)words[1,CURRENT-1]}")
    lines=("${(@f)$(printf '%s\0' "${words_before[@]}" "${(Q)PREFIX}" | command deis completion zsh --ask 2>/dev/null)}")
    if [[ ${lines[1]} == files ]]; then
        compset -P '--*='
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        value=${line%%$'\t'*}
        if [[ $value == *= ]]; then
            open+=("$value")
            open_shown+=("${line#*$'\t'}")
        elif [[ -n $value ]]; then
            plain+=("$value")
            plain_shown+=("${line#*$'\t'}")
        fi
    done
    compadd -l -d plain_shown -a plain
    compadd -l -S '' -d open_shown -a open
}
if [[ ${funcstack[1]-} == _deis ]]; then
    _deis "$@"
else
    (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
    compdef _deis deis
fi
"""

FISH = r"""# Completion of deis for fish: deis completion fish | source
function __deis_complete
    set -l current (commandline -ct)
    set -l lines (printf '%s\0' (commandline -opc) "$current" | command deis completion fish --ask 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path "$current"
    else if set -q lines[2]
        printf '%s\n' $lines[2..-1]
    end
end
complete -c deis -e
complete -c deis -f -a '(__deis_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
PLAIN = frozenset("-_./:=@%+,")
"""Characters beside letters and digits that mean nothing to bash inside a word."""


class Line(NamedTuple):
    """A command line up to the cursor."""

    words: tuple[str, ...]
    """The whole words behind the program's name, without their quotes."""
    current: str
    """The word that is being typed."""
    quote: str = ""
    """The quotation mark that is open."""
    begins: int = 0
    """Where in the current word that part begins which bash replaces: it splits words at ``:`` and ``=``, too."""


def parse_shell(text: str) -> str:
    """The name of a shell that can be served."""
    if text not in SCRIPTS:
        raise CliError(f"there is completion for bash, zsh and fish, not for {text}")
    return text


def parse_question(shell: str, text: str) -> Line:
    """What the shell's script says, in parts that end with NUL; nothing that it could say is an error."""
    parts = text.split("\0")[:-1]
    if shell == "bash":
        line, breaks = (*parts, "", "")[:2]
        return split_line(line, breaks)
    if shell == "fish":
        parts[-1:] = [split_line(part, "").current for part in parts[-1:]]
    return Line(tuple(parts[1:-1]), parts[-1] if len(parts) > 1 else "")


def split_line(text: str, breaks: str) -> Line:
    """Split as a shell does, quotes that are still open included; the first word is the program's name.

    ``breaks``: where bash sees the end of a word to be replaced, ``COMP_WORDBREAKS``.
    """
    words: list[str] = []
    current, is_begun, quote, begins = "", False, "", 0
    characters = iter(text)
    for character in characters:
        if character == "\\" and quote != "'":
            current, is_begun = current + next(characters, ""), True
        elif quote and character != quote:
            current += character
        elif character in "'\"":
            quote, is_begun, begins = "" if quote else character, True, len(current)
        elif character.isspace():
            words += [current] if is_begun else []
            current, is_begun, begins = "", False, 0
        else:
            current, is_begun = current + character, True
            begins = len(current) if character in breaks else begins
    return Line(tuple(words[1:]), current, quote, begins)


def render_answer(shell: str, line: Line, candidates: Sequence[Candidate]) -> str:
    """The candidates as the shell's script reads them, one a line."""
    render = {"bash": _render_bash, "zsh": _render_zsh, "fish": _render_fish}[shell]
    return "\n".join(["words", *render(line, candidates)]) + "\n"


def _render_bash(line: Line, candidates: Sequence[Candidate]) -> list[str]:
    """Quoted, as bash puts into the line what it gets; without the part that it leaves alone."""
    quoted = (quote_for_bash(candidate.text[line.begins :], line.quote) for candidate in candidates)
    return [text for text in quoted if text]


def quote_for_bash(text: str, quote: str) -> str:
    """The text as bash reads it back, behind an open quotation mark if there is one; empty if that can't be."""
    if quote == "'":
        return "" if "'" in text else text
    if quote:
        return "" if "!" in text else "".join(f"\\{one}" if one in '"$`\\' else one for one in text)
    return "".join(one if one.isalnum() or one in PLAIN else f"\\{one}" for one in text)


def _render_zsh(_line: Line, candidates: Sequence[Candidate]) -> list[str]:
    """The word, a tab, and what is shown for it; zsh quotes the word."""
    width = max((len(candidate.text) for candidate in candidates), default=0)
    return [f"{text}\t{f'{text:<{width}}  -- {about}' if about else text}" for text, about in candidates]


def _render_fish(_line: Line, candidates: Sequence[Candidate]) -> list[str]:
    """The word, a tab, and what it means; fish quotes the word."""
    return [f"{text}\t{about}" if about else text for text, about in candidates]

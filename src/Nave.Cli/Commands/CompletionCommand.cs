using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave completion</c>: a script that makes a shell ask nave what could come next on the line.</summary>
internal sealed class CompletionCommand : Command
{
    // The shell hands over the line and the cursor's place; the directive [suggest:N] answers with one proposal a line.
    private const string Bash = """
        # nave completion for bash: add to ~/.bashrc:  source <(nave completion bash)
        _nave_complete() {
          local IFS=$'\n' line=${COMP_LINE#*"${COMP_WORDS[0]}"}
          local point=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$((point + 4))]" "nave$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _nave_complete nave ./nave
        """;

    private const string Zsh = """
        # nave completion for zsh: add to ~/.zshrc:  source <(nave completion zsh)
        _nave_complete() {
          local line="nave ${(j: :)words[2,$CURRENT]}"
          local -a proposals
          proposals=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          compadd -a proposals || _files
        }
        compdef _nave_complete nave
        """;

    private const string Fish = """
        # nave completion for fish: nave completion fish > ~/.config/fish/completions/nave.fish
        function __nave_complete
          set -l line (commandline -cp)
          nave "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c nave -a '(__nave_complete)'
        """;

    public CompletionCommand(CliConsole console)
        : base("completion", "Print a completion script for bash, zsh or fish.")
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Add(shell);
        SetAction(parsed =>
        {
            console.Out.WriteLine(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Ok;
        });
    }
}

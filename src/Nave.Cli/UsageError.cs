using System.CommandLine;

namespace Nave.Cli;

/// <summary>Says what is wrong with a command line, and what may have been meant.</summary>
internal static class UsageError
{
    // Two slips of the finger; more is another word.
    private const int MaxDistance = 2;

    public static async Task WriteAsync(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;

        // Of a word that is not known, that a command is missing says nothing new.
        var problems = parsed.UnmatchedTokens.Count == 0
            ? parsed.Errors
            : parsed.Errors.Where(problem => parsed.UnmatchedTokens.Any(word => problem.Message.Contains(word, StringComparison.Ordinal)));
        foreach (var problem in problems.DefaultIfEmpty(parsed.Errors[0]))
        {
            await error.WriteLineAsync($"nave: {problem.Message}");
        }

        foreach (var word in parsed.UnmatchedTokens)
        {
            if (Nearest(word, NamesIn(command)) is { } meant)
            {
                await error.WriteLineAsync($"Did you mean '{meant}'?");
            }
        }

        await error.WriteLineAsync($"Try '{PathOf(command)} --help'.");
    }

    /// <summary>Gets how a command is called, such as <c>nave twin query</c>.</summary>
    public static string PathOf(Command command)
    {
        var names = new Stack<string>();
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
        {
            names.Push(symbol is RootCommand ? "nave" : symbol.Name);
        }

        return string.Join(' ', names);
    }

    private static IEnumerable<string> NamesIn(Command command) =>
        command.Subcommands.Select(sub => sub.Name).Concat(command.Options.Select(option => option.Name));

    private static string? Nearest(string word, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: name.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word, name)))
        .Where(candidate => candidate.Distance <= MaxDistance)
        .OrderBy(candidate => candidate.Distance)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    // Levenshtein, row by row.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}

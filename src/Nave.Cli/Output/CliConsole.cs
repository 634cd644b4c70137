using System.Text;
using Spectre.Console;

namespace Nave.Cli.Output;

/// <summary>Results go to stdout; what is said to people beside them goes to stderr unless people read the results too.</summary>
internal sealed class CliConsole(TextWriter output, TextWriter error, TextReader input)
{
    // Enough to see how wide a column is, and soon there.
    private const int WidthRows = 100;

    /// <summary>Gets a value indicating whether people watch stdout: it is a terminal and this process's own.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Gets a value indicating whether people watch stderr.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Gets an environment variable, or <see langword="null"/>.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Gets stdin.</summary>
    public TextReader In { get; } = input;

    /// <summary>Gets stdout: results only.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Gets stderr: progress, notes, failures.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Gets where words for people go: stdout beside tables, stderr when a program reads stdout.</summary>
    public TextWriter Human(OutputFormat format) => format == OutputFormat.Table ? Out : Error;

    /// <summary>Gets stdout as a terminal, for live views.</summary>
    public IAnsiConsole Terminal() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Out) });

    /// <summary>Gets stderr as a terminal, for progress.</summary>
    public IAnsiConsole ErrorTerminal() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) });

    /// <summary>Writes one result in each form.</summary>
    /// <param name="format">The form.</param>
    /// <param name="json">One line of JSON.</param>
    /// <param name="rows">Names and values.</param>
    public void WriteOne(OutputFormat format, string json, IReadOnlyList<(string Name, string? Value)> rows)
    {
        switch (format)
        {
            case OutputFormat.Json:
                Out.WriteLine(json);
                break;
            case OutputFormat.Tsv:
                WriteRows(format, [.. rows.Select(row => row.Name)], [[.. rows.Select(row => row.Value)]]);
                break;
            default:
                var width = rows.Count == 0 ? 0 : rows.Max(row => row.Name.Length);
                foreach (var (name, value) in rows)
                {
                    Out.WriteLine($"{name.PadRight(width)}  {value ?? "-"}");
                }

                break;
        }
    }

    /// <summary>Says that something is deleted: <c>{"name":"x","deleted":true}</c>, or a sentence.</summary>
    public void WriteDeleted(OutputFormat format, string member, string id) => Out.WriteLine(format == OutputFormat.Json
        ? JsonLine.Of(json =>
        {
            json.WriteString(member, id);
            json.WriteBoolean("deleted", true);
        })
        : $"{id} is deleted.");

    /// <summary>Writes rows as a table or as tab-separated values.</summary>
    public void WriteRows(OutputFormat format, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        if (format == OutputFormat.Tsv)
        {
            Out.WriteLine(string.Join('\t', columns));
            foreach (var row in rows)
            {
                Out.WriteLine(string.Join('\t', row.Select(EscapeTsv)));
            }

            return;
        }

        WriteTable(columns, [.. rows]);
    }

    /// <summary>Writes one line of tab-separated values.</summary>
    public void WriteTsv(params ReadOnlySpan<string?> values)
    {
        var line = new StringBuilder();
        foreach (var value in values)
        {
            line.Append(line.Length == 0 ? string.Empty : "\t").Append(EscapeTsv(value));
        }

        Out.WriteLine(line);
    }

    /// <summary>Writes rows as they come; a table's widths are those of the first rows.</summary>
    public async Task WriteRowsAsync(OutputFormat format, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<string?>> rows)
    {
        var block = new List<IReadOnlyList<string?>>();
        int[]? widths = null;
        if (format == OutputFormat.Tsv)
        {
            await Out.WriteLineAsync(string.Join('\t', columns));
        }

        await foreach (var row in rows)
        {
            if (format == OutputFormat.Tsv)
            {
                await Out.WriteLineAsync(string.Join('\t', row.Select(EscapeTsv)));
            }
            else if (widths is not null)
            {
                await Out.WriteLineAsync(Line(row, widths));
            }
            else
            {
                block.Add(row);
                if (block.Count == WidthRows)
                {
                    widths = WriteTable(columns, block);
                }
            }
        }

        if (format != OutputFormat.Tsv && widths is null)
        {
            WriteTable(columns, block);
        }
    }

    private int[] WriteTable(IReadOnlyList<string> columns, List<IReadOnlyList<string?>> rows)
    {
        var widths = columns.Select((name, i) => Math.Max(name.Length, rows.Count == 0 ? 0 : rows.Max(row => (row[i] ?? "-").Length))).ToArray();
        Out.WriteLine(Line(columns, widths));
        foreach (var row in rows)
        {
            Out.WriteLine(Line(row, widths));
        }

        return widths;
    }

    private static string Line(IReadOnlyList<string?> cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Count; i++)
        {
            line.Append((cells[i] ?? "-").PadRight(widths[i] + 2));
        }

        return line.ToString().TrimEnd();
    }

    // A tab or a line end inside a value would shift the columns of whoever reads them.
    private static string EscapeTsv(string? value) => (value ?? string.Empty)
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal);
}

using System.Text.Json;
using Nave.Api;

namespace Nave.Cli.Output;

/// <summary>Writes JSON objects that a service sent: whole as JSON, and some of their members as columns or rows.</summary>
/// <param name="columns">The members: names, or paths such as <c>attestation.type</c>.</param>
internal sealed class JsonView(params string[] columns)
{
    /// <summary>Writes one object.</summary>
    public void WriteOne(CliConsole console, OutputFormat format, RawJson value)
    {
        using var document = value.ToDocument();
        console.WriteOne(format, JsonLine.Of(value), [.. columns.Select(column => (column, Cell(document.RootElement, column)))]);
    }

    /// <summary>Writes the objects of an array: one a line as JSON, else a row each.</summary>
    public void WriteAll(CliConsole console, OutputFormat format, RawJson array)
    {
        using var document = array.ToDocument();
        if (format == OutputFormat.Json)
        {
            foreach (var item in document.RootElement.EnumerateArray())
            {
                console.Out.WriteLine(JsonLine.Of(RawJson.From(item)));
            }

            return;
        }

        console.WriteRows(format, columns, document.RootElement.EnumerateArray().Select(Cells));
    }

    /// <summary>Writes objects as they come.</summary>
    public async Task WriteAllAsync(CliConsole console, OutputFormat format, IAsyncEnumerable<RawJson> items)
    {
        if (format != OutputFormat.Json)
        {
            await console.WriteRowsAsync(format, columns, items.Select(CellsOf));
            return;
        }

        await foreach (var item in items)
        {
            await console.Out.WriteLineAsync(JsonLine.Of(item));
        }
    }

    private string?[] CellsOf(RawJson item)
    {
        using var document = item.ToDocument();
        return Cells(document.RootElement);
    }

    private string?[] Cells(JsonElement item) => Array.ConvertAll(columns, column => Cell(item, column));

    private static string? Cell(JsonElement item, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(name, out item))
            {
                return null;
            }
        }

        return JsonCell.Of(item);
    }
}

using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave twin query</c>: all rows of a query, page by page.</summary>
internal sealed class TwinQueryCommand : ClientCommand
{
    private const int DefaultPageSize = 1000;

    // What tells twins apart; their whole content would make a line of pages.
    private static readonly string[] s_twinColumns = ["deviceId", "moduleId", "status", "connectionState", "lastActivityTime", "version", "tags"];

    private readonly Argument<string> _query = new("QUERY") { Description = "Such as \"SELECT * FROM devices WHERE tags.site = 'berlin'\"." };
    private readonly Option<int?> _page = CommonOptions.Number("--page-size", 1, 1000, "Rows of a page. Default 1000.");
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, int.MaxValue, "At most so many rows.");

    public TwinQueryCommand(CliConsole console)
        : base(console, "query", "Run a query over devices, modules or jobs.")
    {
        Add(_query);
        Add(_page);
        Add(_top);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var top = call.Get(_top) ?? int.MaxValue;
        var rows = call.Service.QueryAsync(call.Get(_query), call.Get(_page) ?? Math.Min(DefaultPageSize, top), cancellationToken).Take(top);
        if (call.Format == OutputFormat.Json)
        {
            await foreach (var row in rows.WithCancellation(cancellationToken))
            {
                await Console.Out.WriteLineAsync(JsonLine.Of(row));
            }

            return ExitCodes.Ok;
        }

        await WriteTableAsync(call.Format, rows, cancellationToken);
        return ExitCodes.Ok;
    }

    // The first row says which columns there are: rows of one query have the same shape, but for absent values.
    private async Task WriteTableAsync(OutputFormat format, IAsyncEnumerable<RawJson> rows, CancellationToken cancellationToken)
    {
        await using var rest = rows.GetAsyncEnumerator(cancellationToken);
        if (!await rest.MoveNextAsync())
        {
            return;
        }

        var columns = ColumnsOf(rest.Current);
        await Console.WriteRowsAsync(format, columns, CellsAsync(rest, columns));
    }

    private static async IAsyncEnumerable<IReadOnlyList<string?>> CellsAsync(IAsyncEnumerator<RawJson> rows, string[] columns)
    {
        do
        {
            using var document = rows.Current.ToDocument();
            yield return Array.ConvertAll(columns, name => document.RootElement.TryGetProperty(name, out var value) ? JsonCell.Of(value) : null);
        }
        while (await rows.MoveNextAsync());
    }

    private static string[] ColumnsOf(RawJson row)
    {
        using var document = row.ToDocument();
        var names = document.RootElement.EnumerateObject().Select(member => member.Name).ToArray();
        return names.Contains("deviceId") && names.Contains("properties") && names.Contains("etag") ? s_twinColumns : names;
    }
}

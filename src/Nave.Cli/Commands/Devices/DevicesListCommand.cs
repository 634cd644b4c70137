using System.CommandLine;
using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices list</c>: every device, page by page, through a query.</summary>
internal sealed class DevicesListCommand : ClientCommand
{
    private const int PageSize = 1000;

    private static readonly string[] s_columns =
        ["deviceId", "moduleId", "status", "connectionState", "lastActivityTime", "authenticationType", "cloudToDeviceMessageCount", "version", "tags"];

    private readonly Option<string?> _where = new("--where") { Description = "A condition, such as \"tags.site = 'berlin'\".", HelpName = "CONDITION" };
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, int.MaxValue, "At most so many.");
    private readonly Option<bool> _modules = new("--modules") { Description = "Modules in place of devices." };

    public DevicesListCommand(CliConsole console)
        : base(console, "list", "List devices, or those that meet a condition.")
    {
        Add(_where);
        Add(_top);
        Add(_modules);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var query = $"SELECT * FROM {(call.Get(_modules) ? "devices.modules" : "devices")}";
        if (call.Get(_where) is { } condition)
        {
            query += $" WHERE {condition}";
        }

        var rows = RowsAsync(call.Service, query, call.Get(_top) ?? int.MaxValue, cancellationToken);
        if (call.Format == OutputFormat.Json)
        {
            await foreach (var row in rows)
            {
                await Console.Out.WriteLineAsync(Line(row));
            }

            return ExitCodes.Ok;
        }

        await Console.WriteRowsAsync(call.Format, s_columns, rows.Select(Cells));
        return ExitCodes.Ok;
    }

    private static async IAsyncEnumerable<RawJson> RowsAsync(
        ServiceClient service, string query, int top, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = top;
        await foreach (var row in service.QueryAsync(query, Math.Min(PageSize, top), cancellationToken))
        {
            yield return row;
            if (--left == 0)
            {
                yield break;
            }
        }
    }

    private static string Line(RawJson row)
    {
        using var document = row.ToDocument();
        return JsonLine.Of(json =>
        {
            foreach (var name in s_columns)
            {
                if (document.RootElement.TryGetProperty(name, out var value))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
            }
        });
    }

    private static string?[] Cells(RawJson row)
    {
        using var document = row.ToDocument();
        return Array.ConvertAll(s_columns, name => document.RootElement.TryGetProperty(name, out var value) ? JsonCell.Of(value) : null);
    }
}

using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>A CSV or JSON-lines file.</summary>
internal sealed class FileProviderFactory : IProviderFactory
{
    private static readonly string[] s_formats = ["csv", "jsonl"];

    public string Name => "file";

    public Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings)
    {
        var path = settings.Required("path");
        var format = settings.Choice("format", s_formats, FormatOf(path));
        if (format.Length == 0 && path.Length > 0)
        {
            settings.Report("path", $"is '{path}', whose end does not tell the form; set format: csv or jsonl.");
        }

        var idColumn = settings.Text("idColumn") ?? "deviceId";
        if (idColumn.Length == 0)
        {
            settings.Report("idColumn", "is empty.");
        }

        var delimiter = settings.Text("delimiter") ?? ",";
        if (delimiter is not ([',' or ';' or '\t' or '|']))
        {
            settings.Report("delimiter", "is not permitted; one of , ; | and the tab is.");
            delimiter = ",";
        }

        var isReadOnly = settings.Flag("readOnly", false);
        return context => new FileProvider(
            Path.GetFullPath(path, Path.GetFullPath(context.BaseFolder)),
            format == "csv" ? new CsvFormat(idColumn, delimiter[0]) : new JsonLinesFormat(idColumn),
            isReadOnly);
    }

    private static string FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".CSV" => "csv",
        ".JSONL" or ".NDJSON" or ".JSONLINES" => "jsonl",
        _ => string.Empty,
    };
}

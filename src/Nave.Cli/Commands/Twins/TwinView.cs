using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A twin: for people indented, for programs on one line, for shells as paths and values.</summary>
internal static class TwinView
{
    public static void Write(CliConsole console, OutputFormat format, RawJson twin)
    {
        switch (format)
        {
            case OutputFormat.Json:
                console.Out.WriteLine(JsonLine.Of(twin));
                break;
            case OutputFormat.Tsv:
                using (var document = twin.ToDocument())
                {
                    console.WriteRows(format, ["path", "value"], Flatten(string.Empty, document.RootElement));
                }

                break;
            default:
                console.Out.WriteLine(JsonLine.Indent(twin));
                break;
        }
    }

    private static IEnumerable<string?[]> Flatten(string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            yield return [path, JsonCell.Of(value)];
            yield break;
        }

        foreach (var member in value.EnumerateObject())
        {
            foreach (var row in Flatten(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value))
            {
                yield return row;
            }
        }
    }
}

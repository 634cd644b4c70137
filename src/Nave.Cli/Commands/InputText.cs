using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>What a command takes as text: on its line, from <c>@FILE</c>, or from stdin if it is left out or <c>-</c>.</summary>
internal static class InputText
{
    /// <summary>What to say of it in help.</summary>
    public const string Help = "as text, from @FILE, or from stdin if it is left out or '-'";

    /// <summary>Reads it.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string? text, CliConsole console, CancellationToken cancellationToken) => text switch
    {
        null or "-" => Encoding.UTF8.GetBytes(await console.In.ReadToEndAsync(cancellationToken)),
        ['@', .. var file] => await File.ReadAllBytesAsync(file, cancellationToken),
        _ => Encoding.UTF8.GetBytes(text),
    };

    /// <summary>Reads it as JSON.</summary>
    /// <exception cref="CliException">It is not JSON; the message says where.</exception>
    public static async Task<RawJson> ReadJsonAsync(string? text, string what, CliConsole console, CancellationToken cancellationToken)
    {
        var bytes = await ReadAsync(text, console, cancellationToken);
        return RawJson.TryCreate(bytes, out var json) ? json : throw new CliException($"{what} is not JSON: {Reason(bytes)}", ExitCodes.Usage);
    }

    private static string Reason(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return "more than one value.";
        }
        catch (JsonException e)
        {
            return $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.";
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>
/// What the collection <c>configurations</c> keeps, by id: a byte with the version of the form (1), then the configuration as the
/// service API has it, without results (docs/formats/configurations.md).
/// </summary>
internal static class ConfigurationStore
{
    public const string Collection = "configurations";

    /// <summary>Ids of configurations that were deleted, until no twin is left that they have reached; empty documents.</summary>
    public const string RemovedCollection = "configurations-removed";

    private const byte Format = 1;

    /// <summary>Encodes a configuration.</summary>
    public static byte[] Encode(Configuration configuration)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        body.Write([Format]);
        using var writer = new Utf8JsonWriter(body);
        JsonSerializer.Serialize(writer, configuration, ApiJson.Wire.Configuration);
        writer.Flush();
        return body.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a configuration.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or a newer program wrote it.</exception>
    public static CompiledConfiguration Decode(StateDocument document)
    {
        HubError? error = null;
        if (document.Body.Span is [Format, ..] && ApiJson.TryRead(document.Body.Span[1..], ApiJson.Default.Configuration, out var configuration, out error))
        {
            var compiled = CompiledConfiguration.Compile(configuration);
            if (compiled.IsSuccess && configuration.Id == document.Key)
            {
                return compiled.Value;
            }

            error = compiled.Error;
        }

        throw new InvalidDataException($"The stored configuration '{document.Key}' cannot be read: it is damaged, or a newer program wrote it. {error?.Message}");
    }

    /// <summary>Makes the etag of a number of changes: base64 of the number in decimal (wire facts 9.7.2).</summary>
    public static string EtagOf(long changes) => Convert.ToBase64String(Encoding.ASCII.GetBytes(changes.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Makes the etag after one more change.</summary>
    public static string NextEtag(string? etag) => EtagOf(
        long.TryParse(Encoding.ASCII.GetString(Convert.FromBase64String(etag ?? "")), CultureInfo.InvariantCulture, out var changes) ? changes + 1 : 1);
}

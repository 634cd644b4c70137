using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>Reads from the <c>$metadata</c> of an import which configurations wrote the values of one section; what no hub writes is nobody.</summary>
/// <param name="isModule">Whether it is a module's: there deployments write, and configurations of modules, whose values are written again then.</param>
internal sealed class WriterReader(bool isModule)
{
    // The digits of an unsigned number of 64 bits.
    private const int MaxDigestLength = 20;

    private readonly HashSet<TwinWriter> _writers = [];

    /// <summary>Reads who wrote a value.</summary>
    public TwinWriter? Read(JsonElement metadata)
    {
        if (TextOf(metadata, "$lastUpdatedBy"u8) is not { } id || !IdentityRules.IsValidId(id)
            || TextOf(metadata, "$lastUpdatedByDigest"u8) is not { Length: > 0 and <= MaxDigestLength } digest || !digest.All(char.IsAsciiDigit))
        {
            return null;
        }

        // More than a stored section may name would make it unreadable.
        var writer = new TwinWriter(id, digest, isModule);
        return _writers.Contains(writer) || (_writers.Count < WriterTable.MaxWriters && _writers.Add(writer)) ? writer : null;
    }

    private static string? TextOf(JsonElement metadata, ReadOnlySpan<byte> name)
    {
        try
        {
            return metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half a surrogate pair.
        }
    }
}

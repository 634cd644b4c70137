using System.Buffers.Binary;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>
/// Makes the twin of an identity that an import creates anew: as it was when it was exported, with its etag, the versions of its
/// sections, and the times and the configurations in their metadata. What the line does not say, or says in a form that no hub writes, is
/// as in a new twin.
/// </summary>
internal static class TwinRestore
{
    // Beyond it a number in JSON is not exact for every reader.
    private const long MaxVersion = 1L << 53;

    /// <summary>Makes the twin.</summary>
    /// <param name="identity">What it shows of its identity.</param>
    /// <param name="request">The sections.</param>
    /// <param name="etag">The etag that it had, or <see langword="null"/>.</param>
    /// <param name="time">Now: for what has no time of its own.</param>
    /// <returns>The twin, or 400004 when a section is too large.</returns>
    public static HubResult<TwinDocument> Make(TwinIdentityPart identity, in TwinRequest request, string? etag, DateTimeOffset time)
    {
        var counter = CounterOf(etag);
        var reported = Section(request.Reported, time.UtcTicks, hasVersions: false, identity.Id.IsModule);
        var twin = new TwinDocument
        {
            Identity = identity,
            EtagCounter = counter,
            Version = counter + reported.Version, // Each change of either adds one to it.
            Tags = TwinEdit.ToJson(TwinMerge.Replace(request.Tags.ToTree(), default)),
            Desired = Section(request.Desired, time.UtcTicks, hasVersions: true, identity.Id.IsModule),
            Reported = reported,
        };
        return (TwinChecks.Size(TwinSection.Tags, twin.Tags) ?? TwinChecks.Size(TwinSection.Desired, twin.Desired.Json)
            ?? TwinChecks.Size(TwinSection.Reported, twin.Reported.Json)) is { } error ? error : twin;
    }

    private static StoredSection Section(in TwinChange change, long ticks, bool hasVersions, bool isModule)
    {
        var tree = TwinMerge.Replace(change.ToTree(), new TwinStamp(ticks, 0));
        if (change.Kind != TwinChangeKind.Object || change.Json.Span.IndexOf("\"$"u8) < 0)
        {
            return StoredSection.From(tree, version: 1);
        }

        using var document = JsonDocument.Parse(change.Json);
        var root = document.RootElement;
        if (root.TryGetProperty("$metadata"u8, out var metadata))
        {
            Apply(tree, metadata, hasVersions ? new WriterReader(isModule) : null);
        }

        return StoredSection.From(
            tree, root.TryGetProperty("$version"u8, out var version) && TryGetNumber(version, out var number) ? number : 1);
    }

    // With writers: desired properties, which alone have versions too.
    private static void Apply(TwinNode node, JsonElement metadata, WriterReader? writers)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (metadata.TryGetProperty("$lastUpdated"u8, out var updated) && updated.ValueKind == JsonValueKind.String
            && updated.TryGetDateTimeOffset(out var time))
        {
            node.UpdatedTicks = time.UtcTicks;
        }

        if (writers is not null)
        {
            node.Writer = writers.Read(metadata);
            if (metadata.TryGetProperty("$lastUpdatedVersion"u8, out var version) && TryGetNumber(version, out var number))
            {
                node.UpdatedVersion = number;
            }
        }

        foreach (var child in node.Children)
        {
            if (child is not null && metadata.TryGetProperty(child.Name.Span, out var inner))
            {
                Apply(child, inner, writers);
            }
        }
    }

    private static bool TryGetNumber(JsonElement element, out long number)
    {
        number = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out number) && number is >= 1 and <= MaxVersion;
    }

    private static long CounterOf(string? etag)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + 1];
        return etag is { Length: 12 } && Convert.TryFromBase64String(etag, bytes, out var length) && length == sizeof(long)
            && BinaryPrimitives.ReadInt64BigEndian(bytes) is >= 1 and <= MaxVersion and var counter
            ? counter
            : 1;
    }
}

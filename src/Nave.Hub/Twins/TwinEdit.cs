using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>A change of a twin that is ready to be stored.</summary>
/// <param name="Document">The twin afterwards.</param>
/// <param name="Patch">What was applied; only for a patch.</param>
/// <param name="IsReplacement">Whether tags and desired properties were replaced.</param>
/// <param name="Time">When.</param>
internal sealed record TwinEdit(TwinDocument Document, TwinPatch Patch, bool IsReplacement, DateTimeOffset Time)
{
    /// <summary>Gets a value indicating whether the twin has to be indexed anew.</summary>
    public bool TermsChanged => IsReplacement || Patch.Tags is not null || ConfigurationsChanged;

    /// <summary>Gets a value indicating whether other configurations are aimed at it, or with another status; that alone changes no version.</summary>
    public bool ConfigurationsChanged { get; init; }

    /// <summary>Gets a value indicating whether a configuration made the change.</summary>
    public bool IsByConfiguration { get; init; }

    /// <summary>Gets what has changed.</summary>
    public TwinAspects Aspects => IsReplacement ? TwinAspects.Tags | TwinAspects.Desired
        : (Patch.Tags is null ? TwinAspects.None : TwinAspects.Tags)
        | (Patch.Desired is null ? TwinAspects.None : TwinAspects.Desired)
        | (Patch.Reported is null ? TwinAspects.None : TwinAspects.Reported);

    /// <summary>Merges tags and desired properties. A section that is given as an empty object is not changed.</summary>
    /// <returns>The edit, or 400004 when a section would become too large.</returns>
    public static HubResult<TwinEdit> MakePatch(TwinDocument twin, in TwinRequest request, DateTimeOffset time)
    {
        var document = twin;
        TwinNode? tagsPatch = null;
        TwinNode? desiredPatch = null;
        if (request.Tags.Kind != TwinChangeKind.Absent)
        {
            var tags = StoredSection.ParseJson(twin.Tags);
            tagsPatch = PatchOf(request.Tags, tags);
            if (tagsPatch is not null)
            {
                TwinMerge.Apply(tags, tagsPatch, default);
                document = document with { Tags = ToJson(tags) };
            }
        }

        if (request.Desired.Kind != TwinChangeKind.Absent)
        {
            var desired = twin.Desired.ToTree();
            desiredPatch = PatchOf(request.Desired, desired);
            if (desiredPatch is not null)
            {
                document = document with { Desired = Merge(twin.Desired, desired, desiredPatch, time) };
            }
        }

        if (tagsPatch is null && desiredPatch is null)
        {
            return new TwinEdit(twin, default, IsReplacement: false, time);
        }

        return Checked(twin, document) is { } error
            ? error
            : new TwinEdit(Next(document), new TwinPatch(tagsPatch, desiredPatch, null), IsReplacement: false, time);
    }

    /// <summary>Replaces tags and desired properties; a section that is not given becomes empty.</summary>
    /// <returns>The edit, or 400004 when a section would become too large.</returns>
    public static HubResult<TwinEdit> MakeReplacement(TwinDocument twin, in TwinRequest request, DateTimeOffset time)
    {
        var version = twin.Desired.Version + 1;
        var tags = TwinMerge.Replace(request.Tags.ToTree(), default);
        var desired = TwinMerge.Replace(request.Desired.ToTree(), new TwinStamp(time.UtcTicks, version));
        var document = twin with { Tags = ToJson(tags), Desired = StoredSection.From(desired, version) };
        return Checked(twin, document) is { } error ? error : new TwinEdit(Next(document), default, IsReplacement: true, time);
    }

    /// <summary>Merges reported properties. The device's write counts even if it is empty.</summary>
    /// <returns>The edit; 412001 when <paramref name="baseVersion"/> is not the section's; 400004 when it would become too large.</returns>
    public static HubResult<TwinEdit> MakeReported(TwinDocument twin, in TwinChange change, long? baseVersion, DateTimeOffset time)
    {
        if (baseVersion is { } expected && expected != twin.Reported.Version)
        {
            return new HubError(
                HubErrorCode.PreconditionFailed, $"Precondition failed: the reported properties have version {twin.Reported.Version}, not {expected}.");
        }

        var patch = change.ToTree();
        var tree = twin.Reported.ToTree();
        TwinMerge.Apply(tree, patch, new TwinStamp(time.UtcTicks, 0));
        var reported = StoredSection.From(tree, twin.Reported.Version + 1);
        if (TwinChecks.Size(TwinSection.Reported, reported.Json) is { } error)
        {
            return error;
        }

        return new TwinEdit(twin with { Reported = reported, Version = twin.Version + 1 }, new TwinPatch(null, null, patch), IsReplacement: false, time);
    }

    /// <summary>Makes the twin of a new identity from what an import gives it to begin with.</summary>
    /// <returns>The twin, or 400004 when a section is too large.</returns>
    public static HubResult<TwinDocument> MakeInitial(TwinIdentityPart identity, in TwinRequest request, DateTimeOffset time)
    {
        var twin = TwinDocument.New(identity, time.UtcTicks);
        var stamp = new TwinStamp(time.UtcTicks, 0);
        var document = twin with
        {
            Tags = ToJson(TwinMerge.Replace(request.Tags.ToTree(), default)),
            Desired = StoredSection.From(TwinMerge.Replace(request.Desired.ToTree(), stamp), version: 1),
            Reported = StoredSection.From(TwinMerge.Replace(request.Reported.ToTree(), stamp), version: 1),
        };
        return (Checked(twin, document) ?? TwinChecks.Size(TwinSection.Reported, document.Reported.Json)) is { } error ? error : document;
    }

    /// <summary>
    /// Makes the sections that an import names what it says, reported properties too; the others stay. What is equal already keeps its
    /// version, so that importing a file again changes nothing.
    /// </summary>
    /// <returns>The edit, which is no replacement if nothing changes; or 400004 when a section would become too large.</returns>
    public static HubResult<TwinEdit> MakeImported(TwinDocument twin, in TwinRequest request, DateTimeOffset time)
    {
        var tags = request.Tags.Kind == TwinChangeKind.Absent ? twin.Tags : ToJson(TwinMerge.Replace(request.Tags.ToTree(), default));
        var desired = Replaced(twin.Desired, request.Desired, time, hasVersions: true);
        var reported = Replaced(twin.Reported, request.Reported, time, hasVersions: false);
        var isServiceChange = !tags.Span.SequenceEqual(twin.Tags.Span) || desired.Version != twin.Desired.Version;
        var isReported = reported.Version != twin.Reported.Version;
        if (!isServiceChange && !isReported)
        {
            return new TwinEdit(twin, default, IsReplacement: false, time);
        }

        var document = twin with
        {
            Tags = tags,
            Desired = desired,
            Reported = reported,
            EtagCounter = twin.EtagCounter + (isServiceChange ? 1 : 0),
            Version = twin.Version + (isServiceChange ? 1 : 0) + (isReported ? 1 : 0),
        };
        return (Checked(twin, document) ?? (isReported ? TwinChecks.Size(TwinSection.Reported, reported.Json) : null)) is { } error
            ? error
            : new TwinEdit(document, default, IsReplacement: true, time);
    }

    private static StoredSection Replaced(in StoredSection section, in TwinChange change, DateTimeOffset time, bool hasVersions)
    {
        if (change.Kind == TwinChangeKind.Absent)
        {
            return section;
        }

        var version = section.Version + 1;
        var replaced = StoredSection.From(TwinMerge.Replace(change.ToTree(), new TwinStamp(time.UtcTicks, hasVersions ? version : 0)), version);
        return replaced.Json.Span.SequenceEqual(section.Json.Span) ? section : replaced;
    }

    /// <summary>Applies what configurations want of a twin: a patch of its desired properties, and which are aimed at it.</summary>
    /// <returns>The edit, or 400004 when the desired properties would become too large.</returns>
    public static HubResult<TwinEdit> MakeConfigured(
        TwinDocument twin, TwinNode desired, TwinNode? patch, ReadOnlyMemory<byte> configurations, bool isByConfiguration, DateTimeOffset time)
    {
        var configurationsChanged = !configurations.Span.SequenceEqual(twin.Configurations.Span);
        var document = configurationsChanged ? twin with { Configurations = configurations } : twin;
        if (patch is not null)
        {
            document = Next(document with { Desired = Merge(twin.Desired, desired, patch, time) });
            if (TwinChecks.Size(TwinSection.Desired, document.Desired.Json) is { } error)
            {
                return error;
            }
        }

        return new TwinEdit(document, new TwinPatch(null, patch, null), IsReplacement: false, time)
        {
            ConfigurationsChanged = configurationsChanged,
            IsByConfiguration = isByConfiguration,
        };
    }

    private static StoredSection Merge(in StoredSection section, TwinNode tree, TwinNode patch, DateTimeOffset time)
    {
        var version = section.Version + 1;
        TwinMerge.Apply(tree, patch, new TwinStamp(time.UtcTicks, version));
        return StoredSection.From(tree, version);
    }

    // What a request does to a section, or null if nothing. Clearing is the deletion of all there is, for events and devices see patches.
    private static TwinNode? PatchOf(in TwinChange change, TwinNode section)
    {
        var patch = change.Kind == TwinChangeKind.Clear ? TwinMerge.ClearOf(section) : change.ToTree();
        return patch.Children.Count == 0 ? null : patch;
    }

    private static TwinDocument Next(TwinDocument document) => document with { EtagCounter = document.EtagCounter + 1, Version = document.Version + 1 };

    private static HubError? Checked(TwinDocument before, TwinDocument after) =>
        (after.Tags.Equals(before.Tags) ? null : TwinChecks.Size(TwinSection.Tags, after.Tags))
        ?? (after.Desired.Json.Equals(before.Desired.Json) ? null : TwinChecks.Size(TwinSection.Desired, after.Desired.Json));

    internal static byte[] ToJson(TwinNode node)
    {
        var json = new System.Buffers.ArrayBufferWriter<byte>(256);
        TwinJson.Write(json, node);
        return json.WrittenSpan.ToArray();
    }
}

using System.Buffers.Binary;
using System.Text;
using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>
/// A stored twin (docs/formats/twins.md), immutable. Its sections are separate slices, so that a change of one parses and
/// writes only that one, and the views are put together without parsing anything.
/// </summary>
internal sealed record TwinDocument
{
    private const byte FormatVersion = 1;
    private const byte FormatWithConfigurations = 2;

    /// <summary>Gets what the twin shows of its identity.</summary>
    public required TwinIdentityPart Identity { get; init; }

    /// <summary>Gets the counter behind the etag: 1 for a new twin, one more for each change of tags or desired properties.</summary>
    public required long EtagCounter { get; init; }

    /// <summary>Gets the twin's version: 2 for a new twin, one more for each change.</summary>
    public required long Version { get; init; }

    /// <summary>Gets the tags: one JSON object without white space.</summary>
    public required ReadOnlyMemory<byte> Tags { get; init; }

    /// <summary>Gets the desired properties.</summary>
    public required StoredSection Desired { get; init; }

    /// <summary>Gets the reported properties.</summary>
    public required StoredSection Reported { get; init; }

    /// <summary>Gets the configurations that are aimed at it: one JSON object, <c>{"id":{"status":"Applied"}}</c>.</summary>
    public ReadOnlyMemory<byte> Configurations { get; init; } = TwinJson.EmptyObject;

    /// <summary>Gets a value indicating whether any configuration is aimed at it.</summary>
    public bool HasConfigurations => Configurations.Length > TwinJson.EmptyObject.Length;

    /// <summary>Gets the etag: base64 of the counter as 8 bytes, big-endian (wire facts 11.2).</summary>
    public string Etag
    {
        get
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(bytes, EtagCounter);
            return Convert.ToBase64String(bytes);
        }
    }

    /// <summary>Makes the twin of a new identity.</summary>
    public static TwinDocument New(TwinIdentityPart identity, long utcTicks)
    {
        var section = StoredSection.New(utcTicks);
        return new TwinDocument
        {
            Identity = identity,
            EtagCounter = 1,
            Version = 2,
            Tags = TwinJson.EmptyObject,
            Desired = section,
            Reported = section,
        };
    }

    /// <summary>Encodes the document.</summary>
    /// <param name="packed">The same document, whose sections are slices of the result and keep nothing else alive.</param>
    public byte[] Encode(out TwinDocument packed)
    {
        Span<byte> numbers = stackalloc byte[1 + (4 * Varint.MaxBytes)];
        numbers[0] = HasConfigurations ? FormatWithConfigurations : FormatVersion;
        var count = 1;
        foreach (var number in (ReadOnlySpan<long>)[EtagCounter, Version, Desired.Version, Reported.Version])
        {
            count += Varint.Write(numbers[count..], (ulong)number);
        }

        var generation = Encoding.UTF8.GetBytes(Identity.GenerationId);
        var body = new byte[count + SizeOf(generation) + SizeOf(Identity.Json) + SizeOf(Tags) + SizeOf(Desired.Json)
            + SizeOf(Desired.Metadata) + SizeOf(Reported.Json) + SizeOf(Reported.Metadata) + (HasConfigurations ? SizeOf(Configurations) : 0)];
        numbers[..count].CopyTo(body);
        Put(body, ref count, generation);
        Put(body, ref count, Identity.Json);
        packed = this with
        {
            Tags = Put(body, ref count, Tags),
            Desired = Put(body, ref count, Desired),
            Reported = Put(body, ref count, Reported),
            Configurations = HasConfigurations ? Put(body, ref count, Configurations) : TwinJson.EmptyObject,
        };
        return body;
    }

    /// <summary>Decodes a document; it keeps slices of <paramref name="body"/>.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or a newer program wrote it.</exception>
    public static TwinDocument Decode(IdentityId id, ReadOnlyMemory<byte> body)
    {
        if (body.Span is not [FormatVersion or FormatWithConfigurations, ..])
        {
            throw new InvalidDataException($"The twin of '{id}' is not a document of version {FormatVersion} or {FormatWithConfigurations}: it is damaged, or a newer program wrote it.");
        }

        var rest = body[1..];
        var etagCounter = TakeNumber(ref rest);
        var version = TakeNumber(ref rest);
        var desiredVersion = TakeNumber(ref rest);
        var reportedVersion = TakeNumber(ref rest);
        var generationId = Encoding.UTF8.GetString(Take(ref rest).Span);
        var identity = new TwinIdentityPart(id, generationId, Take(ref rest).ToArray()); // Outlives this version of the twin.
        return new TwinDocument
        {
            Identity = identity,
            EtagCounter = etagCounter,
            Version = version,
            Tags = Take(ref rest),
            Desired = new StoredSection(desiredVersion, Take(ref rest), Take(ref rest)),
            Reported = new StoredSection(reportedVersion, Take(ref rest), Take(ref rest)),
            Configurations = body.Span[0] == FormatWithConfigurations ? Take(ref rest) : TwinJson.EmptyObject,
        };
    }

    private static int SizeOf(ReadOnlyMemory<byte> bytes)
    {
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        return Varint.Write(length, (uint)bytes.Length) + bytes.Length;
    }

    private static StoredSection Put(byte[] body, ref int count, in StoredSection section) =>
        section with { Json = Put(body, ref count, section.Json), Metadata = Put(body, ref count, section.Metadata) };

    private static ReadOnlyMemory<byte> Put(byte[] body, ref int count, ReadOnlyMemory<byte> bytes)
    {
        count += Varint.Write(body.AsSpan(count), (uint)bytes.Length);
        var slice = body.AsMemory(count, bytes.Length);
        bytes.CopyTo(slice);
        count += bytes.Length;
        return slice;
    }

    private static long TakeNumber(ref ReadOnlyMemory<byte> rest)
    {
        var span = rest.Span;
        if (!Varint.TryRead(ref span, out var value))
        {
            throw Truncated();
        }

        rest = rest[^span.Length..];
        return (long)value;
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> rest)
    {
        var length = TakeNumber(ref rest);
        if ((ulong)length > (ulong)rest.Length)
        {
            throw Truncated();
        }

        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static InvalidDataException Truncated() => new("A stored twin ends in the middle of a field.");
}

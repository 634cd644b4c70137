namespace Nave.Api;

/// <summary>Two keys, either of which signs; the second lets the first be replaced without a gap.</summary>
public sealed record SymmetricKeys
{
    /// <summary>Gets the first key: base64 of 16 to 64 bytes. Secret.</summary>
    public string? PrimaryKey { get; init; }

    /// <summary>Gets the second key: base64 of 16 to 64 bytes. Secret.</summary>
    public string? SecondaryKey { get; init; }

    /// <summary>Returns the type's name: keys never reach a log.</summary>
    public override string ToString() => nameof(SymmetricKeys);
}

namespace Nave.Api;

/// <summary>Two symmetric keys, either of which signs; in an answer only where keys are asked for.</summary>
public sealed record SymmetricKeyAttestation
{
    /// <summary>Gets the first key: base64 of 16 to 64 bytes; empty or absent in a request = make one. Secret.</summary>
    public string? PrimaryKey { get; init; }

    /// <summary>Gets the second key. Secret.</summary>
    public string? SecondaryKey { get; init; }

    /// <summary>Returns the type's name: keys never reach a log.</summary>
    public override string ToString() => nameof(SymmetricKeyAttestation);
}

namespace Nave.Api;

/// <summary>The names of two verified certificate authorities, either of which is good.</summary>
public sealed record X509CAReferences
{
    /// <summary>Gets the first.</summary>
    public string? Primary { get; init; }

    /// <summary>Gets the second, or <see langword="null"/>.</summary>
    public string? Secondary { get; init; }
}

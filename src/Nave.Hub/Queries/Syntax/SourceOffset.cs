namespace Nave.Hub.Queries;

/// <summary>
/// Where a node began in the text. All offsets are equal to one another, so that two trees are equal when they mean the
/// same, wherever they were written.
/// </summary>
internal readonly struct SourceOffset(int offset, int length) : IEquatable<SourceOffset>
{
    /// <summary>Gets the offset in characters, from 0.</summary>
    public int Offset { get; } = offset;

    /// <summary>Gets the number of characters to show as the token.</summary>
    public int Length { get; } = length;

    /// <inheritdoc/>
    public bool Equals(SourceOffset other) => true;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SourceOffset;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}

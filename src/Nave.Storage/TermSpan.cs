namespace Nave.Storage;

/// <summary>A term inside a <see cref="TermList"/>.</summary>
internal readonly ref struct TermSpan(ReadOnlySpan<byte> item, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    /// <summary>Gets the bytes it takes in the list, by which the list is ordered.</summary>
    public ReadOnlySpan<byte> Item { get; } = item;

    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Value { get; } = value;
}

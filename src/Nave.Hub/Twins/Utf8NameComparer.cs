namespace Nave.Hub.Twins;

/// <summary>Compares names byte by byte.</summary>
internal sealed class Utf8NameComparer : IEqualityComparer<ReadOnlyMemory<byte>>
{
    public static Utf8NameComparer Instance { get; } = new();

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> obj)
    {
        // Seeded by the runtime for each process, so that nobody can choose names that collide.
        var hash = default(HashCode);
        hash.AddBytes(obj.Span);
        return hash.ToHashCode();
    }
}

using System.Text;

namespace Nave.Fuzz;

/// <summary>What most targets share.</summary>
/// <param name="name">The name on the command line.</param>
/// <param name="seeds">Valid inputs.</param>
internal abstract class FuzzTarget(string name, IReadOnlyList<byte[]> seeds) : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } = seeds;

    /// <inheritdoc/>
    public virtual IReadOnlyList<byte[]> Words => [];

    /// <inheritdoc/>
    public virtual int Cost => 1;

    /// <summary>An exception with its trace, what is rented from a pool that is empty at first, and a value made of every few bytes.</summary>
    /// <inheritdoc/>
    public virtual long AllocationLimit(int length) => (64 << 10) + (128L * length);

    /// <inheritdoc/>
    public abstract bool Execute(byte[] input);

    /// <inheritdoc/>
    public virtual void Verify(byte[] input)
    {
        // That it was accepted is all there is to say.
    }

    /// <summary>Makes seeds of texts.</summary>
    protected static byte[][] Texts(params ReadOnlySpan<string> texts)
    {
        var seeds = new byte[texts.Length][];
        for (var i = 0; i < seeds.Length; i++)
        {
            seeds[i] = Encoding.UTF8.GetBytes(texts[i]);
        }

        return seeds;
    }

    /// <summary>Reads an input as a text; what is no UTF-8 becomes half a surrogate pair, which a text may have too.</summary>
    protected static string TextOf(ReadOnlySpan<byte> input) => Encoding.UTF8.GetString(input).Replace('\uFFFD', '\uD800');

    /// <summary>Throws if something does not hold.</summary>
    protected static void Check(bool good, string problem)
    {
        if (!good)
        {
            throw new InvalidOperationException($"It does not hold that {problem}.");
        }
    }
}

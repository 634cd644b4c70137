namespace Nave.Fuzz.Hub;

/// <summary>Something that is read back from the disk: what is damaged gives <see cref="InvalidDataException"/>, and nothing else.</summary>
internal abstract class StoredTarget(string name, IReadOnlyList<byte[]> seeds) : FuzzTarget(name, seeds)
{
    /// <inheritdoc/>
    public sealed override bool Execute(byte[] input)
    {
        try
        {
            Read(input);
            return true;
        }
        catch (InvalidDataException e) when (e.Message.Length > 0)
        {
            return false;
        }
    }

    /// <summary>Reads an input, and uses all of what was read.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    protected abstract void Read(byte[] input);
}

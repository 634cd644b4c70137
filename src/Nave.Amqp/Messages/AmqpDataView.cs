namespace Nave.Amqp;

/// <summary>Reads data sections in order.</summary>
public ref struct AmqpDataView
{
    private AmqpReader _reader;

    internal AmqpDataView(ReadOnlySpan<byte> sections, int count)
    {
        _reader = new AmqpReader(sections);
        Left = count;
    }

    /// <summary>Gets how many sections are left.</summary>
    public int Left { get; private set; }

    /// <summary>Reads the next section if there is one.</summary>
    public bool TryNext(out ReadOnlySpan<byte> data)
    {
        if (Left == 0)
        {
            data = default;
            return false;
        }

        // Parse has read them all before.
        Left--;
        _reader.ReadDescriptor();
        data = _reader.Read().AsBinary();
        return true;
    }
}

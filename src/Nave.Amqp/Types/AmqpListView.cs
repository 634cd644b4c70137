using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>Reads a list's elements in order, as views.</summary>
public ref struct AmqpListView
{
    private AmqpReader _reader;

    internal AmqpListView(ReadOnlySpan<byte> content, int count)
    {
        _reader = new AmqpReader(content);
        Left = count;
    }

    /// <summary>Gets how many elements are left.</summary>
    public int Left { get; private set; }

    /// <summary>Reads the next element; after the last one null for ever, as a trimmed list of fields means it.</summary>
    /// <exception cref="AmqpProtocolException">Malformed, or bytes after the last element (amqp:decode-error).</exception>
    public AmqpView Next()
    {
        if (Left == 0)
        {
            return _reader.IsEmpty ? default : throw AmqpFault.Decode($"{_reader.Rest.Length} bytes follow the last element of a list.");
        }

        Left--;
        return _reader.Read();
    }

    /// <summary>Reads the next element if there is one.</summary>
    public bool TryNext(out AmqpView value)
    {
        var has = Left > 0;
        value = Next();
        return has;
    }
}

using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>Reads a map's entries in order, as views.</summary>
public ref struct AmqpMapView
{
    private readonly ReadOnlySpan<byte> _content;
    private readonly int _count;
    private AmqpReader _reader;
    private int _left;

    internal AmqpMapView(ReadOnlySpan<byte> content, int count)
    {
        _content = content;
        _count = count;
        _reader = new AmqpReader(content);
        _left = count;
    }

    /// <summary>Gets how many entries the map has.</summary>
    public readonly int Count => _count / 2;

    /// <summary>Reads the next entry if there is one.</summary>
    /// <exception cref="AmqpProtocolException">Malformed, or bytes after the last entry (amqp:decode-error).</exception>
    public bool TryNext(out AmqpView key, out AmqpView value)
    {
        if (_left == 0)
        {
            key = default;
            value = default;
            return _reader.IsEmpty ? false : throw AmqpFault.Decode($"{_reader.Rest.Length} bytes follow the last entry of a map.");
        }

        _left -= 2;
        key = _reader.Read();
        value = _reader.Read();
        return true;
    }

    /// <summary>Finds the first entry whose key is a string or symbol of this text, from the start and without moving this reader.</summary>
    public readonly bool TryGet(ReadOnlySpan<byte> key, out AmqpView value)
    {
        var all = new AmqpMapView(_content, _count);
        while (all.TryNext(out var name, out value))
        {
            if (name.IsTextOf(key))
            {
                return true;
            }
        }

        value = default;
        return false;
    }
}

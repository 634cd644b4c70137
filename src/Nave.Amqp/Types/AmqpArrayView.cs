using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>Reads an array's elements in order, as views. AMQP 1.0 part 1, 1.6.24.</summary>
public ref struct AmqpArrayView
{
    private readonly byte _code;
    private AmqpReader _reader;

    internal AmqpArrayView(ReadOnlySpan<byte> content, int count)
    {
        if (content.IsEmpty)
        {
            throw AmqpFault.TooShort(1, 0);
        }

        _code = content[0];
        _reader = new AmqpReader(content[1..]);
        Left = count;
        if (_code == FormatCode.Described)
        {
            // Descriptor and format code once, then the elements: rare, and no field that we read is one.
            throw AmqpFault.Decode("An array of described values is not supported.");
        }

        ElementType = FormatCode.TypeOf(_code);
    }

    /// <summary>Gets the type of every element.</summary>
    public AmqpType ElementType { get; }

    /// <summary>Gets how many elements are left.</summary>
    public int Left { get; private set; }

    /// <summary>Reads the next element if there is one.</summary>
    /// <exception cref="AmqpProtocolException">Malformed, or bytes after the last element (amqp:decode-error).</exception>
    public bool TryNext(out AmqpView value)
    {
        if (Left == 0)
        {
            value = default;
            return _reader.IsEmpty ? false : throw AmqpFault.Decode($"{_reader.Rest.Length} bytes follow the last element of an array.");
        }

        Left--;
        value = _reader.ReadBody(_code, AmqpReader.MaxDepth);
        return true;
    }
}

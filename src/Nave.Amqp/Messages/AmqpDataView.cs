namespace Nave.Amqp;

/// <summary>Reads data sections in order.</summary>
public ref struct AmqpDataView
{
    /// <summary>Gets how many sections there are.</summary>
    public readonly int Count => throw new NotImplementedException();

    /// <summary>Reads the next section if there is one.</summary>
    public bool TryNext(out ReadOnlySpan<byte> data) => throw new NotImplementedException();
}

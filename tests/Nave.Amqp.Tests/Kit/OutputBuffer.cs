using System.Buffers;

namespace Nave.Amqp.Tests;

/// <summary>What an engine wrote and the other has not read yet.</summary>
internal sealed class OutputBuffer : IAmqpOutput
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] Take()
    {
        var bytes = _bytes.WrittenSpan.ToArray();
        _bytes.ResetWrittenCount();
        return bytes;
    }

    void IAmqpOutput.Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}

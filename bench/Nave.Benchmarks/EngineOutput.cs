using System.Buffers;
using Nave.Amqp;

namespace Nave.Benchmarks;

/// <summary>Keeps what an engine writes.</summary>
internal sealed class EngineOutput(ArrayBufferWriter<byte> bytes) : IAmqpOutput
{
    public void Write(ReadOnlySpan<byte> written) => bytes.Write(written);
}

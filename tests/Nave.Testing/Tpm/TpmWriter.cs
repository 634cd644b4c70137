using System.Buffers;
using System.Buffers.Binary;

namespace Nave.Testing;

/// <summary>Writes structures of TPM 2.0 part 2: numbers with the highest byte first, buffers behind their length.</summary>
internal sealed class TpmWriter
{
    private readonly ArrayBufferWriter<byte> _output = new();

    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    public TpmWriter U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_output.GetSpan(2), value);
        _output.Advance(2);
        return this;
    }

    public TpmWriter U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(4), value);
        _output.Advance(4);
        return this;
    }

    public TpmWriter Sized(ReadOnlySpan<byte> bytes)
    {
        U16((ushort)bytes.Length);
        _output.Write(bytes);
        return this;
    }
}

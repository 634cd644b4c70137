using System.Buffers;
using System.Buffers.Binary;

namespace Nave.Hub.Provisioning;

/// <summary>Marshals for a TPM: big-endian numbers, and byte strings behind their 16-bit size.</summary>
internal sealed class TpmWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    public TpmWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.GetSpan(sizeof(ushort)), value);
        _bytes.Advance(sizeof(ushort));
        return this;
    }

    public TpmWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.GetSpan(sizeof(uint)), value);
        _bytes.Advance(sizeof(uint));
        return this;
    }

    public TpmWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public TpmWriter Sized(ReadOnlySpan<byte> bytes) => UInt16(checked((ushort)bytes.Length)).Raw(bytes);

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}

using System.Buffers.Binary;

namespace Nave.Hub.Provisioning;

/// <summary>Reads what a TPM marshals: big-endian numbers, and byte strings behind their 16-bit size. Beyond the end everything is zero or empty.</summary>
internal ref struct TpmReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private bool _failed;

    /// <summary>Gets a value indicating whether everything was there and was read.</summary>
    public readonly bool IsAtEnd => !_failed && _rest.IsEmpty;

    public ushort ReadUInt16() => Take(sizeof(ushort)) is { IsEmpty: false } taken ? BinaryPrimitives.ReadUInt16BigEndian(taken) : (ushort)0;

    public uint ReadUInt32() => Take(sizeof(uint)) is { IsEmpty: false } taken ? BinaryPrimitives.ReadUInt32BigEndian(taken) : 0;

    public ReadOnlySpan<byte> ReadSized() => Take(ReadUInt16());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            _failed = true;
            _rest = default;
            return default;
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

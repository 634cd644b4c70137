using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nave.Testing;

/// <summary>Reads structures of TPM 2.0 part 2.</summary>
internal ref struct TpmReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Gets what is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public ushort U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Reads a length, and as many bytes.</summary>
    public ReadOnlySpan<byte> Sized() => Take(U16());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new CryptographicException($"The structure ends {count - _rest.Length} bytes too early.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

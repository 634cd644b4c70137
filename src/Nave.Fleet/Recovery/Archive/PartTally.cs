using System.Security.Cryptography;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Counts the lines of one part and hashes them with their line ends.</summary>
internal sealed class PartTally(string part) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _lines;
    private long _bytes;

    /// <summary>Counts a line.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        _hash.AppendData(json);
        _hash.AppendData("\n"u8);
        _lines++;
        _bytes += json.Length + 1;
    }

    /// <summary>Gets what was counted.</summary>
    public ArchivePartInfo ToInfo() => new(part, _lines, _bytes, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}

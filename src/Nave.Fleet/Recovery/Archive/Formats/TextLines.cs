using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Reads the lines of a text in constant memory: ended by LF or CR LF, the last one with or without; a byte order mark and empty lines are skipped.</summary>
internal static class TextLines
{
    /// <summary>Reads the lines.</summary>
    /// <param name="source">The text; it is closed at the end.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="maxBytes">The longest line permitted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Each line, valid until the next is asked for.</returns>
    /// <exception cref="ArchiveException">A line is too long.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Stream source, string name, int maxBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        try
        {
            var number = 0L;
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = result.Buffer;
                while (TryRead(ref buffer, result.IsCompleted, out var line))
                {
                    number++;
                    if (line.Length > maxBytes)
                    {
                        throw TooLong(name, number, maxBytes);
                    }

                    var bytes = Trim(line.IsSingleSegment ? line.First : line.ToArray(), isFirst: number == 1);
                    if (!bytes.IsEmpty)
                    {
                        yield return bytes;
                    }
                }

                if (buffer.Length > maxBytes)
                {
                    throw TooLong(name, number + 1, maxBytes);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static ArchiveException TooLong(string name, long number, int maxBytes) =>
        new($"Line {number} of '{name}' is longer than the {maxBytes} bytes permitted.");

    private static bool TryRead(ref ReadOnlySequence<byte> buffer, bool isFinal, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        line = isFinal ? buffer : default;
        buffer = isFinal ? buffer.Slice(buffer.End) : buffer;
        return !line.IsEmpty;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, bool isFirst)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        line = isFirst && line.Span.StartsWith(mark) ? line[mark.Length..] : line;
        return line.Trim(" \t\r"u8);
    }
}

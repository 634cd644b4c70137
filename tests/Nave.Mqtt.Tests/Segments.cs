using System.Buffers;

namespace Nave.Mqtt.Tests;

/// <summary>Sequences in pieces, as a pipe delivers them.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long index)
    {
        Memory = memory;
        RunningIndex = index;
    }

    /// <summary>Cuts bytes into segments of one size.</summary>
    public static ReadOnlySequence<byte> Of(byte[] bytes, int size) =>
        Join([.. bytes.Chunk(size).Select(c => (ReadOnlyMemory<byte>)c)]);

    /// <summary>Cuts bytes into two segments, one of which may be empty.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, int at) => Join([bytes.AsMemory(0, at), bytes.AsMemory(at)]);

    private static ReadOnlySequence<byte> Join(ReadOnlyMemory<byte>[] parts)
    {
        var first = new Segments(parts[0], 0);
        var last = first;
        foreach (var part in parts.Skip(1))
        {
            var next = new Segments(part, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}

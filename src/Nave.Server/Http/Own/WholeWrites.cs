using System.IO.Pipelines;

namespace Nave.Server.Http.Own;

/// <summary>Writes large blocks in one piece.</summary>
internal static class WholeWrites
{
    /// <summary>
    /// Writes a block and flushes it. <see cref="PipeWriter.WriteAsync"/> would cut it into the web server's pages of 4 KiB, each of which
    /// becomes a TLS record and a call of its own; asked for the whole length, the pipe gives one piece of memory.
    /// </summary>
    public static ValueTask<FlushResult> WriteWholeAsync(this PipeWriter output, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        block.CopyTo(output.GetMemory(block.Length));
        output.Advance(block.Length);
        return output.FlushAsync(cancellationToken);
    }
}

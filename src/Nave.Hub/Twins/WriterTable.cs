using System.Buffers;
using System.Text;

namespace Nave.Hub.Twins;

/// <summary>The configurations that wrote values of one section, as its stored metadata begins with them.</summary>
internal sealed class WriterTable
{
    // A twin is reached by at most as many configurations as a hub may have, and by some that are gone.
    public const int MaxWriters = 1024;

    private readonly List<TwinWriter> _writers = [];

    private WriterTable()
    {
    }

    /// <summary>Collects the writers of a tree; <see langword="null"/> if it has none.</summary>
    public static WriterTable? Of(TwinNode root)
    {
        WriterTable? table = null;
        Collect(root, ref table);
        return table;
    }

    /// <summary>Reads a table and moves <paramref name="source"/> past it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static WriterTable Read(scoped ref ReadOnlySpan<byte> source)
    {
        if (!Varint.TryRead(ref source, out var count) || count > MaxWriters)
        {
            throw TwinMetadata.Damaged();
        }

        var table = new WriterTable();
        for (var i = 0UL; i < count; i++)
        {
            if (!Varint.TryReadBytes(ref source, out var id) || !Varint.TryReadBytes(ref source, out var digest) || !Varint.TryRead(ref source, out var kind))
            {
                throw TwinMetadata.Damaged();
            }

            table._writers.Add(new TwinWriter(Encoding.UTF8.GetString(id), Encoding.UTF8.GetString(digest), kind == 1));
        }

        return table;
    }

    /// <summary>Writes the table: their number, then of each id, digest (length and text) and 1 for a deployment, else 0.</summary>
    public void Write(IBufferWriter<byte> target)
    {
        WriteNumber(target, _writers.Count);
        foreach (var writer in _writers)
        {
            WriteText(target, writer.Id);
            WriteText(target, writer.Digest);
            WriteNumber(target, writer.IsDeployment ? 1 : 0);
        }
    }

    /// <summary>Gets the place of a writer, from 1; 0 for none.</summary>
    public int PlaceOf(TwinWriter? writer) => writer is null ? 0 : _writers.IndexOf(writer) + 1;

    /// <summary>Gets the writer at a place, from 1; <see langword="null"/> at 0.</summary>
    /// <exception cref="InvalidDataException">There is no such place.</exception>
    public TwinWriter? At(long place) => place == 0 ? null
        : place > 0 && place <= _writers.Count ? _writers[(int)place - 1]
        : throw TwinMetadata.Damaged();

    private static void Collect(TwinNode node, ref WriterTable? table)
    {
        if (node.Writer is { } writer && (table is null || !table._writers.Contains(writer)))
        {
            (table ??= new WriterTable())._writers.Add(writer);
        }

        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                Collect(child, ref table);
            }
        }
    }

    private static void WriteText(IBufferWriter<byte> target, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        WriteNumber(target, utf8.Length);
        target.Write(utf8);
    }

    private static void WriteNumber(IBufferWriter<byte> target, int value) =>
        target.Advance(Varint.Write(target.GetSpan(Varint.MaxBytes), (ulong)value));
}

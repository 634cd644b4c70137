using System.Threading.Channels;

namespace Nave.Storage.Sqlite;

/// <summary>The read connections. A bounded channel: taking one waits, without a thread, when all are in use.</summary>
internal sealed class SqliteReaderPool
{
    private readonly Channel<SqliteReader> _idle;
    private readonly int _count;

    public SqliteReaderPool(IReadOnlyCollection<SqliteReader> readers)
    {
        _count = readers.Count;
        _idle = Channel.CreateBounded<SqliteReader>(_count);
        foreach (var reader in readers)
        {
            Return(reader);
        }
    }

    public bool TryRent(out SqliteReader reader) => _idle.Reader.TryRead(out reader!);

    /// <summary>Waits for a connection.</summary>
    /// <exception cref="ObjectDisposedException">The pool is closed.</exception>
    public async ValueTask<SqliteReader> RentAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _idle.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The state store is closed.", e);
        }
    }

    // There is room for every connection, so this cannot fail.
    public void Return(SqliteReader reader) => _idle.Writer.TryWrite(reader);

    /// <summary>Waits until every connection is back, and closes them.</summary>
    public async ValueTask CloseAsync()
    {
        for (var i = 0; i < _count; i++)
        {
            (await _idle.Reader.ReadAsync().ConfigureAwait(false)).Dispose();
        }

        _idle.Writer.Complete();
    }
}

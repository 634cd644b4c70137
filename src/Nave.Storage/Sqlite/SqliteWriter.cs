using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>
/// The one thread that writes. It applies what waits in one SQLite transaction, makes it durable with one commit, then
/// tells the callers. Checkpoints are its work too: two connections that checkpoint can damage a WAL in SQLite before 3.51.3.
/// </summary>
internal sealed partial class SqliteWriter : IDisposable
{
    // One commit takes at most this much, so that a flood of large documents neither grows the cache nor lets the first wait long.
    private const int MaxBatchRequests = 1024;
    private const long MaxBatchBytes = 8L * 1024 * 1024;

    // What one commit may need, in the write-ahead log.
    private const long RoomBytes = 2 * MaxBatchBytes;

    // Measured: 100 callers that each wait for their commit get 1.3 to 1.5 times as many through; more yields bring no more.
    private const int FewCallers = 4;
    private const int MaxYields = 64;

    private readonly SqliteDatabase _database;
    private readonly SqliteCheckpointer _checkpointer;
    private readonly SqliteApplier _applier;
    private readonly OutboxSignal _outbox;
    private readonly ILogger _logger;
    private readonly string _path;
    private readonly SqliteWriteQueue _queue;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<StateWriteRequest> _batch = [];
    private volatile SqliteFailure? _failure;
    private volatile bool _full;

    /// <summary>Takes over an open connection and starts the thread.</summary>
    public SqliteWriter(SqliteDatabase database, SqliteStateOptions options, OutboxSignal outbox, SqliteApplier applier, ILogger logger)
    {
        _database = database;
        _applier = applier;
        _outbox = outbox;
        _logger = logger;
        _path = options.Path;
        _queue = new SqliteWriteQueue(options.QueueCapacity);
        _checkpointer = new SqliteCheckpointer(database, options.CheckpointBytes);
        _begin = database.Prepare("BEGIN IMMEDIATE", "begin a transaction");
        _commit = database.Prepare("COMMIT", "commit");
        new Thread(Run) { IsBackground = true, Name = "nave-state-writer" }.Start();
    }

    /// <summary>
    /// Gets a value indicating whether a write can be expected to succeed. Nobody may write while it says no, so it does not wait
    /// for a write that succeeds, but looks whether the disk has room again.
    /// </summary>
    public bool Available => _failure is null && (!_full || HasRoom());

    /// <summary>Queues a request and waits for its outcome.</summary>
    public async ValueTask<StateOutcome> WriteAsync(StateWriteRequest request, CancellationToken cancellationToken)
    {
        await _queue.EnqueueAsync(request, cancellationToken).ConfigureAwait(false);
        if (!cancellationToken.CanBeCanceled)
        {
            return await request.Task.ConfigureAwait(false);
        }

        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((StateWriteRequest)state!).Withdraw(token), request);
        return await request.Task.ConfigureAwait(false);
    }

    /// <summary>Writes what is queued, then ends the thread; a write that comes later fails.</summary>
    public Task StopAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    /// <summary>Closes the connection, after <see cref="StopAsync"/>; SQLite folds the WAL in when the last one closes.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _database.Dispose();
    }

    private bool HasRoom()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(_path)!).AvailableFreeSpace >= RoomBytes;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Run()
    {
        var taken = new List<StateWriteRequest>();
        while (_queue.Take(ref taken))
        {
            for (var next = 0; next < taken.Count;)
            {
                var first = next;
                for (long bytes = 0; next < taken.Count && _batch.Count < MaxBatchRequests && bytes < MaxBatchBytes; next++)
                {
                    if (taken[next].TryTake())
                    {
                        _batch.Add(taken[next]);
                        bytes += taken[next].Bytes;
                    }
                }

                _queue.Release(next - first);
                WriteBatch();
                _batch.Clear();
            }

            var count = taken.Count;
            taken.Clear();
            AwaitReturn(count);
        }

        _ended.SetResult();
    }

    /// <summary>
    /// Lets the callers of the last commit come back with their next write, so that one sync carries all of them. Without
    /// it the first to come back would have a sync of its own. A few dozen microseconds; nothing for a lone caller.
    /// </summary>
    private void AwaitReturn(int callers)
    {
        for (var i = 0; callers > FewCallers && i < MaxYields && _queue.Count < callers - (callers / 4); i++)
        {
            Thread.Yield();
        }
    }

    private void WriteBatch()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        if (_failure is { } failed)
        {
            Refuse(failed);
            return;
        }

        try
        {
            _begin.Run();
            foreach (var request in _batch)
            {
                request.Outcome = _applier.Apply(request);
            }

            _applier.SaveCounters();
            _commit.Run();
            _applier.Committed();
        }
        catch (Exception e)
        {
            // Everything, because the thread must live on to answer: what is no report of SQLite is a bug, and ends the store.
            var failure = e as SqliteFailure ?? new SqliteFailure(raw.SQLITE_INTERNAL, $"The writer failed: {e.GetType().Name}: {e.Message}");
            RollBack(failure);
            Refuse(_failure ?? failure);
            return;
        }

        // 1. Durable: who waits for the outbox, and the callers.
        _outbox.Committed(_applier.OutboxSequence, _applier.OutboxRemovedThrough);
        foreach (var request in _batch)
        {
            request.TrySetResult(request.Outcome);
        }

        if (_full)
        {
            _full = false;
            Log.SpaceIsBack(_logger, _path);
        }

        // 2. Housekeeping, while nobody waits.
        Checkpoint(force: false);
    }

    private void RollBack(SqliteFailure failure)
    {
        try
        {
            _applier.RolledBack();
            if (_database.InTransaction)
            {
                _database.Execute("ROLLBACK", "roll back");
            }
        }
        catch (SqliteFailure e)
        {
            FailForGood(e);
            return;
        }

        if (!failure.IsTransient)
        {
            FailForGood(failure);
            return;
        }

        if (!_full)
        {
            _full = true;
            Log.Unavailable(_logger, _path, failure.Message);
        }

        // What is in the WAL may fit into the database where pages were free; then the WAL starts over, with room for more.
        Checkpoint(force: true);
    }

    private void Checkpoint(bool force)
    {
        try
        {
            _checkpointer.AfterCommit(force);
        }
        catch (SqliteFailure e) when (e.IsTransient)
        {
            Log.CheckpointPutOff(_logger, _path, e.Message);
        }
        catch (SqliteFailure e)
        {
            FailForGood(e);
        }
    }

    private void FailForGood(SqliteFailure failure)
    {
        _failure = failure;
        Log.Failed(_logger, _path, failure.Message);
    }

    private void Refuse(SqliteFailure failure)
    {
        foreach (var request in _batch)
        {
            request.TrySetException(new StorageUnavailableException(
                failure.IsTransient && _failure is null
                    ? $"The state store {_path} takes no writes for now. {failure.Message}"
                    : $"The state store {_path} has failed and takes no writes until it is opened again. {failure.Message}",
                failure.IsTransient && _failure is null,
                failure));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The state store {Path} takes no writes for now: {Reason}")]
        public static partial void Unavailable(ILogger logger, string path, string reason);

        [LoggerMessage(2, LogLevel.Information, "The state store {Path} takes writes again")]
        public static partial void SpaceIsBack(ILogger logger, string path);

        [LoggerMessage(3, LogLevel.Critical, "The state store {Path} has failed and takes no writes until it is opened again: {Reason}")]
        public static partial void Failed(ILogger logger, string path, string reason);

        [LoggerMessage(4, LogLevel.Warning, "The write-ahead log of {Path} stays for now: {Reason}")]
        public static partial void CheckpointPutOff(ILogger logger, string path, string reason);
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;
using Nave.Storage;
using Nave.Storage.Blobs;

namespace Nave.Hub.Jobs;

/// <summary>
/// What an import has done, durably, so that a run that was cut off goes on without applying a line twice. A line belongs to a slot by
/// its device, and the lines of a slot are applied in their order: so the number of the last one is enough, and it is committed
/// together with what the line changes. Collections: docs/formats/jobs.md.
/// </summary>
internal sealed class ImportLedger
{
    public const string Marks = "transfer-marks";
    public const string Errors = "transfer-errors";
    public const string Waiting = "transfer-waiting";

    /// <summary>The most errors that are kept; so many lines of a log tell more than anybody reads.</summary>
    public const int MaxErrors = 100_000;

    private const int DeleteBatch = 1000;
    private const string InputMark = "input";
    private const string ReadMark = "read";

    private readonly IStateStore _store;
    private readonly string _job;
    private readonly long[] _marks;
    private readonly string[] _markKeys;
    private long _errors;

    private ImportLedger(IStateStore store, string job, int slots)
    {
        _store = store;
        _job = job;
        _marks = new long[slots];
        _markKeys = [.. Enumerable.Range(0, slots).Select(slot => Key(slot))];
    }

    /// <summary>Gets a value indicating whether every line was looked at once: what is left are those that wait.</summary>
    public bool IsRead { get; private set; }

    /// <summary>Reads what an earlier run has left.</summary>
    public static async Task<ImportLedger> OpenAsync(IStateStore store, string job, int slots, CancellationToken cancellationToken)
    {
        var ledger = new ImportLedger(store, job, slots);
        for (var slot = 0; slot < slots; slot++)
        {
            ledger._marks[slot] = await store.ReadAsync(Marks, ledger._markKeys[slot], cancellationToken).ConfigureAwait(false) is { } mark
                ? StoredNumber.Read(mark.Body.Span, Marks)
                : 0;
        }

        ledger.IsRead = await store.ReadAsync(Marks, ledger.Key(ReadMark), cancellationToken).ConfigureAwait(false) is not null;
        ledger._errors = await store.CountAsync(new StateScan(Errors) { Prefix = ledger.Prefix }, cancellationToken).ConfigureAwait(false);
        return ledger;
    }

    /// <summary>Tells whether a slot is past a line.</summary>
    public bool IsDone(int slot, long line) => line <= Volatile.Read(ref _marks[slot]);

    /// <summary>Adds to a transaction that a line is done.</summary>
    public void AddMark(StateTransaction transaction, int slot, long line) => transaction.Put(Marks, _markKeys[slot], NumberOf(line));

    /// <summary>Says that the transaction with the mark of a line was applied.</summary>
    public void Marked(int slot, long line) => Volatile.Write(ref _marks[slot], line);

    /// <summary>Adds an error to a transaction; beyond <see cref="MaxErrors"/> nothing.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="place">Which file (0 devices, 1 configurations) and line: the order of the log.</param>
    /// <param name="error">The error.</param>
    public void AddError(StateTransaction transaction, (int File, long Line) place, ImportErrorLine error)
    {
        if (Interlocked.Increment(ref _errors) <= MaxErrors)
        {
            transaction.Put(Errors, ErrorKey(place), JsonSerializer.SerializeToUtf8Bytes(error, ApiJson.Wire.ImportErrorLine));
        }
    }

    /// <summary>Gets a value indicating whether there are errors that are not kept.</summary>
    public bool HasMoreErrors => Volatile.Read(ref _errors) > MaxErrors;

    /// <summary>Adds to a transaction that a line has to wait for another one.</summary>
    public void AddWaiting(StateTransaction transaction, long line) => transaction.Put(Waiting, Key(line), ReadOnlyMemory<byte>.Empty);

    /// <summary>Adds to a transaction that a line waits no longer.</summary>
    public void RemoveWaiting(StateTransaction transaction, long line) => transaction.Delete(Waiting, Key(line));

    /// <summary>Reads which lines wait, in their order.</summary>
    public async Task<List<long>> ReadWaitingAsync(CancellationToken cancellationToken)
    {
        var lines = new List<long>();
        await foreach (var document in _store.ScanAsync(new StateScan(Waiting) { Prefix = Prefix }, cancellationToken).ConfigureAwait(false))
        {
            lines.Add(long.Parse(document.Key.AsSpan(Prefix.Length), CultureInfo.InvariantCulture));
        }

        return lines;
    }

    /// <summary>Reads the errors in the order of the lines, as JSON.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadErrorsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in _store.ScanAsync(new StateScan(Errors) { Prefix = Prefix }, cancellationToken).ConfigureAwait(false))
        {
            yield return document.Body;
        }
    }

    /// <summary>Writes down that every line was looked at.</summary>
    public async Task SetReadAsync(CancellationToken cancellationToken)
    {
        await _store.CommitAsync(new StateTransaction().Put(Marks, Key(ReadMark), NumberOf(1)), cancellationToken).ConfigureAwait(false);
        IsRead = true;
    }

    /// <summary>Sees to it that what is read is what an earlier run has read.</summary>
    /// <exception cref="TransferFailure">It was written anew meanwhile: marks of lines would not fit.</exception>
    public async Task CheckInputAsync(BlobItem blob, CancellationToken cancellationToken)
    {
        var now = string.Create(CultureInfo.InvariantCulture, $"{blob.Length} {blob.LastModified.UtcTicks}");
        if (await _store.ReadAsync(Marks, Key(InputMark), cancellationToken).ConfigureAwait(false) is not { } before)
        {
            await _store.CommitAsync(
                new StateTransaction().Put(Marks, Key(InputMark), System.Text.Encoding.ASCII.GetBytes(now)), cancellationToken).ConfigureAwait(false);
        }
        else if (System.Text.Encoding.ASCII.GetString(before.Body.Span) != now)
        {
            throw new TransferFailure($"The blob '{blob.Name}' was written anew while it was imported.");
        }
    }

    /// <summary>Forgets everything of a job.</summary>
    public static async Task DeleteAsync(IStateStore store, string job, CancellationToken cancellationToken)
    {
        foreach (var collection in (string[])[Marks, Errors, Waiting])
        {
            var transaction = new StateTransaction();
            await foreach (var document in store.ScanAsync(new StateScan(collection) { Prefix = PrefixOf(job) }, cancellationToken).ConfigureAwait(false))
            {
                transaction.Delete(collection, document.Key);
                if (transaction.Writes.Count == DeleteBatch)
                {
                    await store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
                    transaction = new StateTransaction();
                }
            }

            if (transaction.Writes.Count > 0)
            {
                await store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static string PrefixOf(string job) => job + "/";

    private string Prefix => PrefixOf(_job);

    private string Key(string name) => PrefixOf(_job) + name;

    private string Key(long number) => string.Create(CultureInfo.InvariantCulture, $"{_job}/{number:D10}");

    private string ErrorKey((int File, long Line) place) => string.Create(CultureInfo.InvariantCulture, $"{_job}/{place.File}{place.Line:D10}");

    private static byte[] NumberOf(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }
}

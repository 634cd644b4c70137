using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Running;

/// <summary>
/// A lease that this instance has. Every write of the partition carries it with the checkpoint, so it fails when the lease is another's, whatever the
/// clocks say. Used by one task at a time.
/// </summary>
internal sealed class PartitionLease
{
    private readonly ReplicationContext _context;
    private string _token;
    private DateTimeOffset _renewed;

    private PartitionLease(ReplicationContext context, string partition, PartitionRecord record, string token)
    {
        _context = context;
        Partition = partition;
        Record = record;
        _token = token;
        _renewed = context.Time.GetUtcNow();
    }

    public string Partition { get; }

    /// <summary>Gets what the target holds.</summary>
    public PartitionRecord Record { get; private set; }

    /// <summary>Gets a value indicating whether a third of its time has passed.</summary>
    public bool IsRenewalDue => _context.Time.GetUtcNow() - _renewed >= _context.Options.LeaseDuration / 3;

    private string Key => _context.KeyOf("partition", Partition);

    /// <summary>Takes a partition.</summary>
    /// <param name="context">The instance.</param>
    /// <param name="partition">Which.</param>
    /// <param name="found">Its record; <see langword="null"/> if there is none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><see langword="null"/> if another was faster.</returns>
    public static async Task<PartitionLease?> TryTakeAsync(ReplicationContext context, string partition, ControlRecord? found, CancellationToken cancellationToken)
    {
        var before = found is null ? new PartitionRecord() : RecordJson.Read(found.Value, RecordJson.Default.PartitionRecord);
        var record = before with
        {
            Owner = context.Options.Instance, Epoch = before.Epoch + 1, Expires = context.Time.GetUtcNow() + context.Options.LeaseDuration,
        };
        var write = new ControlWrite(context.KeyOf("partition", partition), RecordJson.Write(record, RecordJson.Default.PartitionRecord), found?.Token);
        var outcome = await context.Sink.WriteAsync(new SinkWrite { Control = write }, cancellationToken).ConfigureAwait(false);
        return outcome is { IsWritten: true, ControlToken: { } token } ? new PartitionLease(context, partition, record, token) : null;
    }

    /// <summary>Makes the record that a write carries, with the lease renewed.</summary>
    /// <param name="checkpoint">Sets the checkpoint; <see langword="null"/> = it stays.</param>
    public (PartitionRecord Record, ControlWrite Write) Next(Func<PartitionRecord, PartitionRecord>? checkpoint)
    {
        var now = _context.Time.GetUtcNow();
        var record = Record with { Owner = _context.Options.Instance, Expires = now + _context.Options.LeaseDuration };
        if (checkpoint is not null)
        {
            record = checkpoint(record) with { Written = now };
        }

        return (record, new ControlWrite(Key, RecordJson.Write(record, RecordJson.Default.PartitionRecord), _token));
    }

    /// <summary>Notes that a write took effect.</summary>
    public void Accept(PartitionRecord record, string token)
    {
        Record = record;
        _token = token;
        _renewed = _context.Time.GetUtcNow();
    }

    /// <summary>Writes the record alone.</summary>
    /// <exception cref="LeaseLostException">Another has the lease.</exception>
    public async Task WriteAsync(Func<PartitionRecord, PartitionRecord>? checkpoint, CancellationToken cancellationToken)
    {
        var (record, write) = Next(checkpoint);
        var outcome = await _context.Sink.WriteAsync(new SinkWrite { Control = write }, cancellationToken).ConfigureAwait(false);
        Accept(record, outcome.ControlToken ?? throw new LeaseLostException(Partition));
    }

    /// <summary>
    /// Finds out whether a write took effect whose answer was lost: the record says so.
    /// </summary>
    /// <exception cref="LeaseLostException">Another has the lease.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var key = Key;
        var records = await _context.Sink.ReadControlAsync(key, cancellationToken).ConfigureAwait(false);
        var found = records.FirstOrDefault(each => each.Key == key) ?? throw new LeaseLostException(Partition);
        var record = RecordJson.Read(found.Value, RecordJson.Default.PartitionRecord);
        if (record.Owner != _context.Options.Instance || record.Epoch != Record.Epoch)
        {
            throw new LeaseLostException(Partition);
        }

        Record = record;
        _token = found.Token;
    }

    /// <summary>Gives the lease back with a last checkpoint.</summary>
    public async Task ReleaseAsync(Func<PartitionRecord, PartitionRecord>? checkpoint, CancellationToken cancellationToken)
    {
        var (record, _) = Next(checkpoint);
        record = record with { Owner = null };
        var write = new ControlWrite(Key, RecordJson.Write(record, RecordJson.Default.PartitionRecord), _token);
        await _context.Sink.WriteAsync(new SinkWrite { Control = write }, cancellationToken).ConfigureAwait(false);
    }
}

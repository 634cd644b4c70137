using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Running;

/// <summary>
/// Which instances share the partitions, and how many each gets: as equal as can be, those whose names come first one more. Nothing is taken from an
/// instance that lives; one that has more than its share gives the rest back.
/// </summary>
internal sealed class Membership(ReplicationContext context)
{
    private string? _token;

    private string Key => context.KeyOf("instance", context.Options.Instance);

    /// <summary>Says that this instance lives.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var value = RecordJson.Write(new MemberRecord(context.Time.GetUtcNow() + context.Options.LeaseDuration), RecordJson.Default.MemberRecord);
        while (true)
        {
            var outcome = await context.Sink.WriteAsync(new SinkWrite { Control = new ControlWrite(Key, value, _token) }, cancellationToken).ConfigureAwait(false);
            if (outcome.IsWritten)
            {
                _token = outcome.ControlToken;
                return;
            }

            // Left by an earlier life of this instance, or by a write whose answer was lost.
            var key = Key;
            _token = (await context.Sink.ReadControlAsync(key, cancellationToken).ConfigureAwait(false)).FirstOrDefault(record => record.Key == key)?.Token;
        }
    }

    /// <summary>Says that it goes.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (_token is not null)
        {
            await context.Sink.WriteAsync(new SinkWrite { Control = new ControlWrite(Key, default, _token) }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Computes this instance's share of the partitions.</summary>
    /// <param name="records">All control records of the replication.</param>
    /// <param name="partitions">How many partitions there are.</param>
    public int ShareOf(IEnumerable<ControlRecord> records, int partitions)
    {
        var prefix = context.KeyOf("instance", string.Empty);
        var now = context.Time.GetUtcNow();
        var alive = records
            .Where(record => record.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Where(record => RecordJson.Read(record.Value, RecordJson.Default.MemberRecord).Expires > now)
            .Select(record => record.Key[prefix.Length..])
            .Append(context.Options.Instance)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return (partitions / alive.Count) + (alive.IndexOf(context.Options.Instance) < partitions % alive.Count ? 1 : 0);
    }
}
